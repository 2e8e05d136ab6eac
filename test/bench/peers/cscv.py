"""CSCV of Bailey et al. (2017) in NumPy, twice: split by split as it is usually written, and with no loop over splits.

Reads strategies, rows and blocks, and the returns as raw float64, one strategy after another.
"""

import itertools
import sys

import numpy as np

from timing import say, timed

path, strategies, blocks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
returns = np.ascontiguousarray(np.fromfile(path).reshape(strategies, -1).T)
rows = len(returns) // blocks


def figures(inside, outside, average):
    """What the report shows besides the ranks: the line of out on in sample, losses, and both orders of dominance."""
    slope, intercept = np.polyfit(inside, outside, 1)
    high, low = np.sort(outside), np.sort(average)
    first = bool(np.all(high >= low))
    second = bool(np.all(np.cumsum(high) >= np.cumsum(low)))
    return slope, intercept, float(np.mean(outside < 0)), first, second


def plain():
    parts = returns.reshape(blocks, rows, strategies)
    logits, inside, outside, average = [], [], [], []
    for chosen in itertools.combinations(range(blocks), blocks // 2):
        rest = [block for block in range(blocks) if block not in chosen]
        here = parts[list(chosen)].reshape(-1, strategies)
        there = parts[rest].reshape(-1, strategies)
        ratio_here = here.mean(axis=0) / here.std(axis=0, ddof=1)
        ratio_there = there.mean(axis=0) / there.std(axis=0, ddof=1)
        best = np.argmax(ratio_here)
        own = ratio_there[best]
        rank = np.sum(ratio_there < own) + (np.sum(ratio_there == own) + 1) / 2
        share = rank / (strategies + 1)
        logits.append(np.log(share / (1 - share)))
        inside.append(ratio_here[best])
        outside.append(own)
        average.append(ratio_there.mean())
    figures(np.array(inside), np.array(outside), np.array(average))
    return float(np.mean(np.array(logits) <= 0))


def vectorised():
    half = blocks // 2
    masks = np.array(
        [sum(1 << block for block in chosen) for chosen in itertools.combinations(range(blocks), half)]
    )
    inclusion = ((masks[:, None] >> np.arange(blocks)) & 1).astype(float)
    mean = returns.mean(axis=0)
    parts = (returns - mean).reshape(blocks, rows, strategies)
    sums, squares = inclusion @ parts.sum(axis=1), inclusion @ (parts**2).sum(axis=1)
    n = rows * half
    ratios = (sums / n + mean) / np.sqrt((squares - sums**2 / n) / (n - 1))
    there = ratios[::-1]
    every = np.arange(len(masks))
    best = np.argmax(ratios, axis=1)
    own = there[every, best]
    below = np.sum(there < own[:, None], axis=1)
    equal = np.sum(there == own[:, None], axis=1)
    share = (below + (equal + 1) / 2) / (strategies + 1)
    logits = np.log(share / (1 - share))
    figures(ratios[every, best], own, there.mean(axis=1))
    return float(np.mean(logits <= 0))


slow, probability_slow = timed(plain, 1)
fast, probability_fast = timed(vectorised, 10)
say({"plain": {**slow, "check": probability_slow}, "vectorised": {**fast, "check": probability_fast}})
