"""The clauses that model statements share, one a file: read from tokens, written by `sql`."""

from __future__ import annotations
