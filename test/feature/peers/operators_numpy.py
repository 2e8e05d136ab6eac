"""Makes test/support/vectors/operators-numpy.json.gz: every operator as NumPy, pandas and SciPy compute it.

    python -m venv v && v/bin/pip install numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 && v/bin/python operators_numpy.py

The panel has missing values, ties, a name that never moves and one whose history is shorter than most windows.
"""

import gzip
import json
import pathlib

import numpy as np
import pandas as pd
import scipy
from scipy import stats

DAYS = 24
NAMES = ["A", "B", "C", "D", "E", "F", "G"]
rng = np.random.default_rng(20160104)


def panel():
    rows = []
    for place, name in enumerate(NAMES):
        for day in range(DAYS):
            if name == "G" and day < DAYS - 4:
                continue
            a = float(np.round(rng.normal(), 1))
            b = float(rng.integers(0, 4))
            if name == "F":
                a, b = 2.5, 1.0
            if rng.random() < 0.06:
                a = np.nan
            if rng.random() < 0.04:
                b = np.nan
            g = float(place % 3) if not (name == "B" and day % 7 == 0) else np.nan
            rows.append((name, day, a, b, float(rng.normal()), g))
    return pd.DataFrame(rows, columns=["entity", "day", "a", "b", "c", "g"])


F = panel()


def cell(of):
    with np.errstate(all="ignore"):
        out = np.asarray(of(F), dtype=float)
    return np.where(np.isfinite(out), out, np.nan)


def both(condition, *inputs):
    """A condition as 1 or 0; missing where an input is."""
    out = np.where(condition, 1.0, 0.0)
    for one in inputs:
        out = np.where(np.isnan(one), np.nan, out)
    return out


def history(of):
    """of(frame of one entity) -> one value a row."""
    out = np.full(len(F), np.nan)
    for _, frame in F.groupby("entity", sort=False):
        with np.errstate(all="ignore"):
            values = np.asarray(of(frame.reset_index(drop=True)), dtype=float)
        out[frame.index] = np.where(np.isfinite(values), values, np.nan)
    return out


def window(of, n, columns=("a",)):
    """of(arrays of a whole window without a missing value)."""

    def rows(frame):
        out = []
        for row in range(len(frame)):
            parts = [frame[c].to_numpy()[max(0, row + 1 - n) : row + 1] for c in columns]
            whole = len(parts[0]) == n and not any(np.isnan(p).any() for p in parts)
            out.append(of(*parts) if whole else np.nan)
        return out

    return history(rows)


def by_time(of, days, columns=("a",)):
    def rows(frame):
        out = []
        times = frame["day"].to_numpy()
        for row in range(len(frame)):
            inside = (times > times[row] - days) & (times <= times[row])
            reaches = (times <= times[row] - days).any()
            parts = [frame[c].to_numpy()[inside] for c in columns]
            whole = reaches and not any(np.isnan(p).any() for p in parts)
            out.append(of(*parts) if whole else np.nan)
        return out

    return history(rows)


def section(of, columns=("a",), group=None):
    """of(arrays of the entities of a day, or of a group of them, that have all values) -> one value each."""
    out = np.full(len(F), np.nan)
    needed = [*columns, *([group] if group else [])]
    usable = F.dropna(subset=needed)
    for _, frame in usable.groupby(["day", *([group] if group else [])]):
        with np.errstate(all="ignore"):
            values = np.asarray(of(*(frame[c].to_numpy() for c in columns)), dtype=float)
        values = np.broadcast_to(values, len(frame))
        out[frame.index] = np.where(np.isfinite(values), values, np.nan)
    return out


def pct_rank(x):
    return stats.rankdata(x) / len(x)


def residual(y, *xs):
    design = np.column_stack([np.ones(len(y)), *xs])
    return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]


def line(x):
    return stats.linregress(np.arange(len(x)), x)


def linear_weights(x):
    w = np.arange(1, len(x) + 1)
    return np.average(x, weights=w)


