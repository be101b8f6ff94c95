"""Other ways to do the same training, each a script of its own over the same Parquet files.

The scripts run in ``.venv-peers`` and import neither sparkfl nor Spark.
"""

from __future__ import annotations
