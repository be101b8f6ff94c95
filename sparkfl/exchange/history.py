"""What an aggregator has published: the steps of the last rounds, and what was made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sparkfl.errors import ExchangeError, FederationNotFoundError
from sparkfl.exchange.contract import PHASES, ROSTER, TYPE, Contract
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
    abandoned : sequence of StepRecord
        Steps of the last round, if one was abandoned since.
    """

    contract: Contract
    hash: str
    last: Sequence[StepRecord] = ()
    open: Sequence[StepRecord] = ()
    revisions: Sequence[Revision] = ()
    abandoned: Sequence[StepRecord] = ()

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
        open_: Sequence[StepRecord] = ()
        abandoned: Sequence[StepRecord] = ()
        for number in reversed(numbers):
            steps = _steps(storage, contract, number)
            if not steps:
                continue
            if "abandoned" in steps[-1].result:
                abandoned = abandoned or steps
            elif steps[-1].step == contract.steps[-1]:
                revisions = _revisions(storage, contract, number)
                return cls(contract, hash_, steps, open_, revisions, abandoned)
            else:
                open_ = steps
        return cls(contract, hash_, (), open_, (), abandoned)

    @property
    def round(self) -> int:
        """Number of the open round."""
        ended = self.abandoned or self.last
        return ended[-1].round + 1 if ended else 1

    @property
    def records(self) -> Sequence[StepRecord]:
        """All steps that are known, in order."""
        return (*self.last, *self.abandoned, *self.open)

    @cached_property
    def roster(self) -> dict[str, str]:
        """Public keys of the stores of the open round's sums, with secure aggregation."""
        record = next((each for each in self.open if each.step == ROSTER), None)
        return {} if record is None else {store: record.members[store] for store in record.rows}

    @property
    def fewest(self) -> int:
        """Stores without which the open step cannot be closed, whatever the quorum."""
        if not self.contract.secure_aggregation:
            return 1
        from sparkfl.secure_aggregation.session import threshold_of

        return threshold_of(len(self.roster))

    @cached_property
    def so_far(self) -> SoFar:
        """The steps of the open round."""
        known = SoFar(self.contract, round=self.round, roster=self.roster)
        for record in self.open:
            known = known.then(record.step, record.result, record.rows)
        return known

    @cached_property
    def turn(self) -> Turn:
        """What can be released for now."""
        step = self.so_far.due
        assert step is not None
        done = self.records
        return Turn(self.round, step, done[-1].hash if done else self.hash, self.so_far)

    @property
    def keys(self) -> dict[str, str]:
        """Keys of the stores as they were known last."""
        done = self.records
        return dict(done[-1].members) if done else {}

    def out_of_turn(self, store: str) -> str | None:
        """Say why a store has no part in the rest of the open round, if so."""
        for record in self.open:
            verdict = record.verdicts.get(store)
            if verdict is None or verdict.reason == Reason.OUT_OF_TURN:
                continue
            if verdict.reason.of_store:
                return f"in step {record.step} it was refused: {verdict.reason}"
        clusters = next((record for record in self.open if record.step == "clusters"), None)
        if clusters is not None and store not in clusters.rows:
            return "it has no clusters in this round"
        return self._out_of_sum(store)

    def _out_of_sum(self, store: str) -> str | None:
        """Say why a store has no part in the sum that is open, if so."""
        if not self.roster:
            return None
        if store not in self.roster:
            return "it was not there when the sums of this round began"
        sum_, _, phase = self.turn.step.partition("_")
        if phase in PHASES[1:]:
            before = f"{sum_}_{PHASES[PHASES.index(phase) - 1]}"
            record = next(each for each in self.open if each.step == before)
            if store not in record.rows:
                return f"it has dropped out of {sum_}: in step {before} nothing of it was taken"
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
