"""How good a model is: one measure a file, for local and global models alike."""

from __future__ import annotations
