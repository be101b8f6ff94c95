"""scikit-learn over the stores by joblib with two processes."""

from __future__ import annotations

import sys

import numpy as np
from joblib import Parallel, delayed
from local_fit import fit, merge
from rows import by_store


def main(directory: str) -> None:
    """Train all stores and merge what they found."""
    stores = by_store(directory)
    found = Parallel(2)(delayed(fit)(rows) for rows in stores)
    centres = merge(np.concatenate([c for c, _ in found]), np.concatenate([n for _, n in found]))
    print(f"joblib + scikit-learn: {len(stores)} stores, {len(centres)} global clusters")


if __name__ == "__main__":
    main(sys.argv[1])
