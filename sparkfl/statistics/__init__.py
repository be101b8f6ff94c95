"""What can be added up: summaries that merge exactly, and what follows from them."""

from __future__ import annotations
