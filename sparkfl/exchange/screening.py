"""Judging the releases of a step: one store at a time, then their weights against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sparkfl.exchange.history import History, StoreVerdict
from sparkfl.exchange.layout import STORES, folder_of, release_turn
from sparkfl.exchange.membership import Membership
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.release import Release, Turn
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.steps import step_of
from sparkfl.exchange.storage import Storage
from sparkfl.local.result import LocalResult

__all__ = ["Screening", "heaviest", "screen"]


@dataclass(frozen=True)
class Screening:
    """What is there of a step.

    Parameters
    ----------
    accepted : dict of str to Release
        Releases that are taken, by store, in their order.
    verdicts : dict of str to StoreVerdict
        What becomes of each member.
    """

    accepted: Mapping[str, Release]
    verdicts: Mapping[str, StoreVerdict]

    @property
    def telling(self) -> int:
        """Stores that tell something, which a quorum counts."""
        return sum(verdict.rows > 0 for verdict in self.verdicts.values())

    @property
    def possible(self) -> int:
        """Stores that tell something, or may yet."""
        return sum(
            v.rows > 0 or v.reason == Reason.MISSING or (v.reason.refuses and not v.reason.of_store)
            for v in self.verdicts.values()
        )

    @property
    def missing(self) -> list[str]:
        """Stores of which nothing is there."""
        return [s for s, v in self.verdicts.items() if v.reason == Reason.MISSING]


def screen(storage: Storage, history: History, membership: Membership) -> Screening:
    """Read and judge the releases of the step that is open, of every member.

    Nothing of one store has an influence on what becomes of another, except that a store that is
    too heavy is so compared with the others, and does not count among them: what is made of the
    accepted releases is what it would be if the refused ones were not there.

    Parameters
    ----------
    storage : Storage
        The exchange.
    history : History
        What was published.
    membership : Membership
        Who may release.
    """
    turn = history.turn
    accepted: dict[str, Release] = {}
    verdicts: dict[str, StoreVerdict] = {}
    for store, key in membership.keys.items():
        why = history.out_of_turn(store) or _shared(membership, store, turn)
        if why is not None:
            verdicts[store] = StoreVerdict(Reason.OUT_OF_TURN, why)
            continue
        try:
            release, verdicts[store] = _judged(storage, turn, store, key)
            if release is not None:
                accepted[store] = release
        except RefusalError as refused:
            verdicts[store] = StoreVerdict(refused.reason, refused.detail)
    rows = {store: verdicts[store].rows for store in accepted}
    majority = len(membership.keys) // 2 + 1
    for store in heaviest(rows, turn.so_far.contract.max_weight, majority):
        del accepted[store]
        verdicts[store] = StoreVerdict(
            Reason.TOO_HEAVY,
            f"it has {rows[store]} rows, more than {turn.so_far.contract.max_weight:g} times those "
            "of the median store (MAX_WEIGHT)",
        )
    return Screening(accepted, verdicts)


def _shared(membership: Membership, store: str, turn: Turn) -> str | None:
    """Say whose key a store has too; in a sum the two would be one store that counts twice."""
    if not turn.so_far.contract.secure_aggregation:
        return None
    key = membership.keys[store]
    other = next((s for s, k in membership.keys.items() if k == key and s != store), None)
    return None if other is None else f"it has the same key as {other}"


def heaviest(rows: Mapping[str, int], most: float, least: int) -> set[str]:
    """Find the stores with more than so many times the rows of the median store.

    From the lightest up: so many as a majority is of are taken as they are, and a further one as
    long as it has no more than `most` times the rows of the median of those before it. So none of
    those that are not taken has an influence on it.

    Parameters
    ----------
    rows : mapping of str to int
        Rows of each store; one without any does not count.
    most : float
        How many times.
    least : int
        How many stores a majority of the members is.

    Examples
    --------
    >>> sorted(heaviest({"a": 40, "b": 50, "c": 60, "d": 5000}, 20.0, 3))
    ['d']
    """
    stores = sorted((store for store, n in rows.items() if n > 0), key=lambda s: (rows[s], s))
    taken = least
    while taken < len(stores):
        limit = most * rows[stores[taken // 2]]
        if rows[stores[taken]] > limit:
            break
        taken += 1
    return set(stores[taken:])


def _judged(
    storage: Storage, turn: Turn, store: str, key: str
) -> tuple[Release | None, StoreVerdict]:
    """Judge what one store has released for a step."""
    valid: dict[str, Release] = {}
    refusals: list[RefusalError] = []
    for name in _candidates(storage, store, turn):
        try:
            path = f"{STORES}/{folder_of(store)}/{name}"
            document = SignedDocument.read(storage.read(path, turn.so_far.contract.largest_file))
            valid[document.hash] = Release.read(document, turn, store, key)
        except RefusalError as refused:
            refusals.append(refused)
        except FileNotFoundError:
            continue
    # What the store itself has signed says more than what anybody could have left there.
    refusals.sort(key=lambda each: (not each.reason.of_store, each.reason, each.detail))
    if not valid:
        if refusals:
            raise refusals[0]
        return None, StoreVerdict(Reason.MISSING)
    if len(valid) > 1:
        raise RefusalError(Reason.CONFLICTING, f"it has signed {len(valid)} releases for this step")
    ((hash_, release),) = valid.items()
    release.check(turn)
    rows = step_of(turn.step).rows(release.told)
    said = [] if rows else [_nothing(release, step_of(turn.step).why(release.told))]
    others = ", ".join(dict.fromkeys(str(each.reason) for each in refusals))
    said += [f"beside it there are refused files: {others}"] if others else []
    return release, StoreVerdict(Reason.ACCEPTED, "; ".join(said) or None, hash_, rows)


def _nothing(release: Release, because: str | None) -> str:
    """Say that a store tells nothing, and why if it says so."""
    told = release.told
    why = [told.verdict, told.detail] if isinstance(told, LocalResult) else [because]
    return ": ".join(["it may tell nothing", *(str(each) for each in why if each)])


def _candidates(storage: Storage, store: str, turn: Turn) -> Iterator[str]:
    """Go through the files that are, by their names, of this step or a later one, or of none."""
    for name in storage.names(f"{STORES}/{folder_of(store)}"):
        if name.startswith("release-"):
            told = release_turn(name)
            if told is None or told == (turn.round, turn.step) or turn.before(*told):
                yield name
