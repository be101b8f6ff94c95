"""Tables by name or by path: read, written, compared."""

from __future__ import annotations
