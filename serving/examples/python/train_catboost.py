"""Gradient-boosted symmetric trees by CatBoost, the same bytes each time: one thread, and every choice from the run's seed."""

import tempfile
from pathlib import Path

import onnx
from catboost import CatBoostRegressor

from given import read, write

x, y, run = read()
settings = dict(run["params"])
whole = {name: int(settings.pop(name)) for name in ("depth",) if name in settings}
rounds = int(settings.pop("rounds", 100))
fixed = {"thread_count": 1, "random_seed": run["seed"], "allow_writing_files": False, "verbose": False}
model = CatBoostRegressor(iterations=rounds, **settings, **whole, **fixed)
model.fit(x, y)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "model.onnx"
    model.save_model(str(path), format="onnx")
    made = onnx.load(str(path))
# What it says of itself has the moment at which it was made.
made.graph.name, made.doc_string = "catboost", ""
del made.metadata_props[:]
write(made, rows=len(y), trees=model.tree_count_)
