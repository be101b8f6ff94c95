"""``sparkfl audit``: attack what stores release."""

from __future__ import annotations

from sparkfl.audit.main import main

__all__ = ["main"]
