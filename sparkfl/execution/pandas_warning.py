"""What Spark says of pandas 3 in every process, and processes of ours leave out.

Spark 4.2 and 4.3 advise against it; sparkfl is tried with it on both (`docs/versions.md`).
"""

from __future__ import annotations

__all__ = ["PANDAS_WARNING"]

PANDAS_WARNING = "PySpark does not yet fully support pandas"
"""How Spark's FutureWarning begins."""
