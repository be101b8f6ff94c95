"""The only way out of a store: what may leave it, decided in its own worker."""

from __future__ import annotations
