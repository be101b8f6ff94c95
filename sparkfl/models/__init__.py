"""A single model: its type, its inputs, its pipeline, fitted and used."""

from __future__ import annotations
