"""What an event is: its schema, the period it falls in, the purchases made of it."""

from __future__ import annotations
