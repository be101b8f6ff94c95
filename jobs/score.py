"""Scores and a report, for spark-submit: what ``python -m sparkfl.job.score`` runs."""

from __future__ import annotations

import sys

from sparkfl.job.score import main

if __name__ == "__main__":
    sys.exit(main())
