"""An aggregation of a federation: what ``python -m sparkfl.job.aggregate`` runs; no Spark."""

from __future__ import annotations

import sys

from sparkfl.job.aggregate import main

if __name__ == "__main__":
    sys.exit(main())
