"""White's and Hansen's tests of the best of many strategies, by arch.

Reads strategies and rows, and the returns as raw float64, one strategy after another; the draws, and the mean length of a block.
"""

import sys

import numpy as np
from arch.bootstrap import SPA

from timing import say, timed

path, strategies, draws, block = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
returns = np.ascontiguousarray(np.fromfile(path).reshape(strategies, -1).T)
# SPA compares losses: a benchmark that earns nothing loses nothing.
benchmark = np.zeros(len(returns))


def superior():
    test = SPA(benchmark, -returns, block_size=block, reps=draws, seed=1)
    test.compute()
    return float(test.pvalues["consistent"])


took, p = timed(superior, 1)
say({"superior": {**took, "check": p}})
