"""Makes test/support/vectors/alpha101-pandas.json.gz: the 101 formulas as the paper prints them, evaluated with pandas over bars of the
us12 sample.

    python -m venv v && v/bin/pip install numpy==2.4.6 pandas==3.1.1 && v/bin/python alpha101_pandas.py formulas.json

`formulas.json` maps each number to the text of the paper's appendix A. Frames have a row for each day and a column for each name. What is
missing or infinite stays missing; a window with a missing value is missing; windows are cut to whole days.
"""

import gzip
import io
import json
import math
import pathlib
import re
import sys
import zipfile

import numpy as np
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAMES = ["aapl", "aig", "bac", "eem", "ibm", "iwm", "qqq", "spy"]
DAYS, SHOWN = 300, 8
GROUPS = {"sector": 2, "industry": 3, "subindustry": 4}
TOKEN = re.compile(r"\s*(\d+\.?\d*|\.\d+|[A-Za-z_][A-Za-z0-9_.]*|==|\|\||[-+*/^<>?:(),])")
BINDING = {"||": 2, "<": 4, ">": 4, "==": 4, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8}


def clean(x):
    return x.replace([np.inf, -np.inf], np.nan)


def bars():
    frames = {}
    for name in NAMES:
        with zipfile.ZipFile(ROOT / f"serving/sample/us12/{name}.zip") as archive:
            text = archive.read(archive.namelist()[0]).decode()
        frame = pd.read_csv(io.StringIO(text), header=None, names=["time", "open", "high", "low", "close", "volume"])
        frame["day"] = frame["time"].str[:8]
        frames[name] = frame.set_index("day")
    days = sorted(set.intersection(*(set(f.index) for f in frames.values())))[-DAYS:]
    # Brought to one level shortly before the end: or else the order of so few prices never changes, and no rank says anything.
    level = {name: 100 / f.loc[days[-25], "close"] for name, f in frames.items()}
    out = {}
    for column in ["open", "high", "low", "close", "volume"]:
        scale = {n: 1e6 / f.loc[days, "volume"].mean() if column == "volume" else level[n] for n, f in frames.items()}
        out[column] = pd.DataFrame({n: np.round(f.loc[days, column].to_numpy() * scale[n], 4) for n, f in frames.items()})
    return out


def rolled(of, n):
    return lambda x: x.rolling(n).apply(of, raw=True)


def paired(of, x, y, n):
    """Of whole windows of two frames."""
    out = pd.DataFrame(np.nan, index=x.index, columns=x.columns)
    for name in x.columns:
        a, b = x[name].to_numpy(), y[name].to_numpy()
        for row in range(n - 1, len(a)):
            p, q = a[row + 1 - n : row + 1], b[row + 1 - n : row + 1]
            if not (np.isnan(p).any() or np.isnan(q).any()):
                out.loc[row, name] = of(p, q)
    return out


def pearson(p, q):
    return np.corrcoef(p, q)[0, 1] if np.ptp(p) > 0 and np.ptp(q) > 0 else np.nan


def frame(x, like):
    return x if isinstance(x, pd.DataFrame) else pd.DataFrame(x, index=like.index, columns=like.columns)


