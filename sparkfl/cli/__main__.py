"""``python -m sparkfl.cli``: the command where only its Python is at hand."""

from __future__ import annotations

import sys

from sparkfl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
