"""Features that are found for a target, rather than declared."""

from __future__ import annotations

from sparkfl.features.auto.candidate import KINDS, Candidate
from sparkfl.features.auto.relational import Events
from sparkfl.features.auto.search import Bounds, Found, Search, search

__all__ = ["KINDS", "Bounds", "Candidate", "Events", "Found", "Search", "search"]
