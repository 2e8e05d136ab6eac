"""Gradient-boosted trees by XGBoost, the same bytes each time: one thread, exact histograms, and every choice from the run's seed."""

import xgboost as xgb
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from given import read, write

x, y, run = read()
settings = dict(run["params"])
rounds = int(settings.pop("rounds", 100))
depth = int(settings.pop("max_depth", 6))
fixed = {"nthread": 1, "tree_method": "hist", "max_depth": depth, "verbosity": 0}
booster = xgb.train(
    {"objective": "reg:squarederror", "seed": run["seed"], **settings, **fixed}, xgb.DMatrix(x, label=y), num_boost_round=rounds
)
# Without a name of its own the graph is given a random one, and no two files are the same.
model = convert_xgboost(booster, name="xgboost", initial_types=[("features", FloatTensorType([None, x.shape[1]]))])
write(model, rows=len(y), trees=booster.num_boosted_rounds())
