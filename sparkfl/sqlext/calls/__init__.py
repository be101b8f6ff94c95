"""Table functions in a query, where the session has no extension: found, asked, put in place."""

from __future__ import annotations
