"""The nearest centre as SQL text; the twin of `sparkfl.statistics.nearest.nearest`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sparkfl.federation.scoring.working import number_sql
from sparkfl.statistics.nearest import Discriminants

__all__ = ["NearestSql"]


@dataclass(frozen=True)
class NearestSql:
    """SQL of a row's linear discriminants, see `sparkfl.statistics.nearest.Discriminants`.

    Parameters
    ----------
    name : str
        Prefix of working columns.
    origin : sequence of str, length d
        First centre.
    weight : sequence of sequence of str, length centres - 1, each of length d
        Way from it to each of the others.
    bias : sequence of str, length centres - 1
        Half the square of that way.

    Examples
    --------
    >>> import numpy as np
    >>> centres = Discriminants.of_centres(np.array([[0.0], [4.0]]))
    >>> nearest = NearestSql.of_discriminants("c", centres)
    >>> for name, text in nearest.working(["z"]).items():
    ...     print(name, "=", text)
    c_from0 = z - (0.0D)
    c_score1 = (4.0D) * c_from0 - (8.0D)
    c_most = greatest(0.0D, c_score1)
    >>> nearest.chosen("TRUE")
    'CASE WHEN NOT (TRUE) THEN NULL WHEN c_most <= 0.0D THEN 0 ELSE 1 END'
    """

    name: str
    origin: Sequence[str]
    weight: Sequence[Sequence[str]]
    bias: Sequence[str]

    @classmethod
    def of_discriminants(cls, name: str, centres: Discriminants) -> NearestSql:
        """Write discriminants as numbers."""
        return cls(
            name,
            [number_sql(x) for x in centres.origin],
            [[number_sql(x) for x in way] for way in centres.weight],
            [number_sql(x) for x in centres.bias],
        )

    def working(self, row: Sequence[str]) -> dict[str, str]:
        """Write columns that `chosen` reads, each of those before, for the columns of a row."""
        away = [f"{self.name}_from{i}" for i in range(len(row))]
        columns = {a: f"{x} - {o}" for a, x, o in zip(away, row, self.origin, strict=True)}
        for score, way, bias in zip(self._scores, self.weight, self.bias, strict=True):
            terms = " + ".join(f"{w} * {a}" for w, a in zip(way, away, strict=True))
            columns[score] = f"{terms} - {bias}"
        if self._scores:
            columns[f"{self.name}_most"] = f"greatest(0.0D, {', '.join(self._scores)})"
        return columns

    def chosen(self, condition: str) -> str:
        """Write the number of the nearest centre, the lowest on a tie; NULL unless `condition`."""
        if not self._scores:
            return f"CASE WHEN {condition} THEN 0 END"
        most, last = f"{self.name}_most", len(self._scores)
        cases = [f"WHEN {most} <= 0.0D THEN 0"]
        cases += [f"WHEN {s} >= {most} THEN {j}" for j, s in enumerate(self._scores[:-1], 1)]
        return f"CASE WHEN NOT ({condition}) THEN NULL {' '.join(cases)} ELSE {last} END"

    @property
    def _scores(self) -> list[str]:
        return [f"{self.name}_score{j}" for j in range(1, len(self.bias) + 1)]
