"""A model as sums of weighted features and squares, and what a client has to know of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sparkfl.encryption.finish import FINISHES
from sparkfl.errors import FormatError
from sparkfl.statistics.log1p import signed_log1p
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Matrix

__all__ = ["Description", "Forms"]

_FORMAT = 1


@dataclass(frozen=True)
class Description:
    """What a client has to know of a model to ask it: no weight, no centre.

    Parameters
    ----------
    features : tuple of str
        Names of the numbers of a row, in order.
    finish : str
        What is made of decrypted sums, a key of `sparkfl.encryption.finish.FINISHES`.
    settings : mapping
        What that takes, such as the names of classes.
    squares : bool, default False
        Whether squares of the features are encrypted, too.
    log1p : tuple of str, optional
        Features of which ``sign(x) log(1 + abs(x))`` is taken before anything else.
    scaling : Scaling, optional
        What is done to rows before they are encrypted, where that is no weighted sum.

    Examples
    --------
    >>> told = Description(("age", "orders"), "logistic", {"classes": [0, 1]})
    >>> Description.of_json(told.to_json()) == told
    True
    """

    features: tuple[str, ...]
    finish: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    squares: bool = False
    log1p: tuple[str, ...] = ()
    scaling: Scaling | None = None

    def prepared(self, rows: Matrix) -> Matrix:
        """Do to rows, shape (rows, d), what is done before they are encrypted."""
        if self.log1p:
            logarithmic = np.isin(self.features, self.log1p)
            rows = np.where(logarithmic, signed_log1p(rows), rows)
        return rows if self.scaling is None else self.scaling.transform(rows)

    def to_json(self) -> str:
        """Return it as text, to be handed to clients."""
        return json.dumps(
            {
                "format": _FORMAT,
                "features": self.features,
                "finish": self.finish,
                "settings": self.settings,
                "squares": self.squares,
                "log1p": self.log1p,
                "scaling": self.scaling.to_json() if self.scaling else None,
            }
        )

    @classmethod
    def of_json(cls, text: str) -> Description:
        """Read what `to_json` wrote.

        Raises
        ------
        FormatError
            If it is none that this version reads.
        """
        try:
            content = json.loads(text)
            if content["format"] != _FORMAT or content["finish"] not in FINISHES:
                raise ValueError
            scaling = content["scaling"]
            return cls(
                tuple(map(str, content["features"])),
                content["finish"],
                dict(content["settings"]),
                bool(content["squares"]),
                tuple(map(str, content["log1p"])),
                Scaling.of_json(scaling) if scaling else None,
            )
        except (ValueError, TypeError, KeyError) as error:
            raise FormatError(
                "This is no description of a model for encrypted prediction that this version of "
                "sparkfl reads. Ask the model's holder for its description again."
            ) from error


@dataclass(frozen=True)
class Forms:
    """What a model's holder evaluates: ``constant + linear x + square x²``, several sums a row.

    Parameters
    ----------
    description : Description
        What clients are told.
    constant : numpy.ndarray, shape (sums,)
        What is added.
    linear : numpy.ndarray, shape (sums, d)
        Weights of the features.
    square : numpy.ndarray, shape (sums, d), optional
        Weights of their squares, where the description has squares.

    Examples
    --------
    >>> line = Forms(Description(("x",), "identity"), np.array([1.0]), np.array([[2.0]]))
    >>> line.predict(np.array([[3.0]])).tolist()
    [7.0]
    """

    description: Description
    constant: Matrix
    linear: Matrix
    square: Matrix | None = None

    def sums(self, rows: Matrix) -> Matrix:
        """Evaluate plain rows, as the client would encrypt them, shape (rows, sums)."""
        x = self.description.prepared(rows)
        sums: Matrix = self.constant + x @ self.linear.T
        return sums if self.square is None else sums + x**2 @ self.square.T

    def predict(self, rows: Matrix) -> Any:
        """Return what the client gets, of plain rows."""
        return FINISHES[self.description.finish](self.sums(rows), self.description.settings)
