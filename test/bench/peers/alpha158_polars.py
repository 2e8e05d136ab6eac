"""Alpha158 in Polars on one thread: 143 of its features, as Polars has no rolling place of an extreme (IMAX, IMIN, IMXD)."""

import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402
from timing import say  # noqa: E402

path, names, days = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
data = np.fromfile(path).reshape(5, -1)
frame = pl.DataFrame({name: data[place] for place, name in enumerate(["open", "high", "low", "close", "volume"])})
frame = frame.with_columns(entity=pl.Series(np.repeat(np.arange(names), days)))

o, h, l, c, v = (pl.col(name) for name in ["open", "high", "low", "close", "volume"])
tiny = 1e-12
features = {
    "KMID": (c - o) / o,
    "KLEN": (h - l) / o,
    "KMID2": (c - o) / (h - l + tiny),
    "KUP": (h - pl.max_horizontal(o, c)) / o,
    "KUP2": (h - pl.max_horizontal(o, c)) / (h - l + tiny),
    "KLOW": (pl.min_horizontal(o, c) - l) / o,
    "KLOW2": (pl.min_horizontal(o, c) - l) / (h - l + tiny),
    "KSFT": (2 * c - h - l) / o,
    "KSFT2": (2 * c - h - l) / (h - l + tiny),
    "OPEN0": o / c,
    "HIGH0": h / c,
    "LOW0": l / c,
    "VWAP0": (h + l + c) / 3 / c,
}
up, down = c > c.shift(1), c < c.shift(1)
moves = {"": c - c.shift(1), "V": v - v.shift(1)}
weighted = (c / c.shift(1) - 1).abs() * v
for d in (5, 10, 20, 30, 60):
    places = np.arange(d) - (d - 1) / 2
    squares = float((places**2).sum())
    moment = c.rolling_sum(d, weights=places.tolist())
    mean, var = c.rolling_mean(d), c.rolling_var(d)
    highest, lowest = h.rolling_max(d), l.rolling_min(d)
    features |= {
        f"ROC{d}": c.shift(d) / c,
        f"MA{d}": mean / c,
        f"STD{d}": var.sqrt() / c,
        f"BETA{d}": moment / squares / c,
        f"RSQR{d}": moment**2 / (squares * var * (d - 1)),
        f"RESI{d}": (c - (mean + moment / squares * (d - 1) / 2)) / c,
        f"MAX{d}": highest / c,
        f"MIN{d}": lowest / c,
        f"QTLU{d}": c.rolling_quantile(0.8, "linear", window_size=d) / c,
        f"QTLD{d}": c.rolling_quantile(0.2, "linear", window_size=d) / c,
        f"RANK{d}": c.rolling_rank(d, method="average") / d,
        f"RSV{d}": (c - lowest) / (highest - lowest + tiny),
        f"CORR{d}": pl.rolling_corr(c, (v + 1).log(), window_size=d),
        f"CORD{d}": pl.rolling_corr(c / c.shift(1), (v / v.shift(1) + 1).log(), window_size=d),
        f"CNTP{d}": up.cast(float).rolling_mean(d),
        f"CNTN{d}": down.cast(float).rolling_mean(d),
        f"CNTD{d}": up.cast(float).rolling_mean(d) - down.cast(float).rolling_mean(d),
        f"VMA{d}": v.rolling_mean(d) / (v + tiny),
        f"VSTD{d}": v.rolling_std(d) / (v + tiny),
        f"WVMA{d}": weighted.rolling_std(d) / (weighted.rolling_mean(d) + tiny),
    }
    for prefix, move in moves.items():
        gains, losses = move.clip(lower_bound=0).rolling_sum(d), (-move).clip(lower_bound=0).rolling_sum(d)
        total = move.abs().rolling_sum(d) + tiny
        features |= {
            f"{prefix}SUMP{d}": gains / total,
            f"{prefix}SUMN{d}": losses / total,
            f"{prefix}SUMD{d}": (gains - losses) / total,
        }

begun = time.perf_counter()
answer = frame.lazy().select("entity", *(of.over("entity").alias(name) for name, of in features.items())).collect()
seconds = time.perf_counter() - begun
last = answer.group_by("entity").last()
say({
    "seconds": seconds,
    "features": len(features),
    "sums": {name: last[name].fill_nan(0).fill_null(0).sum() for name in features},
})