def exp_weights(x, factor):
    return np.average(x, weights=factor ** np.arange(len(x) - 1, -1, -1))


def skew(x):
    return pd.Series(x).skew() if np.ptp(x) > 0 else np.nan


def kurt(x):
    return pd.Series(x).kurt() if np.ptp(x) > 0 else np.nan


def rsquare(x):
    return line(x).rvalue ** 2 if np.ptp(x) > 0 else np.nan


def pearson(x, y):
    return stats.pearsonr(x, y)[0] if np.ptp(x) > 0 and np.ptp(y) > 0 and len(x) > 1 else np.nan


a, b, c = F["a"].to_numpy(), F["b"].to_numpy(), F["c"].to_numpy()
CASES = {
    "a > 0 ? b : c": cell(lambda f: np.where(np.isnan(a), np.nan, np.where(a > 0, b, c))),
    "a || b": cell(lambda f: both((a != 0) | (b != 0), a, b)),
    "a && b": cell(lambda f: both((a != 0) & (b != 0), a, b)),
    "a < b": cell(lambda f: both(a < b, a, b)),
    "a <= b": cell(lambda f: both(a <= b, a, b)),
    "a > b": cell(lambda f: both(a > b, a, b)),
    "a >= b": cell(lambda f: both(a >= b, a, b)),
    "b == 1": cell(lambda f: both(b == 1, b)),
    "b != 1": cell(lambda f: both(b != 1, b)),
    "a + b": cell(lambda f: a + b),
    "a - b": cell(lambda f: a - b),
    "a * b": cell(lambda f: a * b),
    "a / b": cell(lambda f: a / b),
    "-a": cell(lambda f: -a),
    "a ^ b": cell(lambda f: np.where(np.isnan(a) | np.isnan(b), np.nan, np.power(a, b))),
    "abs(a)": cell(lambda f: np.abs(a)),
    "log(a)": cell(lambda f: np.log(a)),
    "exp(a)": cell(lambda f: np.exp(a)),
    "sqrt(a)": cell(lambda f: np.sqrt(a)),
    "sign(a)": cell(lambda f: np.sign(a)),
    "floor(a)": cell(lambda f: np.floor(a)),
    "ceil(a)": cell(lambda f: np.ceil(a)),
    "round(5 * a)": cell(lambda f: np.round(5 * a)),
    "tanh(a)": cell(lambda f: np.tanh(a)),
    "min(a, b)": cell(lambda f: np.minimum(a, b)),
    "max(a, b)": cell(lambda f: np.maximum(a, b)),
    "clip(a, -0.5, b)": cell(lambda f: np.minimum(np.maximum(a, -0.5), b)),
    "power(abs(a), b)": cell(lambda f: np.where(np.isnan(a) | np.isnan(b), np.nan, np.power(np.abs(a), b))),
    "signed_power(a, 2)": cell(lambda f: np.sign(a) * np.abs(a) ** 2),
    "is_missing(a)": cell(lambda f: np.isnan(a)),
    "coalesce(a, b)": cell(lambda f: np.where(np.isnan(a), b, a)),
    "plain(a)": cell(lambda f: a),
    "delay(a, 3)": history(lambda f: f["a"].shift(3)),
    "delta(a, 3)": history(lambda f: f["a"] - f["a"].shift(3)),
    "delay(a, 2d)": history(lambda f: f["a"].shift(2)),
    "delta(a, 2d)": history(lambda f: f["a"] - f["a"].shift(2)),
    "rank(a)": section(pct_rank),
    "zscore(a)": section(lambda x: (x - x.mean()) / x.std(ddof=1)),
    "demean(a)": section(lambda x: x - x.mean()),
    "scale(a)": section(lambda x: x / np.abs(x).sum()),
    "scale(a, 2)": section(lambda x: 2 * x / np.abs(x).sum()),
    "winsorize(a, 1)": section(lambda x: np.clip(x, x.mean() - x.std(ddof=1), x.mean() + x.std(ddof=1))),
    "bucket(a, 3)": section(lambda x: np.ceil(stats.rankdata(x) * 3 / len(x) - 1e-12)),
    "neutralize(a, b)": section(residual, ("a", "b")),
    "neutralize(a, b, c)": section(residual, ("a", "b", "c")),
    "cs_sum(a)": section(np.sum),
    "cs_mean(a)": section(np.mean),
    "cs_std(a)": section(lambda x: x.std(ddof=1) if len(x) > 1 else np.nan),
    "cs_median(a)": section(np.median),
    "cs_count(a)": section(len),
    "rank(a) by g": section(pct_rank, group="g"),
    "demean(a) by g": section(lambda x: x - x.mean(), group="g"),
    "cs_mean(a) by g": section(np.mean, group="g"),
    "neutralize(a, c) by g": section(residual, ("a", "c"), group="g"),
}
WINDOWS = {
    "ts_sum(a, {})": np.sum,
    "ts_mean(a, {})": np.mean,
    "ts_std(a, {})": lambda x: np.std(x, ddof=1) if len(x) > 1 else np.nan,
    "ts_var(a, {})": lambda x: np.var(x, ddof=1) if len(x) > 1 else np.nan,
    "ts_zscore(a, {})": lambda x: (x[-1] - x.mean()) / x.std(ddof=1) if np.ptp(x) > 0 else np.nan,
    "ts_skew(a, {})": skew,
    "ts_kurt(a, {})": kurt,
    "product(a, {})": np.prod,
    "decay_linear(a, {})": linear_weights,
    "decay_exp(a, {}, 0.5)": lambda x: exp_weights(x, 0.5),
    "ts_slope(a, {})": lambda x: line(x).slope if len(x) > 1 else np.nan,
    "ts_rsquare(a, {})": rsquare,
    "ts_resi(a, {})": lambda x: x[-1] - (line(x).intercept + line(x).slope * (len(x) - 1)) if len(x) > 1 else np.nan,
    "ts_max(a, {})": np.max,
    "ts_min(a, {})": np.min,
    "ts_argmax(a, {})": lambda x: np.argmax(x) + 1,
    "ts_argmin(a, {})": lambda x: np.argmin(x) + 1,
    "ts_rank(a, {})": lambda x: stats.rankdata(x)[-1] / len(x),
    "ts_quantile(a, {}, 0.3)": lambda x: np.quantile(x, 0.3),
    "ts_median(a, {})": np.median,
}
PAIRS = {
    "correlation(a, c, {})": pearson,
    "covariance(a, c, {})": lambda x, y: np.cov(x, y)[0, 1] if len(x) > 1 else np.nan,
}
for n in (1, 2, 5, 12, 40):
    for formula, of in WINDOWS.items():
        CASES[formula.format(n)] = window(of, n)
    for formula, of in PAIRS.items():
        CASES[formula.format(n)] = window(of, n, ("a", "c"))
    CASES[f"ts_count(a, {n})"] = history(
        lambda f, n=n: [np.nan if row + 1 < n else f["a"][row + 1 - n : row + 1].notna().sum() for row in range(len(f))]
    )
for formula, of in WINDOWS.items():
    CASES[formula.format("4d")] = by_time(of, 4)
for formula, of in PAIRS.items():
    CASES[formula.format("4d")] = by_time(of, 4, ("a", "c"))


def plain(values):
    return [None if v != v else float(v) for v in values]


made = {
    "by": f"NumPy {np.__version__}, pandas {pd.__version__}, SciPy {scipy.__version__}",
    "entity": F["entity"].tolist(),
    "day": F["day"].tolist(),
    "columns": {name: plain(F[name]) for name in "abcg"},
    "cases": {formula: plain(values) for formula, values in CASES.items()},
}
path = pathlib.Path(__file__).resolve().parents[3] / "test/support/vectors/operators-numpy.json.gz"
path.write_bytes(gzip.compress(json.dumps(made).encode(), mtime=0))
print(made["by"], len(CASES), path.stat().st_size)
