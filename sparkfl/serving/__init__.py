"""From a stored model to what can be asked of it."""

from __future__ import annotations
