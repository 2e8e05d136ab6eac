"""The features of the growth bench in Polars on one thread, from a Parquet file to an uncompressed Arrow file."""

import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl  # noqa: E402
from timing import say  # noqa: E402

panel, out, width, last = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
windows = [int(window) for window in sys.argv[5:]]
close, volume, step = pl.col("close"), pl.col("volume"), pl.col("step")


def ranked(of):
    """The rank of what stands in a column by then, among the names of a day."""
    return (of.rank("average") / of.count()).over("eventTime")


if width == "10":
    own = [
        close / close.shift(21) - 1,
        close / close.shift(252) - 1,
        close / close.rolling_mean(20),
        close.rolling_mean(100),
        step.rolling_std(20),
        close / close.rolling_max(60),
        close / close.rolling_min(60),
        volume.rolling_mean(20),
        volume / volume.rolling_mean(60),
    ]
    steps, across = {"step": close - close.shift(1)}, [ranked(step)]
else:
    own, across = [], []
    steps = {"step": close - close.shift(1)} | {f"step{d}": close - close.shift(d) for d in windows}
    for d in windows:
        own += [
            close / close.shift(d) - 1,
            close / close.rolling_mean(d),
            step.rolling_std(d),
            close / close.rolling_max(d),
            close / close.rolling_min(d),
            volume.rolling_mean(d),
            volume / volume.rolling_mean(d),
            pl.rolling_corr(close, volume, window_size=d),
            pl.col(f"step{d}") / close.rolling_std(d),
        ]
        across.append(ranked(pl.col(f"step{d}")))

begun, used = time.perf_counter(), time.process_time()
frame = (
    pl.scan_parquet(panel)
    .sort("entity", "eventTime")
    .with_columns(of.over("entity").alias(name) for name, of in steps.items())
    .with_columns(of.over("entity").alias(f"own{place}") for place, of in enumerate(own))
    .with_columns(of.alias(f"across{place}") for place, of in enumerate(across))
    .select("entity", "eventTime", pl.col("^(own|across)[0-9]+$"))
    .sort("eventTime", "entity")
    .collect()
)
frame.write_ipc(out, compression="uncompressed")
seconds, cpu = time.perf_counter() - begun, time.process_time() - used
day = frame.filter(pl.col("eventTime") == last)
# In the order of the set: what goes along a history, then the cross-section, for each window.
n, k = len(own) // len(across), len(across)
order = [name for i in range(k) for name in [*(f"own{i * n + j}" for j in range(n)), f"across{i}"]]
say({"seconds": seconds, "cpuSeconds": cpu, "sums": [day[name].sum() for name in order]})
