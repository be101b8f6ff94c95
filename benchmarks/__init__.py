"""What sparkfl costs, as ratios against named alternatives: a file a question.

``python -m benchmarks [name …] [--quick]`` runs them; ``results.json`` keeps what they found.
"""

from __future__ import annotations

QUESTIONS = (
    "local_training",
    "skew",
    "giant_store",
    "evaluation",
    "prediction",
    "single",
    "width",
    "versions",
    "apart",
    "iterations",
    "end_to_end",
    "features",
    "privacy",
)
"""Modules with a function ``measure(quick)`` that returns results, in the order they run."""
