"""An audit of releases of one's own: read, attacked, checked by the rows, searched for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sparkfl.audit.own import Finding, attack
from sparkfl.audit.population import Population
from sparkfl.audit.releases import Version, versions
from sparkfl.audit.search import search
from sparkfl.errors import ParameterError
from sparkfl.statistics.scaling import Scaling

if TYPE_CHECKING:
    from sparkfl.audit.rows import OwnRows
    from sparkfl.federation.data import FederationData

__all__ = ["inspect", "population", "searched"]

_FEWEST, _LARGEST, _SHOWN = 90, 200, 10


def inspect(
    named: Sequence[str],
    data: Path | None,
    tracking_uri: str | None,
    tell: Callable[[str], object],
) -> tuple[bool, OwnRows | None]:
    """Attack releases, and say what was read off.

    Parameters
    ----------
    named : sequence of str
        Versions, as `sparkfl.audit.releases.versions` takes them.
    data : pathlib.Path, optional
        The stores' rows.
    tracking_uri : str, optional
        MLflow.
    tell : callable
        Gets a line a finding.

    Returns
    -------
    bool
        Whether a customer was read off, which the rows, if there are some, do not disprove.
    OwnRows or None
        The stores' rows.

    Raises
    ------
    SparkflError
        If versions or rows cannot be read.
    """
    read = versions(named, tracking_uri)
    rows = None if data is None else _rows(data, read)
    features = None if rows is None else rows.by_store(rows.features)
    findings = attack(read, features)
    for finding in findings:
        tell(str(finding))
    if len(read) == 1:
        tell("There is one version, and nothing to compare it with.")
    return any(map(_reads, findings)), rows


def searched(paths: Sequence[Path], rows: OwnRows, tell: Callable[[str], object]) -> bool:
    """Search files for the rows' cells and names; whether any was found."""
    standard = Scaling(rows.data.scaling.mean, rows.data.scaling.std)
    spaces = {
        "as read": lambda _: rows.features,
        "scaled": lambda _: rows.scaled,
        "z-score": lambda _: standard.transform(rows.features),
    }
    found = search(paths, rows.raw, spaces)
    tell(f"wire and canary: {found}")
    named = search(paths, rows.names) if rows.names else None
    if named is not None:
        tell(f"names of customers: {named}")
    for hit in [*found.hits, *(named.hits if named else ())][:_SHOWN]:
        tell(f"  {hit.where}: cell {hit.cell}, {hit.space}, as {hit.form}")
    return bool(found.hits or (named and named.hits))


def population(rows: OwnRows, tried: int) -> Population | None:
    """Take the customers for a population, in the clustering space; None if they are too few."""
    if len(rows.scaled) < _FEWEST:
        return None
    size = min(_LARGEST, len(rows.scaled) // 3)
    return Population("your customers", rows.scaled, size=size, tried=tried)


def _rows(path: Path, read: Sequence[Version]) -> OwnRows:
    """Read the stores' rows as a model does, whose reading needs pyspark."""
    federation = _last(read)
    from sparkfl.audit.rows import read_rows

    return read_rows(path, federation)


def _last(read: Sequence[Version]) -> FederationData:
    """Return the federation of the last version that has one."""
    data = next((version.data for version in reversed(read) if version.data is not None), None)
    if data is None:
        raise ParameterError(
            "--data is read as a model reads it; name the model's versions in --releases, not "
            "tables."
        )
    return data


def _reads(finding: Finding) -> bool:
    """Tell whether an attack read something off that the rows, if given, do not disprove."""
    return bool(finding.stores if finding.true is None else finding.true)
