"""The attackers' arithmetic, one file an attack: what follows from what stores tell."""

from __future__ import annotations
