"""What an aggregator has published: the steps of the last rounds, and what was made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sparkfl.errors import ExchangeError, FederationNotFoundError
from sparkfl.exchange.contract import TYPE, Contract
from sparkfl.exchange.layout import FEDERATION, ROUNDS, revision_path, step_path
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.release import Turn
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.steps import SoFar
from sparkfl.exchange.storage import Storage

__all__ = ["REVISION", "STEP", "History", "Revision", "StepRecord", "StoreVerdict", "read_contract"]

STEP, REVISION = "sparkfl.step", "sparkfl.revision"
_LARGEST = 2**28


@dataclass(frozen=True)
class StoreVerdict:
    """What became of one store in one step.

    Parameters
    ----------
    reason : Reason
        By name.
    detail : str or None
        What exactly.
    release : str or None
        Hash of the release that was taken.
    rows : int
        Rows that it tells of.
    """

    reason: Reason
    detail: str | None = None
    release: str | None = None
    rows: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as it is published."""
        return {
            "reason": str(self.reason),
            "detail": self.detail,
            "release": self.release,
            "rows": self.rows,
        }

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> StoreVerdict:
        """Read it."""
        return cls(Reason(found["reason"]), found["detail"], found["release"], found["rows"])


@dataclass(frozen=True)
class StepRecord:
    """What was made of a step.

    Parameters
    ----------
    round : int
        The round.
    step : str
        The step.
    basis : str
        Hash of the document that the releases followed from.
    hash : str
        Hash of this document.
    members : dict of str to str
        Public keys of the stores that were members then.
    verdicts : dict of str to StoreVerdict
        What became of each.
    result : dict
        What was made.
    """

    round: int
    step: str
    basis: str
    hash: str
    members: Mapping[str, str]
    verdicts: Mapping[str, StoreVerdict]
    result: Mapping[str, Any]

    @cached_property
    def rows(self) -> dict[str, int]:
        """Rows of the stores whose releases were taken, if they told any."""
        return {store: v.rows for store, v in self.verdicts.items() if v.rows}


@dataclass(frozen=True)
class Revision:
    """What was made of a round again, without stores that have left.

    Parameters
    ----------
    number : int
        From 1 for each round.
    without : tuple of str
        All stores that are left out.
    result : dict
        Results of the steps that changed, by name.
    """

    number: int
    without: tuple[str, ...]
    result: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class History:
    """The last complete round, and the one that is open.

    Parameters
    ----------
    contract : Contract
        The federation's.
    hash : str
        Hash of its document.
    last : sequence of StepRecord
        All steps of the last complete round; empty before the first is complete.
    open : sequence of StepRecord
        Steps that are done of the round after it.
    revisions : sequence of Revision
        Of the last complete round.
    """

    contract: Contract
    hash: str
    last: Sequence[StepRecord] = ()
    open: Sequence[StepRecord] = ()
    revisions: Sequence[Revision] = ()

    @classmethod
    def read(cls, storage: Storage, aggregator: str, federation: str) -> History:
        """Read what is needed of an exchange, and check that the aggregator has signed it.

        Raises
        ------
        FederationNotFoundError
            If there is no federation.
        ExchangeError
            If something is not the aggregator's.
        """
        contract, hash_ = read_contract(storage, aggregator, federation)
        numbers = sorted(int(name) for name in storage.names(ROUNDS) if name.isdigit())
        found = {n: _steps(storage, contract, n) for n in numbers[-2:]}
        complete = [
            n for n, steps in found.items() if steps and steps[-1].step == contract.steps[-1]
        ]
        if not complete:
            return cls(contract, hash_, (), found.get(1, ()))
        last = complete[-1]
        revisions = _revisions(storage, contract, last)
        return cls(contract, hash_, found[last], found.get(last + 1, ()), revisions)

    @property
    def round(self) -> int:
        """Number of the open round."""
        return self.last[-1].round + 1 if self.last else 1

    @cached_property
    def so_far(self) -> SoFar:
        """The steps of the open round."""
        known = SoFar(self.contract)
        for record in self.open:
            known = known.then(record.step, record.result, record.rows)
        return known

    @cached_property
    def turn(self) -> Turn:
        """What can be released for now."""
        step = self.so_far.due
        assert step is not None
        done = (*self.last, *self.open)
        return Turn(self.round, step, done[-1].hash if done else self.hash, self.so_far)

    @property
    def keys(self) -> dict[str, str]:
        """Keys of the stores as they were known last."""
        done = (*self.last, *self.open)
        return dict(done[-1].members) if done else {}

    def out_of_turn(self, store: str) -> str | None:
        """Say why a store has no part in the rest of the open round, if so."""
        for record in self.open:
            verdict = record.verdicts.get(store)
            if verdict is not None and verdict.reason.of_store:
                return f"in step {record.step} it was refused: {verdict.reason}"
        clusters = next((record for record in self.open if record.step == "clusters"), None)
        if clusters is not None and store not in clusters.rows:
            return "it has no clusters in this round"
        return None

    @property
    def without(self) -> tuple[str, ...]:
        """Stores that are left out of the standing global model, which have left since."""
        return self.revisions[-1].without if self.revisions else ()

    @property
    def standing(self) -> SoFar:
        """Results of the last complete round, as revised last."""
        known = SoFar(self.contract)
        for record in self.last:
            known = known.then(record.step, record.result, record.rows)
        for revision in self.revisions:
            for step, result in revision.result.items():
                known = known.then(step, result, {})
        return known


