"""Search everything outside of a store for what is in it: the wire and canary test."""

from __future__ import annotations

from sparkfl.audit.search.find import Findings, Hit, search

__all__ = ["Findings", "Hit", "search"]
