"""What runs inside a store: one algorithm per file, and the gate its summaries must pass."""

from __future__ import annotations
