"""``python -m sparkfl.audit``: the same as ``sparkfl audit``."""

from __future__ import annotations

import sys

from sparkfl.audit.main import main
from sparkfl.errors import SparkflError

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SparkflError as error:
        sys.stderr.write(f"sparkfl audit: {error}\n")
        sys.exit(1)
