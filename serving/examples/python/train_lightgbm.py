"""Gradient-boosted trees by LightGBM, the same bytes each time: one thread, and every choice from the run's seed."""

import lightgbm as lgb
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from given import read, write

x, y, run = read()
settings = dict(run["params"])
rounds = int(settings.pop("rounds", 100))
fixed = {"num_threads": 1, "deterministic": True, "force_col_wise": True, "verbose": -1}
booster = lgb.train(
    {"objective": "regression", "seed": run["seed"], **settings, **fixed}, lgb.Dataset(x, y), num_boost_round=rounds
)
# Without a name of its own the graph is given a random one, and no two files are the same.
model = convert_lightgbm(booster, name="lightgbm", initial_types=[("features", FloatTensorType([None, x.shape[1]]))])
write(model, rows=len(y), trees=booster.num_trees())
