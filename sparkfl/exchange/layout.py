"""Where things are in an exchange."""

from __future__ import annotations

import re
from urllib.parse import quote

from sparkfl.errors import ParameterError

__all__ = [
    "FEDERATION",
    "INVITATIONS",
    "ROUNDS",
    "STORES",
    "check_store",
    "folder_of",
    "invitation_path",
    "release_path",
    "release_turn",
    "revision_path",
    "step_path",
    "store_path",
]

FEDERATION = "federation.json"
INVITATIONS, ROUNDS, STORES = "invitations", "rounds", "stores"

_LONGEST = 60
_RELEASE = re.compile(r"release-(\d{1,9})-\d{1,3}-([a-z]+\d{0,2}(?:_[a-z]+)?)-.*")


def check_store(store: str) -> str:
    """Return a store's name, if it can be one.

    Examples
    --------
    >>> check_store("Zürich / Nord")
    'Zürich / Nord'
    """
    if not 0 < len(store) <= _LONGEST or not store.isprintable() or store != store.strip():
        raise ParameterError(
            f"A store cannot be called {store!r}: 1 to {_LONGEST} printable characters, without "
            "blanks at the ends."
        )
    return store


def folder_of(store: str) -> str:
    """Return the folder of a store: its name, in characters that every file system knows.

    Examples
    --------
    >>> folder_of("Zürich / Nord"), folder_of("..")
    ('Z%C3%BCrich%20%2F%20Nord', '%2E.')
    """
    name = quote(store, safe="")
    return "%2E" + name[1:] if name.startswith(".") else name


def invitation_path(store: str, serial: int) -> str:
    """Return the place of a store's invitation, of which the public half is there."""
    return f"{INVITATIONS}/{folder_of(store)}/{serial:06d}.json"


def store_path(store: str, kind: str, hash_: str) -> str:
    """Return the place of what a store says of itself: ``join`` or ``leave``."""
    return f"{STORES}/{folder_of(store)}/{kind}-{hash_}.json"


def release_path(store: str, round_: int, place: int, step: str, hash_: str) -> str:
    """Return the place of a release.

    Examples
    --------
    >>> release_path("north", 1, 3, "clusters", "ab12")
    'stores/north/release-000001-3-clusters-ab12.json'
    """
    return f"{STORES}/{folder_of(store)}/release-{round_:06d}-{place}-{step}-{hash_}.json"


def release_turn(name: str) -> tuple[int, str] | None:
    """Return the round and step that a file's name says it is of; None if it says none.

    Examples
    --------
    >>> release_turn("release-000001-3-clusters-ab12.json"), release_turn("release-x.json")
    ((1, 'clusters'), None)
    >>> release_turn("release-000002-13-lloyd10-ab12.json")
    (2, 'lloyd10')
    >>> release_turn("release-000002-61-lloyd10_keys-ab12.json")
    (2, 'lloyd10_keys')
    """
    found = _RELEASE.fullmatch(name)
    return (int(found[1]), found[2]) if found else None


def step_path(round_: int, place: int, step: str) -> str:
    """Return the place of what the aggregator made of a step."""
    return f"{ROUNDS}/{round_:06d}/{place}-{step}.json"


def revision_path(round_: int, number: int) -> str:
    """Return the place of what it made of a round again, without some stores."""
    return f"{ROUNDS}/{round_:06d}/revision-{number:04d}.json"
