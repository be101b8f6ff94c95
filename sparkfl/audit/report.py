"""The table of attacks and protections: for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile

from sparkfl.audit.suite import Result
from sparkfl.errors import StorageError

__all__ = ["check_folder", "markdown", "write_report"]

MARKDOWN, JSON = "attacks.md", "attacks.json"


def markdown(results: Sequence[Result]) -> str:
    """Lay out results as tables of Markdown, one a population: attacks down, protections across.

    Examples
    --------
    >>> from sparkfl.audit.suite import Outcome
    >>> one = Result(
    ...     "singleton recovery", "share", "none", "shops", 0.7, 0.0, Outcome.ATTACK, False
    ... )
    >>> print(markdown([one]))
    ### shops
    <BLANKLINE>
    | attack | figure | target | none |
    |---|---|---|---|
    | singleton recovery | share | 0 | 0.70 attack works |
    """
    lines: list[str] = []
    for population in dict.fromkeys(result.population for result in results):
        own = [result for result in results if result.population == population]
        names = list(dict.fromkeys(result.protection for result in own))
        lines += [] if not lines else [""]
        lines += [f"### {population}", "", f"| attack | figure | target | {' | '.join(names)} |"]
        lines += ["|---" * (3 + len(names)) + "|"]
        for attack in dict.fromkeys(result.attack for result in own):
            row = [result for result in own if result.attack == attack]
            cells = [f"{result.value:.2f} {result.outcome}" for result in row]
            first = row[0]
            lines.append(f"| {attack} | {first.figure} | {first.target:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def check_folder(folder: Path) -> None:
    """Make a folder, if there is none, and refuse one that cannot be written.

    Raises
    ------
    StorageError
        If it cannot.

    Examples
    --------
    >>> check_folder(Path("/proc/attacks"))
    Traceback (most recent call last):
    sparkfl.errors.StorageError: /proc/attacks cannot be written: ...
    """
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say that a folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written: {error.strerror}. Name another folder by --output."
        ) from error


def write_report(results: Sequence[Result], folder: Path) -> list[Path]:
    """Write the table as Markdown and JSON into a folder, which is made.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    content = {
        MARKDOWN: markdown(results) + "\n",
        JSON: json.dumps([asdict(result) for result in results], indent=1) + "\n",
    }
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in content.items():
            (folder / name).write_text(text, "utf-8")
    return [folder / name for name in content]
