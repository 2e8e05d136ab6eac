"""The worst drawdown of stationary-bootstrap paths: paths by arch, drawdowns by NumPy.

Reads the returns as raw float64, the number of paths and the mean length of a block.
"""

import sys

import numpy as np
from arch.bootstrap import StationaryBootstrap

from timing import say, timed

path, paths, block = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
returns = np.fromfile(path)


def drawdowns():
    found = np.empty(paths)
    bootstrap = StationaryBootstrap(block, returns, seed=1)
    for i, (data, _) in enumerate(bootstrap.bootstrap(paths)):
        wealth = np.cumprod(1 + data[0])
        found[i] = np.min(wealth / np.maximum(np.maximum.accumulate(wealth), 1) - 1)
    return float(np.median(found))


def resamples():
    bootstrap = StationaryBootstrap(block, returns, seed=1)
    total = 0.0
    for data, _ in bootstrap.bootstrap(paths):
        total += data[0][-1]
    return total


bare, _ = timed(resamples, 1)
whole, median = timed(drawdowns, 1)
say({"resamples": bare, "drawdowns": {**whole, "check": median}})
