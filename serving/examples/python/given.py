"""What Asof gives to a trainer, and what it takes back."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.ipc as ipc

GIVEN, MADE = (Path(path) for path in sys.argv[1:3])


def read():
    """The rows to train on: features [n, k] as float32, which is what the ONNX file takes, labels [n], and what the run says."""
    run = json.loads((GIVEN / "run.json").read_text())
    table = ipc.open_file(GIVEN / "train.arrow").read_all()
    x = np.column_stack([table[name].to_numpy() for name in run["features"]]).astype(np.float32)
    return x, table["label"].to_numpy(), run


def write(model, **metrics):
    """The ONNX model, with one input [n, k] and one score for each row out; and numbers that are kept beside the run."""
    (MADE / "model.onnx").write_bytes(model.SerializeToString())
    (MADE / "metrics.json").write_text(json.dumps({name: float(value) for name, value in metrics.items()}))
