"""What a federation is doing: every store, step by step, with what became of it."""

from __future__ import annotations

from typing import NamedTuple

from sparkfl.exchange.history import History, StepRecord
from sparkfl.exchange.layout import STORES, folder_of, release_turn
from sparkfl.exchange.membership import Membership, read_membership
from sparkfl.exchange.reason import Reason
from sparkfl.exchange.storage import Storage

__all__ = ["StoreStatus", "overview"]


class StoreStatus(NamedTuple):
    """One store in one step.

    Parameters
    ----------
    store : str
        The store.
    member : str
        ``invited``, ``joined`` or ``left``.
    round : int
        The round.
    step : str
        The step.
    verdict : str
        A `Reason`; ``released`` or ``waiting`` in the step that is open.
    detail : str or None
        What exactly.
    rows : int or None
        Rows that its release tells of.
    """

    store: str
    member: str
    round: int
    step: str
    verdict: str
    detail: str | None
    rows: int | None


def overview(storage: Storage, history: History) -> list[StoreStatus]:
    """Tell of every store: the steps of the last complete round, and of the open one.

    Parameters
    ----------
    storage : Storage
        The exchange.
    history : History
        What was published.
    """
    membership = read_membership(storage, history.contract, history.keys)
    turn = history.turn
    found = []
    for store in membership.names:
        member = _member(membership, store)
        there = {
            release_turn(name)
            for name in storage.names(f"{STORES}/{folder_of(store)}")
            if name.startswith("release-")
        }
        for record in history.records:
            verdict = record.verdicts.get(store)
            if verdict is not None:
                late = verdict.reason == Reason.MISSING and (record.round, record.step) in there
                reason = Reason.LATE if late else verdict.reason
                said = [d for d in (verdict.detail, _moved(record)) if d]
                rows = None if history.contract.secure_aggregation else verdict.rows or None
                told = str(reason), "; ".join(said) or None, rows
                found.append(StoreStatus(store, member, record.round, record.step, *told))
        if member == "joined":
            why = history.out_of_turn(store)
            released = "released" if (turn.round, turn.step) in there else "waiting"
            state = released if why is None else str(Reason.OUT_OF_TURN)
            found.append(StoreStatus(store, member, turn.round, turn.step, state, why, None))
        elif not any(each.store == store for each in found):
            state = member
            found.append(StoreStatus(store, member, turn.round, turn.step, state, None, None))
    return found


def _moved(record: StepRecord) -> str | None:
    """Say how far centres have moved, in an iteration; or why the round has ended there."""
    if "abandoned" in record.result:
        return f"the round was abandoned: {record.result['abandoned']}"
    if "shift" not in record.result:
        return None
    rest = ", the last" if record.result["converged"] else ""
    return f"centres moved by up to {record.result['shift']:.3g}{rest}"


def _member(membership: Membership, store: str) -> str:
    """Say what a store is."""
    if store in membership.keys:
        return "joined"
    return str(Reason.LEFT) if store in membership.left else "invited"
