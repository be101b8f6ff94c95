"""The command ``sparkfl``: what an installed wheel is enough for."""

from __future__ import annotations
