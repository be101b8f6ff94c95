"""A store's part in a federation, for spark-submit: ``python -m sparkfl.job.store``."""

from __future__ import annotations

import sys

from sparkfl.job.store import main

if __name__ == "__main__":
    sys.exit(main())
