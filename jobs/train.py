"""A training, for spark-submit: what ``python -m sparkfl.job.train`` runs."""

from __future__ import annotations

import sys

from sparkfl.job.train import main

if __name__ == "__main__":
    sys.exit(main())
