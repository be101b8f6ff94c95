"""The number of the layout of all that sparkfl saves; ``docs/format.md`` describes it."""

from __future__ import annotations

from sparkfl.errors import FormatError

__all__ = ["FORMAT", "check_class", "check_format"]

FORMAT = 5
READ = (3, 4, FORMAT)
"""Formats that are read; 1 and 2 were never released, and what they saved is refused."""


def check_format(found: object, what: str) -> None:
    """Refuse what was saved in a layout that this version does not read.

    Parameters
    ----------
    found : object
        The number that was saved with it; None if there was none.
    what : str
        What was saved, to begin a sentence with.

    Raises
    ------
    FormatError
        If it is not one of `READ`.

    Examples
    --------
    >>> check_format(FORMAT, "The model")
    >>> check_format(None, "Version 1 of model 'shops'")
    Traceback (most recent call last):
    sparkfl.errors.FormatError: Version 1 of model 'shops' was saved before sparkfl 0.1.0 was
    released, in a format that is not read any more (this sparkfl reads 3 to 5). Train it again.
    """
    if found in READ:
        return
    reads = f"this sparkfl reads {READ[0]} to {FORMAT}"
    if isinstance(found, int) and found > FORMAT:
        raise FormatError(
            f"{what} was saved by a later sparkfl, in format {found} ({reads}). Upgrade sparkfl."
        )
    raise FormatError(
        f"{what} was saved before sparkfl 0.1.0 was released, in a format that is not read any "
        f"more ({reads}). Train it again."
    )


def check_class(found: str, expected: str, path: str) -> None:
    """Refuse what was saved of another class of `pyspark.ml`.

    Parameters
    ----------
    found : str
        The class that was saved, with its module.
    expected : str
        The class to load, without.
    path : str
        Where it was saved.

    Raises
    ------
    FormatError
        If it is another.

    Examples
    --------
    >>> check_class("sparkfl.federation.model.FederatedClusteringModel", "KMeansModel", "m")
    Traceback (most recent call last):
    sparkfl.errors.FormatError: m holds a sparkfl.federation.model.FederatedClusteringModel, not a \
KMeansModel. Load it by that class.
    """
    if found.rpartition(".")[2] != expected:
        raise FormatError(f"{path} holds a {found}, not a {expected}. Load it by that class.")
