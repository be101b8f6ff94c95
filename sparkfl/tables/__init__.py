"""Tables by name or by path: read, written, compared."""

from __future__ import annotations

from sparkfl.tables.delta import delta_version
from sparkfl.tables.read import read_table
from sparkfl.tables.target import check_target
from sparkfl.tables.write import write_table

__all__ = ["check_target", "delta_version", "read_table", "write_table"]