def read_contract(storage: Storage, aggregator: str, federation: str) -> tuple[Contract, str]:
    """Read the federation's document, and its hash.

    Raises
    ------
    FederationNotFoundError
        If there is none.
    ExchangeError
        If it is not the aggregator's, or of another federation.
    """
    try:
        document = _document(storage, FEDERATION)
    except FileNotFoundError as error:
        raise FederationNotFoundError(
            f"There is no federation in {storage}: it was dropped, or the path is another."
        ) from error
    contract = _trusted(document, lambda: Contract.of_content(document.content(TYPE, aggregator)))
    if contract.federation != federation or contract.aggregator != aggregator:
        raise ExchangeError(
            f"{storage} holds another federation than the one that was created or joined here."
        )
    return contract, document.hash


def _steps(storage: Storage, contract: Contract, round_: int) -> list[StepRecord]:
    """Read the steps of a round that are done."""
    found: list[StepRecord] = []
    known = SoFar(contract)
    while (step := known.due) is not None:
        try:
            document = _document(storage, step_path(round_, contract.place(step), step))
        except FileNotFoundError:
            break
        content = _signed(document, STEP, contract)
        if (content.get("round"), content.get("step")) != (round_, step):
            raise _untrusted(f"step {step} of round {round_} is another's")
        verdicts = {s: StoreVerdict.of_json(v) for s, v in content["verdicts"].items()}
        hashes = content["basis"], document.hash
        found.append(
            StepRecord(round_, step, *hashes, content["members"], verdicts, content["result"])
        )
        known = known.then(step, content["result"], {})
    return found


def _revisions(storage: Storage, contract: Contract, round_: int) -> list[Revision]:
    """Read the revisions of a round."""
    found: list[Revision] = []
    while True:
        number = len(found) + 1
        try:
            document = _document(storage, revision_path(round_, number))
        except FileNotFoundError:
            return found
        content = _signed(document, REVISION, contract)
        if (content.get("round"), content.get("number")) != (round_, number):
            raise _untrusted(f"revision {number} of round {round_} is another's")
        found.append(Revision(number, tuple(content["without"]), content["result"]))


def _document(storage: Storage, path: str) -> SignedDocument:
    """Read a document of the aggregator."""
    try:
        return SignedDocument.read(storage.read(path, _LARGEST))
    except RefusalError as refused:
        raise _untrusted(f"{path}: {refused}") from refused


def _signed(document: SignedDocument, type_: str, contract: Contract) -> dict[str, Any]:
    """Return what the aggregator of this federation has signed."""
    content: dict[str, Any] = _trusted(
        document, lambda: document.content(type_, contract.aggregator)
    )
    if content.get("federation") != contract.federation:
        raise _untrusted("a document is of another federation")
    return content


def _trusted(document: SignedDocument, read: Any) -> Any:
    """Return what is read, or refuse to go on."""
    try:
        return read()
    except RefusalError as refused:
        raise _untrusted(f"document {document.hash[:12]}: {refused}") from refused


def _untrusted(what: str) -> ExchangeError:
    """Say that something is not the aggregator's."""
    return ExchangeError(
        f"What the aggregator is to have published is not its own, or was altered: {what}. Ask who "
        "can write there; nothing was done."
    )
