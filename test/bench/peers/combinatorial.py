"""Combinatorial purged cross-validation by skfolio: rows of every split, and which path each test block belongs to.

Reads the number of rows, of groups, of test groups, and the rows to purge and to embargo.
"""

import sys

import numpy as np
from skfolio.model_selection import CombinatorialPurgedCV

from timing import say, timed

rows, groups, tests, purged, embargo = (int(one) for one in sys.argv[1:6])
frame = np.zeros((rows, 1))


def splits():
    validation = CombinatorialPurgedCV(
        n_folds=groups, n_test_folds=tests, purged_size=purged, embargo_size=embargo
    )
    trained = sum(len(train) for train, _ in validation.split(frame))
    validation.get_path_ids()
    return trained


took, trained = timed(splits, 10)
say({"splits": {**took, "check": trained}})
