"""The same join in Polars: join_asof by name, on facts that were reduced to unique keys beforehand. One thread."""

import os
import sys

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

from timing import say, timed

names, days, features, every, rounds = (int(arg) for arg in sys.argv[1:])
count = -(-days // every)

told = (
    pl.DataFrame({"n": pl.int_range(names, eager=True)})
    .join(pl.DataFrame({"a": pl.int_range(count, eager=True)}), how="cross")
    .join(pl.DataFrame({"v": [0, 1]}), how="cross")
    .filter((pl.col("v") == 0) | ((pl.col("n") * 7 + pl.col("a") * 13) % 20 == 0))
    .with_columns(event=pl.col("a") * every, known=pl.col("a") * every + 1 + pl.col("v") * 20)
    .sort("n", "known", "event", "v")
    .with_columns(newest=pl.col("event").cum_max().over("n"))
    .filter(pl.col("event") >= pl.col("newest"))
    .unique(["n", "known"], keep="last", maintain_order=True)
)
columns = [f"f{f}" for f in range(features)]
facts = told.select(
    "n",
    "known",
    *(
        (((pl.col("n") * 31 + pl.col("a") * 17 + pl.col("v") * 5 + f * 7) % 1000) / 8).alias(columns[f])
        for f in range(features)
    ),
).sort("known")
spine = (
    pl.DataFrame({"t": pl.int_range(days, eager=True)})
    .join(pl.DataFrame({"n": pl.int_range(names, eager=True)}), how="cross")
    .set_sorted("t")
)
facts = facts.set_sorted("known")

took, joined = timed(
    lambda: spine.join_asof(facts, left_on="t", right_on="known", by="n", strategy="backward"), rounds
)
say({"join": {**took, "check": joined.select(pl.sum_horizontal(pl.col(columns).fill_null(0)).sum()).item()}})
