"""The global model that stands: of the last complete round, without stores that have left."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sparkfl.errors import AggregationError, StorageError
from sparkfl.exchange.canonical import encode
from sparkfl.exchange.global_model import federation_data, results_of_step, results_of_totals
from sparkfl.exchange.history import REVISION, History, StepRecord
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.layout import release_path, revision_path
from sparkfl.exchange.membership import Membership
from sparkfl.exchange.reason import RefusalError
from sparkfl.exchange.release import Release, Turn
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.steps import SoFar, step_of
from sparkfl.exchange.storage import Storage
from sparkfl.federation.data import FederationData

__all__ = ["Standing", "releases_of", "revise"]


@dataclass(frozen=True)
class Standing:
    """A global model, and where it comes from.

    Parameters
    ----------
    round : int
        The round.
    revision : int
        How often it was made again because stores had left.
    known : SoFar
        What is published of it.
    data : FederationData
        The model, with all that the stores have released.
    """

    round: int
    revision: int
    known: SoFar
    data: FederationData

    @classmethod
    def read(cls, storage: Storage, history: History) -> Standing:
        """Put the model of the last complete round together again."""
        known, where = history.standing, (history.last[-1].round, len(history.revisions))
        if history.contract.secure_aggregation:
            return cls(*where, known, federation_data(known, results_of_totals(history.last), {}))
        record = _record(history, "clusters")
        releases = releases_of(storage, history, record)
        results = results_of_step(record, releases, history.without)
        keys = {
            store: release.rules.entity_key
            for store, release in releases.items()
            if release.rules.entity_key is not None
        }
        return cls(*where, known, federation_data(known, results, keys))

    @property
    def digest(self) -> str:
        """Hash of everything that the model follows from."""
        content = [self.round, self.revision, dict(self.known.results), self.data.stores()]
        return sha256(encode([self.known.contract.federation, *content])).hexdigest()


def releases_of(storage: Storage, history: History, record: StepRecord) -> dict[str, Release]:
    """Read the releases again that were taken in a step, of the stores that are still in it.

    Raises
    ------
    StorageError
        If one is not there any more, or is another.
    """
    contract = history.contract
    is_open = bool(history.open) and record.round == history.open[0].round
    steps = history.open if is_open else history.last
    place = [each.step for each in steps].index(record.step)
    known = SoFar(contract)
    for each in steps[:place]:
        known = known.then(each.step, each.result, each.rows)
    found = {}
    for store, verdict in record.verdicts.items():
        if verdict.release is None or store in history.without:
            continue
        named = record.round, contract.place(record.step), record.step
        path = release_path(store, *named, verdict.release)
        try:
            document = SignedDocument.read(storage.read(path, contract.largest_file))
            turn = Turn(record.round, record.step, record.basis, known)
            release = Release.read(document, turn, store, record.members[store])
        except (RefusalError, FileNotFoundError) as error:
            raise _gone(path, error) from error
        if document.hash != verdict.release:
            raise _gone(path, None)
        found[store] = release
    return found


def revise(storage: Storage, history: History, membership: Membership, key: PrivateKey) -> bool:
    """Take stores that have left out of the standing model; tell whether any had to be.

    Their releases are of no influence any more, but on the scaling that all share, and on which
    centre a row was the nearest to in the last of Lloyd's iterations: the others' releases are in
    the one and by the other. The next round makes new ones. A model of totals alone stands until
    then: no store can be taken out of a total.

    Raises
    ------
    AggregationError
        If no other store has released a cluster.
    """
    if not history.last or history.contract.secure_aggregation:
        return False
    record = _record(history, "clusters")
    gone = set(record.rows) - set(membership.keys)
    without = sorted(gone | set(history.without))
    if without == sorted(history.without):
        return False
    result: dict[str, Any] = {}
    moved = [each.step for each in history.last if each.step.startswith("lloyd")]
    for step in ("clusters", *moved[-1:], "scores"):
        of_step = _record(history, step)
        earlier = history.last[: list(history.last).index(of_step)]
        known = SoFar(history.contract, {each.step: each.result for each in earlier})
        told = {
            store: release.told
            for store, release in releases_of(storage, history, of_step).items()
            if store not in without
        }
        if step in moved and not any(of_step.rows.get(store) for store in told):
            # Nobody else was in the iteration: what it began with stands.
            result[step] = {**of_step.result, "clusters": result["clusters"]["clusters"]}
            continue
        if not any(of_step.rows.get(store) for store in told):
            raise AggregationError(
                "All stores whose releases the global model is made of have left. DROP MODEL takes "
                "it out of use."
            )
        result[step] = step_of(step).combine(told, known)
    number = len(history.revisions) + 1
    content = {
        "federation": history.contract.federation,
        "round": record.round,
        "number": number,
        "without": without,
        "result": result,
    }
    document = SignedDocument.of(REVISION, content, [key])
    storage.create(revision_path(record.round, number), document.data)
    return True


def _record(history: History, step: str) -> StepRecord:
    """Return a step of the last complete round."""
    return next(record for record in history.last if record.step == step)


def _gone(path: str, error: Exception | None) -> StorageError:
    """Say that a release is not what it was."""
    return StorageError(
        f"The release {path}, of which the global model is made, is not there as it was"
        f"{f' ({error})' if error else ''}. Restore it, or let the stores release for a new round."
    )
