"""Score the rows of a NumPy file by ECOD of pyod: ``python ecod.py ROWS.npy SCORES.npy``."""

from __future__ import annotations

import sys

import numpy as np
from pyod.models.ecod import ECOD

if __name__ == "__main__":
    np.save(sys.argv[2], ECOD().fit(np.load(sys.argv[1])).decision_scores_)
