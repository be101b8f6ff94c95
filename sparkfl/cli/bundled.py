"""The files that travel in the wheel besides the package: jobs and notebooks."""

from __future__ import annotations

from pathlib import Path

from sparkfl.errors import StorageError

__all__ = ["bundled"]

_PACKAGE = Path(__file__).parents[1]


def bundled(folder: str) -> list[Path]:
    """Return the Python files of ``jobs`` or ``notebooks``, of the wheel or of a checkout.

    Parameters
    ----------
    folder : str
        ``jobs`` or ``notebooks``.

    Raises
    ------
    StorageError
        When they are not there, as in a zip file that was made of the package alone.

    Examples
    --------
    >>> [path.stem for path in bundled("jobs")]
    ['aggregate', 'evaluate', 'features', 'score', 'store', 'train']
    """
    places = (_PACKAGE / "bundled" / folder, _PACKAGE.parent / folder)
    for place in places:
        if found := sorted(place.glob("*.py")):
            return found
    raise StorageError(
        f"The {folder} of sparkfl are not in {places[0]}; run pip install --force-reinstall "
        "--no-deps sparkfl."
    )
