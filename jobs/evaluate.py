"""An evaluation, for spark-submit: what ``python -m sparkfl.job.evaluate`` runs."""

from __future__ import annotations

import sys

from sparkfl.job.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
