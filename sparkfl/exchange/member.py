"""A store's part in a federation: its key, its releases, and the global model it gets back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparkfl.errors import FederationExistsError, FederationNotFoundError, ModelNotFoundError
from sparkfl.exchange.contract import Contract
from sparkfl.exchange.global_model import federation_data, results_of_totals
from sparkfl.exchange.history import History, StepRecord, read_contract
from sparkfl.exchange.home import Home
from sparkfl.exchange.invitation import Invitation
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.layout import STORES, folder_of, release_path, release_turn
from sparkfl.exchange.ledger import Ledger
from sparkfl.exchange.membership import join, leave
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.release import Release, Turn
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.standing import releases_of
from sparkfl.exchange.storage import Storage, storage_at
from sparkfl.exchange.summation import Summation
from sparkfl.federation.data import FederationData
from sparkfl.privacy.rules import Rules

__all__ = ["Fetched", "Member", "Told"]

_POLL = 1.0

Told = Callable[[Turn], tuple[Rules, Any]]
"""What a store tells in a step, and under which rules; called in the store, with its rows."""


@dataclass(frozen=True)
class Fetched:
    """A global model as a store gets it: with its own local model, and with no other's.

    Parameters
    ----------
    name, federation : str
        What the federation is called here, and its identity.
    round : int
        The round that it was made in.
    revision : int
        How often it was made again since, because stores had left.
    data : FederationData
        The model.
    """

    name: str
    federation: str
    round: int
    revision: int
    data: FederationData


class Member:
    """One store of a federation, on a cluster of its own.

    Its private key never leaves its home, and nothing of its rows leaves but signed releases, each
    of which has passed the gate.

    Parameters
    ----------
    name : str
        What the federation is called here.
    home : pathlib.Path or str, optional
        Folder of the private key, ``~/.sparkfl/federations`` by default.

    Raises
    ------
    FederationNotFoundError
        If none of that name was joined here; `join` does that.

    Examples
    --------
    >>> import tempfile
    >>> from sparkfl.exchange.aggregator import Aggregator
    >>> place = tempfile.mkdtemp()
    >>> aggregator = Aggregator.create(
    ...     "shops", f"{place}/exchange", {"inputCols": ["spend"]}, home=f"{place}/aggregator"
    ... )
    >>> invitation = aggregator.invite("north").text
    >>> member = Member.join("shops", invitation, home=f"{place}/north")
    >>> member.store, list(aggregator.membership.keys)
    ('north', ['north'])
    """

    def __init__(self, name: str, home: Path | str | None = None) -> None:
        own = Home(name, "store", home)
        kept = own.kept()
        self._home = own
        self.exchange: str = kept["exchange"]
        self.store: str = kept["store"]
        self._federation: str = kept["federation"]
        self._aggregator: str = kept["aggregator"]
        self.key: PrivateKey = own.key

    @classmethod
    def join(
        cls,
        name: str,
        invitation: str,
        home: Path | str | None = None,
        exchange: str | None = None,
    ) -> Member:
        """Join a federation: make a key, keep it here, and sign with it that the store has joined.

        Killed at any point, the same call made again completes it.

        Parameters
        ----------
        name : str
            What the federation is to be called here.
        invitation : str
            What the aggregator has sent.
        home : pathlib.Path or str, optional
            Folder of the private key.
        exchange : str, optional
            Where the exchange is seen from here, if not where the aggregator sees it.

        Raises
        ------
        ParameterError
            If it is no invitation.
        FederationExistsError
            If another federation is called so here.
        ExchangeError
            If the exchange is not that of the aggregator who has sent the invitation.
        """
        found = Invitation.of_text(invitation)
        own = Home(name, "store", home)
        card = PrivateKey.of_hex(found.secret)
        storage = storage_at(exchange or found.exchange)
        told = {
            "exchange": exchange or found.exchange,
            "federation": found.federation,
            "aggregator": found.aggregator,
            "store": found.store,
            "serial": found.serial,
        }
        _refuse_another(own, told)
        read_contract(storage, found.aggregator, found.federation)
        own.keep(told)
        join(storage, found.federation, found.store, found.serial, own.key, card)
        return cls(name, home)

    def leave(self) -> None:
        """Leave: the next global model is made without this store, for good.

        What was released before is still where it was; nobody can be made to forget it.
        """
        leave(self.storage, self._federation, self.store, self.key)

    @property
    def storage(self) -> Storage:
        """The exchange."""
        return storage_at(self.exchange)

    def forget(self) -> None:
        """Forget which federation this is here; the private key stays."""
        self._home.forget()

    @property
    def contract(self) -> Contract:
        """What the federation has agreed on."""
        return read_contract(self.storage, self._aggregator, self._federation)[0]

    @property
    def history(self) -> History:
        """What the aggregator has published, checked by its key."""
        return History.read(self.storage, self._aggregator, self._federation)

    @property
    def summation(self) -> Summation:
        """Part of the store in sums by secure aggregation."""
        return Summation(self.store, self.key, Ledger(self._home.sums))

    def due(self, history: History) -> Turn | None:
        """Return what this store is to release for; None if it has, or has no part in it."""
        turn = history.turn
        if history.out_of_turn(self.store) is not None or self._released(turn):
            return None
        return turn

    def release(self, told: Told) -> Turn | None:
        """Release for the step that is open, unless that is done; return what was released for.

        Parameters
        ----------
        told : callable
            Returns what the store tells in a step. It is only called if something is due.
        """
        return self._release(self.history, told)

    def _release(self, history: History, told: Told) -> Turn | None:
        """Release for the step that was open when the history was read."""
        turn = self.due(history)
        if turn is None:
            return None
        contract = turn.so_far.contract
        found = self.summation.tell(turn, told) if contract.secure_aggregation else told(turn)
        if found is None:
            return None
        rules, figures = found
        document = Release(self.store, rules, figures).signed(turn, self.key)
        # Of two jobs of one store the first counts: two releases of a step would refuse both.
        if not self._released(turn):
            place = contract.place(turn.step)
            path = release_path(self.store, turn.round, place, turn.step, document.hash)
            self.storage.create(path, document.data)
        return turn

    def take_part(self, told: Told, wait: float = 0.0) -> list[Turn]:
        """Release for all that is due, until the round is complete or no more can be done.

        Parameters
        ----------
        told : callable
            As of `release`.
        wait : float, default 0
            Seconds to wait for the aggregator, in all.

        Returns
        -------
        list of Turn
            What was released for.
        """
        until = time.monotonic() + wait
        done: list[Turn] = []
        history = self.history
        first = history.round
        # By one look at the history: a round that begins meanwhile is not this one.
        while history.round == first:
            turn = self._release(history, told)
            if turn is not None:
                done.append(turn)
            else:
                left = until - time.monotonic()
                if left <= 0 or history.out_of_turn(self.store) is not None:
                    break
                time.sleep(min(_POLL, max(left, 0.01)))
            history = self.history
        return done

    def fetch(self) -> Fetched:
        """Fetch the global model that stands, and put this store's own local model into it.

        Raises
        ------
        ModelNotFoundError
            If no round is complete yet.
        ExchangeError
            If it is not what the aggregator has signed.
        """
        history = self.history
        if not history.last:
            turn = history.turn
            raise ModelNotFoundError(
                f"Federation {self._home.name!r} has no global model yet: its first round is at "
                f"step {turn.step}. The aggregator makes it of what the stores release."
            )
        name, revision = self._home.name, len(history.revisions)
        if history.contract.secure_aggregation:
            results = {s: r for s, r in results_of_totals(history.last).items() if s == self.store}
            data = federation_data(history.standing, results, {})
            round_ = history.last[-1].round
            return Fetched(name, self._federation, round_, revision, data)
        record = next(each for each in history.last if each.step == "clusters")
        releases = releases_of(self.storage, history, _alone(record, self.store))
        results = {store: release.told for store, release in releases.items()}
        keys = {s: r.rules.entity_key for s, r in releases.items() if r.rules.entity_key}
        data = federation_data(history.standing, results, keys)
        return Fetched(name, self._federation, record.round, revision, data)

    def own_result(self, step: str) -> Any:
        """Return what this store has told in a step of the open round that is closed.

        Raises
        ------
        ModelNotFoundError
            If it was not taken.
        """
        history = self.history
        record = next((each for each in history.open if each.step == step), None)
        if record is not None:
            found = releases_of(self.storage, history, _alone(record, self.store))
            if self.store in found:
                return found[self.store].told
        raise ModelNotFoundError(
            f"Store {self.store!r} has no {step} in round {history.round} of the federation."
        )

    def verdicts(self) -> dict[tuple[int, str], tuple[Reason, str | None]]:
        """Return what became of this store's releases, by round and step, as far as is known."""
        history = self.history
        return {
            (record.round, record.step): (verdict.reason, verdict.detail)
            for record in history.records
            if (verdict := record.verdicts.get(self.store)) is not None
        }

    def _released(self, turn: Turn) -> bool:
        """Tell whether this store has released for a step: whether it has signed such a file."""
        folder = f"{STORES}/{folder_of(self.store)}"
        storage = self.storage
        for name in storage.names(folder):
            if name.startswith("release-") and release_turn(name) == (turn.round, turn.step):
                try:
                    data = storage.read(f"{folder}/{name}", turn.so_far.contract.largest_file)
                    document = SignedDocument.read(data)
                    Release.read(document, turn, self.store, self.key.public)
                except (RefusalError, FileNotFoundError):
                    continue
                return True
        return False


def _alone(record: StepRecord, store: str) -> StepRecord:
    """Return a step with nothing but what became of one store."""
    own = {s: v for s, v in record.verdicts.items() if s == store}
    return StepRecord(
        record.round, record.step, record.basis, record.hash, record.members, own, record.result
    )


def _refuse_another(own: Home, told: dict[str, Any]) -> None:
    """Refuse to join under a name that is taken."""
    try:
        kept = own.kept()
    except FederationNotFoundError:
        return
    same = ("federation", "aggregator", "store")
    if any(kept[key] != told[key] for key in same):
        raise FederationExistsError(
            f"Federation {own.name!r} was joined here, as store {kept['store']!r}. Join the other "
            "under another name, or in another home."
        )
