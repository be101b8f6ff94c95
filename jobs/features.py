"""Features of web events, for spark-submit: what ``python -m sparkfl.job.features`` runs."""

from __future__ import annotations

import sys

from sparkfl.job.features import main

if __name__ == "__main__":
    sys.exit(main())
