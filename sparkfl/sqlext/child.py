"""The Python process that serves a JVM whose driver is not Python.

The extension starts it as ``python -m sparkfl.sqlext.child``, with the address of a Py4J gateway
in the environment, and ends it by closing its standard input.
"""

from __future__ import annotations

import warnings

from sparkfl.execution.pandas_warning import PANDAS_WARNING
from sparkfl.sqlext.jvm.attached import serve
from sparkfl.sqlext.service import SqlService

__all__ = ["main"]


def main() -> None:
    """Attach to the JVM that started this process and serve it until it ends."""
    warnings.filterwarnings("ignore", PANDAS_WARNING, FutureWarning)
    serve(SqlService())


if __name__ == "__main__":
    main()
