"""What is computed from releases only; a customer's row never comes here."""

from __future__ import annotations
