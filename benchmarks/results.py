"""A result: a figure, what it is compared with, and whether that is good enough."""

from __future__ import annotations

import json
import operator
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["RESULTS", "Result", "merge", "table"]

RESULTS = Path(__file__).with_name("results.json")

_COMPARE = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Result:
    """One figure.

    Parameters
    ----------
    name : str
        ``question: what was measured``.
    value : float
        The figure.
    unit : str
        Its unit.
    against : str, default ''
        What it is compared with.
    ratio : float, optional
        The comparison: how many times, unless `against` says that it is a difference or a share.
    target : str, default ''
        Bound such as ``<= 2`` on the ratio, on the value if there is no ratio.

    Examples
    --------
    >>> Result("training: ten stores", 3.0, "s", "the floor", 1.5, "<= 2").holds
    True
    """

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    target: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None without one."""
        if not self.target:
            return None
        comparison, bound = self.target.split()
        judged = self.value if self.ratio is None else self.ratio
        return bool(_COMPARE[comparison](judged, float(bound)))

    def row(self) -> dict[str, object]:
        """Return the result as an object for JSON."""
        return {**asdict(self), "holds": self.holds}


def table(results: Sequence[Result]) -> str:
    """Lay out results as a Markdown table."""
    lines = ["| name | value | against | ratio | target | holds |", "|---|---|---|---|---|---|"]
    for r in results:
        holds = {True: "yes", False: "NO", None: ""}[r.holds]
        ratio = "" if r.ratio is None else f"{r.ratio:,.4g}"
        value = f"{_plain(r.value)} {r.unit}"
        lines.append(f"| {r.name} | {value} | {r.against} | {ratio} | {r.target} | {holds} |")
    return "\n".join(lines)


def merge(question: str, results: Sequence[Result], path: Path = RESULTS) -> None:
    """Write results in place of those that the same question left before."""
    rows = json.loads(path.read_text()) if path.exists() else []
    rows = [row for row in rows if not row["name"].startswith(f"{question}: ")]
    rows += [result.row() for result in results]
    path.write_text(json.dumps(rows, indent=2) + "\n")


def _plain(value: float) -> str:
    """Four digits, more for large numbers, never an exponent for them."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
