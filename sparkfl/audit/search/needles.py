"""What is looked for: cells of customers, in every form in which they could be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkfl.errors import ParameterError
from sparkfl.statistics.log1p import signed_log1p
from sparkfl.statistics.summary import Matrix

__all__ = ["MIN_CHARACTERS", "MIN_DIGITS", "Needles", "digits"]

MIN_DIGITS = 10
"""A number of fewer significant digits is in any large file by chance, and proves nothing."""
MIN_CHARACTERS = 8
"""Neither does a shorter text."""
_ULPS = 16


def digits(values: Matrix) -> npt.NDArray[np.int64]:
    """Count the significant digits of doubles, as they are printed in full.

    Examples
    --------
    >>> digits(np.array([0.0, 1200.0, 12.5, 1 / 3])).tolist()
    [0, 2, 3, 16]
    """
    return np.array([_digits(repr(float(x))) for x in values.ravel()], np.int64).reshape(
        values.shape
    )


def _digits(text: str) -> int:
    """Significant digits of a printed number."""
    mantissa = text.partition("e")[0].lstrip("-0.").replace(".", "")
    return len(mantissa.rstrip("0")) if any(c.isdigit() for c in mantissa) else 0


@dataclass(frozen=True)
class Needles:
    """Cells in the forms that are looked for, each with its number.

    Parameters
    ----------
    values : numpy.ndarray, shape (values,)
        Doubles that tell of a customer, ascending as integers of 64 bits are.
    cell : numpy.ndarray of int, shape (values,)
        Which cell each is of: row times columns, plus column.
    form : numpy.ndarray of int, shape (values,)
        Which of `forms` each has.
    forms : sequence of str
        ``raw``, and what was done to the others.
    words : numpy.ndarray of uint64, shape (words,)
        Pairs of neighbouring cells as floats of 32 bits, in both orders of bytes, ascending.
    word_cell : numpy.ndarray of int, shape (words,)
        The first cell of each pair.
    texts : mapping of str to int
        Texts, with their numbers.
    cells : int
        How many cells there were.
    common : int
        How many of these tell too little to be looked for by themselves.

    Examples
    --------
    >>> needles = Needles.of_cells([[1234.567890123, 7.0], [0.1 + 0.2, 7.0]])
    >>> needles.cells, needles.common, needles.forms
    (4, 2, ('raw', 'log1p'))
    """

    values: npt.NDArray[np.int64]
    cell: npt.NDArray[np.int64]
    form: npt.NDArray[np.int64]
    forms: Sequence[str]
    words: npt.NDArray[np.uint64]
    word_cell: npt.NDArray[np.int64]
    texts: Mapping[str, int]
    cells: int
    common: int

    @classmethod
    def of_cells(
        cls,
        cells: npt.ArrayLike | Sequence[str],
        spaces: Mapping[str, Callable[[Matrix], Matrix]] | None = None,
    ) -> Needles:
        """Lay out cells.

        Parameters
        ----------
        cells : array of float, shape (rows, columns) or (rows,), or sequence of str
            Raw cells of customers.
        spaces : mapping of str to callable, optional
            Into what else rows of cells are brought, such as a model's `Scaling.transform`;
            log1p always is.

        Raises
        ------
        ParameterError
            If the cells are neither numbers nor texts.
        """
        try:
            given = np.atleast_1d(np.asarray(cells))
            given = given if given.dtype.kind in "US" else given.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f"The cells to search for, a {type(cells).__name__}, are neither numbers nor "
                "texts: give an array of rows, or a list of texts."
            ) from error
        if given.dtype.kind in "US":
            texts = {text: i for i, text in enumerate(map(str, given.ravel().tolist()))}
            kept = {text: i for text, i in texts.items() if len(text) >= MIN_CHARACTERS}
            return cls(*_nothing(), kept, given.size, given.size - len(kept))
        rows = given[:, None] if given.ndim == 1 else given
        tells = (digits(rows) >= MIN_DIGITS) & np.isfinite(rows)
        spread = {"raw": lambda x: x, "log1p": signed_log1p, **(spaces or {})}
        values, cell, form = [], [], []
        for i, into in enumerate(spread.values()):
            with np.errstate(all="ignore"):
                brought = into(rows)
            kept = tells & np.isfinite(brought) & (digits(brought) >= MIN_DIGITS)
            values.append(brought[kept].view(np.int64))
            cell.append(np.flatnonzero(kept))
            form.append(np.full(int(kept.sum()), i))
        all_values, all_cells, all_forms = map(np.concatenate, (values, cell, form))
        order = np.argsort(all_values, kind="stable")
        words, word_cell = _pairs(rows, tells)
        return cls(
            all_values[order],
            all_cells[order],
            all_forms[order],
            tuple(spread),
            words,
            word_cell,
            {},
            rows.size,
            int(rows.size - tells.sum()),
        )

    def near(
        self, numbers: npt.NDArray[np.int64], within: npt.NDArray[np.int64] | int = _ULPS
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Find doubles, given as integers, that are a value to a few units in the last place.

        Returns
        -------
        tuple of numpy.ndarray
            Places in `numbers`, and the value that each is.
        """
        if not len(self.values):
            return np.empty(0, np.intp), np.empty(0, np.intp)
        after = np.searchsorted(self.values, numbers)
        last = len(self.values) - 1
        found = []
        for place in (np.minimum(after, last), np.maximum(after - 1, 0)):
            own = self.values[place]
            # Of one sign, so that the difference does not overflow.
            same = (own < 0) == (numbers < 0)
            with np.errstate(over="ignore"):
                found.append(same & (np.abs(own - numbers) <= within))
        hit = np.flatnonzero(found[0] | found[1])
        value = np.where(found[0][hit], np.minimum(after, last)[hit], np.maximum(after - 1, 0)[hit])
        return hit, value


def _nothing() -> tuple[
    npt.NDArray[np.int64],
    npt.NDArray[np.int64],
    npt.NDArray[np.int64],
    Sequence[str],
    npt.NDArray[np.uint64],
    npt.NDArray[np.int64],
]:
    """No numbers."""
    none = np.empty(0, np.int64)
    return none, none, none, ("raw",), np.empty(0, np.uint64), none


def _pairs(
    rows: Matrix, tells: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Neighbours in a row and in a column as floats: 32 bits alone are anywhere by chance."""
    number = np.arange(rows.size).reshape(rows.shape)
    words, cells = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for one, other in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        both = tells[one] & tells[other]
        pair = np.stack([rows[one][both], rows[other][both]], axis=1)
        for type_ in ("<f4", ">f4"):
            with np.errstate(over="ignore"):
                words.append(np.ascontiguousarray(pair.astype(type_)).view("<u8").ravel())
            cells.append(number[one][both])
    every, cell = np.concatenate(words), np.concatenate(cells)
    order = np.argsort(every, kind="stable")
    return every[order].astype(np.uint64), cell[order]
