"""Who is in a federation: invited by the aggregator, joined with a key of its own, or left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.layout import INVITATIONS, STORES, folder_of, invitation_path, store_path
from sparkfl.exchange.reason import RefusalError
from sparkfl.exchange.schema import integer, mapping, text
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.storage import Storage

__all__ = ["Membership", "invite", "join", "leave", "read_membership"]

_INVITATION, _JOIN, _LEAVE = "sparkfl.invitation", "sparkfl.join", "sparkfl.leave"
_LARGEST = 4096


@dataclass(frozen=True)
class Membership:
    """The stores of a federation as they are now.

    Parameters
    ----------
    invited : dict of str to int
        Serial number of each store's last invitation.
    keys : dict of str to str
        Public key of each store that has joined, and not left, by store in their order.
    left : dict of str to str
        Those of the stores that have left.
    """

    invited: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """All stores that have ever been invited."""
        return sorted(self.invited)


def invite(
    storage: Storage, contract: Contract, store: str, aggregator: PrivateKey
) -> tuple[int, PrivateKey]:
    """Put the public half of a new invitation of a store into the exchange.

    Returns
    -------
    tuple of int and PrivateKey
        The invitation's number, from 1, and its private half, which only the store gets.
    """
    key = PrivateKey.generate()
    serial = len(storage.names(f"{INVITATIONS}/{folder_of(store)}"))
    while True:
        serial += 1
        content = {"store": store, "serial": serial, "key": key.public}
        content["federation"] = contract.federation
        document = SignedDocument.of(_INVITATION, content, [aggregator])
        if storage.create(invitation_path(store, serial), document.data):
            return serial, key


def join(
    storage: Storage, federation: str, store: str, serial: int, own: PrivateKey, card: PrivateKey
) -> None:
    """Say that a store has joined with a key: signed by it, and by the invitation's."""
    content = {"federation": federation, "store": store, "serial": serial, "key": own.public}
    document = SignedDocument.of(_JOIN, content, [own, card])
    storage.create(store_path(store, "join", document.hash), document.data)


def leave(storage: Storage, federation: str, store: str, own: PrivateKey) -> None:
    """Say that the store of a key has left."""
    content = {"federation": federation, "store": store, "key": own.public}
    document = SignedDocument.of(_LEAVE, content, [own])
    storage.create(store_path(store, "leave", document.hash), document.data)


def read_membership(
    storage: Storage, contract: Contract, known: Mapping[str, str] | None = None
) -> Membership:
    """Find the members; whatever is not signed as it should be is nobody's.

    An invitation is good for one key. Should two keys come with it, it has been stolen: the one
    that the aggregator has `known` before counts, else neither, until the store is invited again.

    Parameters
    ----------
    storage : Storage
        The exchange.
    contract : Contract
        The federation's.
    known : mapping of str to str, optional
        Keys of stores that the aggregator has signed for before.
    """
    invited: dict[str, int] = {}
    joined: dict[str, str] = {}
    left: dict[str, str] = {}
    for folder in storage.names(INVITATIONS):
        cards = sorted(_invitations(storage, contract, folder))
        said = _said(storage, folder) if cards else {}
        for (store, serial), card in cards:
            invited[store] = serial
            keys = _joined(said["join"], contract, store, serial, card)
            if len(keys) > 1:
                keys &= {(known or {}).get(store, "")}
            joined.update((store, key) for key in keys)
            if store in joined and _has_left(said["leave"], contract, store, joined[store]):
                left[store] = joined[store]
    keys_of = {s: key for s, key in sorted(joined.items()) if left.get(s) != key}
    gone = {s: key for s, key in sorted(left.items()) if s not in keys_of}
    return Membership(invited, keys_of, gone)


def _invitations(
    storage: Storage, contract: Contract, folder: str
) -> Iterator[tuple[tuple[str, int], str]]:
    """Go through the invitations of a folder: store and number, public key."""
    for name in storage.names(f"{INVITATIONS}/{folder}"):
        try:
            document = SignedDocument.read(storage.read(f"{INVITATIONS}/{folder}/{name}", _LARGEST))
            found = document.content(_INVITATION, contract.aggregator)
            fields = mapping(found, ["federation", "store", "serial", "key"], "an invitation")
            store = text(fields["store"], "store")
            serial = integer(fields["serial"], "serial")
        except RefusalError:
            continue
        if fields["federation"] == contract.federation and folder_of(store) == folder:
            yield (store, serial), text(fields["key"], "key")


def _joined(
    said: list[SignedDocument], contract: Contract, store: str, serial: int, card: str
) -> set[str]:
    """Return the keys that have come with an invitation."""
    found = set()
    for document in said:
        key = document.signatures[0][0]
        try:
            content = document.content(_JOIN, key, card)
        except RefusalError:
            continue
        expected = {"federation": contract.federation, "store": store, "serial": serial, "key": key}
        if content == expected:
            found.add(key)
    return found


def _has_left(said: list[SignedDocument], contract: Contract, store: str, key: str) -> bool:
    """Tell whether a key has said that its store has left."""
    expected = {"federation": contract.federation, "store": store, "key": key}
    for document in said:
        try:
            if document.content(_LEAVE, key) == expected:
                return True
        except RefusalError:
            continue
    return False


def _said(storage: Storage, folder: str) -> dict[str, list[SignedDocument]]:
    """Read what is in a store's folder but releases, by its kind."""
    found: dict[str, list[SignedDocument]] = {"join": [], "leave": []}
    for name in storage.names(f"{STORES}/{folder}"):
        kind = name.partition("-")[0]
        if kind in found:
            try:
                data = storage.read(f"{STORES}/{folder}/{name}", _LARGEST)
                found[kind].append(SignedDocument.read(data))
            except (RefusalError, FileNotFoundError):
                continue
    return found
