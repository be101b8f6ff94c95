"""Who writes into the registry."""

from __future__ import annotations

import getpass

__all__ = ["user"]


def user() -> str:
    """Name of the operating system's user, who may have none in a container.

    Examples
    --------
    >>> isinstance(user(), str)
    True
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
