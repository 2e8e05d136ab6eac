"""Makes test/support/vectors/alpha158-qlib.json.gz: Qlib's own values of Alpha158 over bars of the us12 sample.

    python -m venv v && v/bin/pip install pyqlib==0.9.7 && v/bin/python alpha158_qlib.py

Qlib stores and answers float32; its operators are given the bars as float64 here, and asked for what they compute.
"""

import gzip
import io
import json
import pathlib
import zipfile
from fractions import Fraction

import pandas as pd
import qlib
from qlib.config import C
from qlib.contrib.data.loader import Alpha158DL
from qlib.data import base, ops
from qlib.utils import parse_field

ROOT = pathlib.Path(__file__).parents[3]
COLUMNS = ["open", "high", "low", "close", "volume"]
# A split of 7 for 1, a collapse, and a name that never moves.
SPANS = {"aapl": ("aapl.zip", "20140401", 90), "wamu": ("wm.zip", "20080601", 75)}
FROM_ROW = {"aapl": 58, "wamu": 58, "flat": 68}


def bars(file, start, rows):
    with zipfile.ZipFile(ROOT / "serving/sample/us12" / file) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    frame = pd.read_csv(io.StringIO(text), header=None, names=["time", *COLUMNS])
    frame = frame[frame["time"] >= start].head(rows).reset_index(drop=True)
    frame[COLUMNS[:4]] = frame[COLUMNS[:4]] / 10000
    frame["volume"] = frame["volume"].astype(float)
    return frame[COLUMNS]


def computed(frame, fields):
    frame = frame.assign(vwap=(frame["high"] + frame["low"] + frame["close"]) / 3)
    ops.Feature._load_internal = lambda self, *_: frame[self._name]
    base.Feature._load_internal = ops.Feature._load_internal
    last = len(frame) - 1
    space = {"Operators": ops.Operators, "Feature": ops.Feature}
    values = []
    for place, field in enumerate(fields):
        qlib.data.cache.H.clear()
        values.append(eval(parse_field(field), space).load(f"n{place}", 0, last, "day"))
    return values


def exact_rsquare(x, window):
    """Without rounding: Qlib takes the difference of large sums, which loses digits where prices are high and moves small."""
    out = []
    for row in range(len(x)):
        y = [Fraction(v) for v in x[max(0, row + 1 - window) : row + 1]]
        n = len(y)
        my, mx = sum(y) / n, Fraction(n - 1, 2)
        xy = sum((i - mx) * (v - my) for i, v in enumerate(y))
        xx, yy = sum((i - mx) ** 2 for i in range(n)), sum((v - my) ** 2 for v in y)
        out.append(float(xy * xy / (xx * yy)) if xx * yy else None)
    return out


def main():
    C["logging_level"] = "ERROR"
    ops.register_all_ops(C)
    C["mem_cache_type"] = "sizeof"
    fields, names = Alpha158DL.get_feature_config()
    frames = {name: bars(*span) for name, span in SPANS.items()}
    flat = pd.DataFrame({column: [1000.0 if column == "volume" else 10.0] * 70 for column in COLUMNS})
    frames["flat"] = flat
    entities = {}
    for name, frame in frames.items():
        values = computed(frame, fields)
        first = FROM_ROW[name]
        entities[name] = {
            "bars": {column: frame[column].tolist() for column in COLUMNS},
            "firstRow": first,
            "exact": {f"RSQR{d}": exact_rsquare(frame["close"].tolist(), d)[first:] for d in (5, 10, 20, 30, 60)},
            "values": [[None if v != v else v for v in series.iloc[first:].astype(float)] for series in values],
        }
    made = {"by": f"pyqlib {qlib.__version__}, pandas {pd.__version__}", "names": names, "fields": fields, "entities": entities}
    path = ROOT / "test/support/vectors/alpha158-qlib.json.gz"
    path.write_bytes(gzip.compress(json.dumps(made).encode(), mtime=0))
    print(path, path.stat().st_size)


main()