class Formula:
    def __init__(self, text, data):
        self.tokens = [m[1] for m in TOKEN.finditer(text)] + [None]
        self.at, self.data, self.like = 0, data, data["close"]

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def expression(self, binding=0):
        left = self.atom()
        while True:
            symbol = self.tokens[self.at]
            if symbol == "?" and binding <= 1:
                self.take()
                yes = self.expression(1)
                assert self.take() == ":"
                left = self.choose(left, yes, self.expression(1))
            elif symbol in BINDING and BINDING[symbol] >= binding:
                self.take()
                right = self.expression(BINDING[symbol] + (symbol != "^"))
                left = self.combine(symbol, left, right)
            else:
                return left

    def choose(self, condition, yes, no):
        condition, yes, no = (frame(x, self.like) for x in (condition, yes, no))
        return yes.where(condition != 0, no).where(condition.notna())

    def combine(self, symbol, a, b):
        if not isinstance(a, pd.DataFrame) and not isinstance(b, pd.DataFrame):
            return {"+": a + b, "-": a - b, "*": a * b}[symbol] if symbol in "+-*" else a / b
        a, b = frame(a, self.like), frame(b, self.like)
        if symbol in "+-*/":
            return clean({"+": a + b, "-": a - b, "*": a * b, "/": a / b}[symbol])
        present = a.notna() & b.notna()
        if symbol == "^":
            return clean(a**b).where(present)
        holds = {"||": (a != 0) | (b != 0), "<": a < b, ">": a > b, "==": a == b}[symbol]
        return holds.astype(float).where(present)

    def atom(self):
        token = self.take()
        if token == "(":
            inner = self.expression()
            assert self.take() == ")"
            return inner
        if token == "-":
            return self.combine("*", -1, self.expression(7))
        if re.match(r"[\d.]", token):
            return float(token)
        name = token.lower()
        if self.tokens[self.at] != "(":
            return self.named(name)
        self.take()
        args = [self.expression()]
        while self.tokens[self.at] == ",":
            self.take()
            args.append(self.expression())
        assert self.take() == ")"
        return self.call(name, args)

    def named(self, name):
        data = self.data
        if name.startswith("indclass."):
            return name.split(".")[1]
        if name.startswith("adv"):
            return (data["close"] * data["volume"]).rolling(int(name[3:])).mean()
        if name == "returns":
            return data["close"] / data["close"].shift(1) - 1
        return data[name]

    def call(self, name, args):
        x = args[0]
        if name == "indneutralize":
            group = np.arange(len(NAMES)) % GROUPS[args[1]]
            return x - x.T.groupby(group).transform("mean").T
        if name in ("min", "max") and isinstance(args[1], pd.DataFrame):
            low = name == "min"
            return (np.minimum if low else np.maximum)(frame(x, self.like), args[1])
        if name == "signedpower":
            return clean(np.sign(x) * x.abs() ** args[1])
        if name == "scale":
            return clean(x.div(x.abs().sum(axis=1), axis=0))
        if name == "rank":
            return x.rank(axis=1, pct=True)
        if name in ("abs", "log", "sign"):
            with np.errstate(all="ignore"):
                return clean({"abs": np.abs, "log": np.log, "sign": np.sign}[name](x))
        n = math.floor(args[-1])
        if name in ("correlation", "covariance"):
            return paired(pearson if name == "correlation" else lambda p, q: np.cov(p, q)[0, 1], x, args[1], n)
        weights = np.arange(1, n + 1) / (n * (n + 1) / 2)
        return {
            "delay": lambda: x.shift(n),
            "delta": lambda: x - x.shift(n),
            "sum": lambda: rolled(np.sum, n)(x),
            "stddev": lambda: rolled(lambda w: np.std(w, ddof=1), n)(x),
            "product": lambda: rolled(np.prod, n)(x),
            "ts_min": lambda: rolled(np.min, n)(x),
            "min": lambda: rolled(np.min, n)(x),
            "ts_max": lambda: rolled(np.max, n)(x),
            "ts_argmax": lambda: rolled(lambda w: np.argmax(w) + 1, n)(x),
            "ts_argmin": lambda: rolled(lambda w: np.argmin(w) + 1, n)(x),
            "ts_rank": lambda: x.rolling(n).rank(pct=True),
            "decay_linear": lambda: rolled(lambda w: w @ weights, n)(x),
        }[name]()


def main():
    formulas = {int(k): v for k, v in json.loads(pathlib.Path(sys.argv[1]).read_text()).items()}
    given = bars()
    data = {
        **given,
        "vwap": (given["high"] + given["low"] + given["close"]) / 3,
        "cap": given["close"] * 1e6,
    }
    values = {}
    for number in range(1, 102):
        answer = frame(Formula(formulas[number], data).expression(), data["close"]).astype(float)
        shown = clean(answer).iloc[-SHOWN:]
        values[number] = {name: [None if v != v else v for v in shown[name]] for name in NAMES}
        print(number, shown.iloc[-1].notna().sum(), flush=True)
    made = {
        "by": f"NumPy {np.__version__}, pandas {pd.__version__}",
        "groups": GROUPS,
        "bars": {name: {column: given[column][name].tolist() for column in given} for name in NAMES},
        "values": values,
    }
    path = ROOT / "test/support/vectors/alpha101-pandas.json.gz"
    path.write_bytes(gzip.compress(json.dumps(made).encode(), mtime=0))
    print(made["by"], path.stat().st_size)


main()
