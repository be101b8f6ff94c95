"""Search files for the raw cells of customers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sparkfl.audit.search.needles import MIN_CHARACTERS, MIN_DIGITS, Needles
from sparkfl.audit.search.streams import Unread, streams
from sparkfl.errors import StorageError
from sparkfl.statistics.summary import Matrix

__all__ = ["Findings", "Hit", "search"]

_PIECE, _OVERLAP = 1 << 24, 4096
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[\w@.+\-]{%d,}" % MIN_CHARACTERS)
_ENOUGH = 12
"""A text of so many digits that agrees to its last is no chance."""


@dataclass(frozen=True)
class Hit:
    """A cell that was found; not its value, which would be one more leak.

    Parameters
    ----------
    where : str
        File, and what in it: ``mlflow.db!params``.
    form : str
        How it was written: ``double``, ``double, big-endian``, ``float``, ``text``.
    space : str
        ``raw``, or what had been done to it.
    cell : int
        Its number: row times columns, plus column.
    """

    where: str
    form: str
    space: str
    cell: int


@dataclass(frozen=True)
class Findings:
    """What a search found.

    Parameters
    ----------
    hits : sequence of Hit
        One a place and cell.
    files, bytes : int
        What was searched, bytes unpacked.
    cells, common : int
        Cells, and how many of them are too common to be looked for.
    unread : mapping of str to str
        What could not be looked into, and why.
    """

    hits: Sequence[Hit]
    files: int
    bytes: int
    cells: int
    common: int
    unread: Mapping[str, str]

    @property
    def found(self) -> int:
        """Number of different cells that were found."""
        return len({hit.cell for hit in self.hits})

    def __str__(self) -> str:
        """Say it in a line."""
        looked = f"{self.files:,} files, {self.bytes:,} bytes unpacked"
        left = f"; {self.common:,} of {self.cells:,} cells tell too little to be looked for"
        unread = f"; not looked into: {', '.join(self.unread)}" if self.unread else ""
        return f"{self.found:,} cells found in {looked}{left}{unread}"


def search(
    paths: str | Path | Iterable[str | Path],
    cells: npt.ArrayLike | Sequence[str],
    spaces: Mapping[str, Callable[[Matrix], Matrix]] | None = None,
) -> Findings:
    """Search files, and all that is packed in them, for raw cells of customers.

    Looked for is every number of ten significant digits or more, as it is, as its log1p and as
    what `spaces` make of it: as a double in both orders of bytes at any place, to 16 units in the
    last place; as text, in full or rounded to 12 digits or more; as floats of 32 bits in both
    orders, two neighbours of a row or column at a time. Texts of eight characters or more are
    looked for as words.

    Parameters
    ----------
    paths : str, pathlib.Path or iterable of such
        Files and folders.
    cells : array of float, shape (rows, columns) or (rows,), or sequence of str
        Raw cells of customers.
    spaces : mapping of str to callable, optional
        What rows may have been brought into, such as ``{"scaled": scaling.transform}``: what is
        found is what is a cell after the inverse.

    Returns
    -------
    Findings

    Raises
    ------
    StorageError
        If a path is not there, or cannot be read.
    ParameterError
        If `cells` are neither numbers nor texts.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "log.txt")
    >>> _ = path.write_text("mean 3.25, customer 1234.56789012345")
    >>> findings = search([path], [[1234.56789012345, 7.0]])
    >>> findings.found, findings.hits[0].form, findings.common
    (1, 'text', 1)
    """
    needles = Needles.of_cells(cells, spaces)
    hits: set[Hit] = set()
    files = total = 0
    unread: dict[str, str] = {}
    for path in _files([paths] if isinstance(paths, str | Path) else paths):
        files += 1
        for where, data in streams(str(path), _read(path)):
            if isinstance(data, Unread):
                unread[where] = str(data)
                continue
            total += len(data)
            for start in range(0, max(len(data), 1), _PIECE):
                hits.update(_hits(where, data[start : start + _PIECE + _OVERLAP], needles))
    ordered = sorted(hits, key=lambda hit: (hit.where, hit.cell, hit.form, hit.space))
    return Findings(ordered, files, total, needles.cells, needles.common, unread)


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Go through files, those of folders too."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file())
        elif path.is_file():
            yield path
        else:
            raise StorageError(f"There is no file or folder {path} to search. Correct the path.")


def _read(path: Path) -> bytes:
    """Read a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(
            f"{path} cannot be read: {error.strerror}. Search as a user who may read it."
        ) from error


def _hits(where: str, data: bytes, needles: Needles) -> Iterator[Hit]:
    """Search bytes."""
    if needles.texts:
        for encoded in (data, data.replace(b"\0", b"") if b"\0" in data else b""):
            for word in set(_WORD.findall(encoded)):
                cell = needles.texts.get(word.decode("utf-8", "replace"))
                if cell is not None:
                    yield Hit(where, "text", "raw", cell)
    if len(needles.values):
        yield from _in_binary(where, data, needles)
        yield from _in_text(where, data, needles)


def _in_binary(where: str, data: bytes, needles: Needles) -> Iterator[Hit]:
    """Search for doubles and floats that begin at any byte."""
    exponents = np.zeros(2**16, dtype=np.bool_)
    exponents[(needles.values >> 48) & 0xFFFF] = True
    for offset in range(min(8, max(len(data) - 7, 0))):
        count = (len(data) - offset) // 8
        for type_, form in (("<i8", "double"), (">i8", "double, big-endian")):
            numbers = np.frombuffer(data, type_, count, offset).astype(np.int64)
            numbers = numbers[exponents[(numbers >> 48) & 0xFFFF]]
            for value in np.unique(needles.near(numbers)[1]):
                yield _hit(where, form, needles, value)
        if len(needles.words):
            words = np.frombuffer(data, "<u8", count, offset)
            place = np.minimum(np.searchsorted(needles.words, words), len(needles.words) - 1)
            for found in np.unique(place[needles.words[place] == words]):
                yield Hit(where, "float", "raw", int(needles.word_cell[found]))


def _in_text(where: str, data: bytes, needles: Needles) -> Iterator[Hit]:
    """Search for printed numbers."""
    found = {token for token in _NUMBER.findall(data) if len(token) >= MIN_DIGITS}
    told = {token: _significant(token) for token in found}
    tokens = [token for token, digits in told.items() if digits >= MIN_DIGITS]
    if not tokens:
        return
    numbers = np.array([float(token) for token in tokens])
    digits = np.array([told[token] for token in tokens], dtype=np.float64)
    # Half a unit in the last digit printed, in units in the last place of a double.
    rounding = 0.5 * 10.0 ** (17 - digits)
    within = np.where(digits >= _ENOUGH, np.maximum(rounding, 16.0), 16.0).astype(np.int64)
    for value in np.unique(needles.near(numbers.view(np.int64), within)[1]):
        yield _hit(where, "text", needles, value)


def _significant(token: bytes) -> int:
    """Significant digits of a printed number."""
    mantissa = re.split(rb"[eE]", token)[0]
    return len(mantissa.lstrip(b"+-0.").replace(b".", b""))


def _hit(where: str, form: str, needles: Needles, value: np.intp) -> Hit:
    """Name what was found."""
    space = needles.forms[int(needles.form[value])]
    return Hit(where, form, space, int(needles.cell[value]))
