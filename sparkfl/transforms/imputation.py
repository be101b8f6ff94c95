"""What takes the place of values that are missing."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["UNKNOWN", "Imputation"]

UNKNOWN = "ml_unknown"
"""Takes the place of a text that is NULL, by default."""


@dataclass(frozen=True)
class Imputation:
    """A value, or how to find it in the training rows.

    Attributes
    ----------
    strategy : {'', 'mean', 'median', 'mode'}
        What the value is among those that are there: of numbers their mean, one in the middle, or
        the least of the most frequent, which is what it is of texts and booleans; '' for `value`.
    value : float, str or None
        The value. None is that of an array of texts: one without texts.
    """

    strategy: str = ""
    value: float | str | None = None
