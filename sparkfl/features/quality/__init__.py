"""What is expected of the features of a view, and whether it is so."""

from __future__ import annotations

from sparkfl.features.quality.check import Verdict, check, violated
from sparkfl.features.quality.expectation import Expectation

__all__ = ["Expectation", "Verdict", "check", "violated"]
