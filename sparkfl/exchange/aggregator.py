"""The aggregator of a federation: it sees signed releases, and never a row."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sparkfl.errors import (
    FederationExistsError,
    FederationNotFoundError,
    ParameterError,
    QuorumError,
)
from sparkfl.exchange.contract import TYPE, Contract
from sparkfl.exchange.history import STEP, History, StepRecord
from sparkfl.exchange.home import Home
from sparkfl.exchange.invitation import Invitation
from sparkfl.exchange.layout import FEDERATION, check_store, step_path
from sparkfl.exchange.membership import Membership, invite, read_membership
from sparkfl.exchange.reason import AbandonedError
from sparkfl.exchange.release import Turn
from sparkfl.exchange.screening import Screening, screen
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.standing import Standing, revise
from sparkfl.exchange.steps import SoFar, step_of
from sparkfl.exchange.storage import LocalStorage, Storage, storage_at
from sparkfl.global_.aggregate import AGGREGATIONS

__all__ = ["Aggregated", "Aggregator"]

logger = logging.getLogger(__name__)

_POLL = 1.0


@dataclass(frozen=True)
class Aggregated:
    """What one call has done.

    Parameters
    ----------
    steps : list of StepRecord
        Steps that were closed, in order; none if all had been.
    revised : bool
        Whether stores that have left were taken out of the standing model.
    standing : Standing or None
        The global model as it is now, and its round; None before the first is complete.
    waiting : str
        What the federation waits for, in words.
    """

    steps: list[StepRecord]
    revised: bool
    standing: Standing | None
    waiting: str


class Aggregator:
    """Makes global models of what stores release to an exchange.

    Needs no Spark. All that it keeps for itself is its private key; whatever it does is decided by
    what is in the exchange, so that it can be killed at any point and started again.

    Parameters
    ----------
    name : str
        What the federation is called here.
    home : pathlib.Path or str, optional
        Folder of its private key, ``~/.sparkfl/federations`` by default.

    Raises
    ------
    FederationNotFoundError
        If there is none of that name here; `create` makes one.

    Examples
    --------
    >>> import tempfile
    >>> place = tempfile.mkdtemp()
    >>> aggregator = Aggregator.create(
    ...     "shops", f"{place}/exchange", {"inputCols": ["spend"]}, home=f"{place}/aggregator"
    ... )
    >>> aggregator.invite("north").text[:24]
    'sparkfl-invitation-1.eyJ'
    >>> aggregator.history.turn.step
    'moments'
    """

    def __init__(self, name: str, home: Path | str | None = None) -> None:
        self._home = Home(name, "aggregator", home)
        kept = self._home.kept()
        self.exchange: str = kept["exchange"]
        self._federation: str = kept["federation"]
        self._key = self._home.key

    @classmethod
    def create(
        cls,
        name: str,
        exchange: str,
        params: Mapping[str, Any],
        *,
        home: Path | str | None = None,
        model: str | None = None,
        bounds: Mapping[str, Any] | None = None,
        max_weight: float = 20.0,
        quorum: int | None = None,
        **iterations: Any,
    ) -> Aggregator:
        """Create a federation in an exchange that has none.

        Killed at any point, the same call made again completes it.

        Parameters
        ----------
        name : str
            What it is called.
        exchange : str
            A directory, or an address of s3, gs, abfs or hdfs.
        params : mapping of str to object
            Parameters of :class:`sparkfl.FederatedClustering`; `inputCols` are the features.
        home : pathlib.Path or str, optional
            Folder of the private key.
        model : str, optional
            Name of the model in the registries, by default `name`.
        bounds : mapping of str to (float, float), optional
            Least and greatest values of features.
        max_weight : float, default 20
            How many times the rows of the median store a store may have.
        quorum : int, optional
            Stores that a step needs; more than half of the members by default.
        **iterations
            `global_algorithm`, `max_iter`, `tol`, `iteration_guard` and `secure_aggregation`, as of
            :class:`~sparkfl.exchange.contract.Contract`.

        Raises
        ------
        FederationExistsError
            If there is one, of this name here or in the exchange.
        ParameterError
            If a parameter is not valid.
        """
        own = Home(name, "aggregator", home)
        storage = storage_at(exchange)
        address = str(storage) if isinstance(storage, LocalStorage) else exchange
        kept = _kept(own, address, storage)
        contract = Contract.made(
            kept["federation"],
            name,
            own.key.public,
            params,
            model,
            bounds,
            max_weight,
            quorum,
            **iterations,
        )
        document = SignedDocument.of(TYPE, contract.content(), [own.key])
        if not storage.create(FEDERATION, document.data):
            own.forget()
            raise _there(f"The exchange {storage}")
        return cls(name, home)

    @property
    def storage(self) -> Storage:
        """The exchange."""
        return storage_at(self.exchange)

    def forget(self) -> None:
        """Forget which federation this is here; the private key stays."""
        self._home.forget()

    @property
    def history(self) -> History:
        """What has been published."""
        return History.read(self.storage, self._key.public, self._federation)

    @property
    def membership(self) -> Membership:
        """The stores as they are now."""
        history = self.history
        return read_membership(self.storage, history.contract, history.keys)

    def invite(self, store: str) -> Invitation:
        """Invite a store, or invite it anew, by which an invitation before ends once it is taken.

        Raises
        ------
        ParameterError
            If it cannot be a store's name.
        """
        contract = self.history.contract
        serial, card = invite(self.storage, contract, check_store(store), self._key)
        return Invitation(
            self.exchange, contract.federation, self._key.public, store, serial, card.hex
        )

    def aggregate(
        self,
        quorum: int | None = None,
        deadline: float | None = None,
        aggregation: str | None = None,
    ) -> Aggregated:
        """Close the steps of the open round, as far as the stores have come.

        A step is closed when all members have released for it, or `quorum` of them if that is
        given, or after the `deadline`; never with fewer than the quorum.

        Parameters
        ----------
        quorum : int, optional
            Stores that a step needs; by default what the federation has agreed.
        deadline : float, optional
            Seconds to wait for the stores in each step; by default none is waited for.
        aggregation : str, optional
            How released clusters are grouped, by default as the federation has agreed.

        Raises
        ------
        QuorumError
            If too few stores have released something that can be taken; what was closed stands.
        ExchangeError
            If what this aggregator has published was altered.
        """
        if aggregation is not None and aggregation not in AGGREGATIONS:
            raise ParameterError(
                f"aggregation is {aggregation!r}; choose one of {', '.join(AGGREGATIONS)}."
            )
        storage, history = self.storage, self.history
        revised = bool(history.last) and revise(storage, history, self.membership, self._key)
        if revised:
            history = self.history
        closed: list[StepRecord] = []
        while not closed or history.open:
            lenient = revised or (bool(closed) and deadline is None)
            found = self._await(history, quorum, deadline, lenient)
            if found is None:
                break
            self._close(history, *found, aggregation)
            history = self.history
            closed.append(history.records[-1])
        standing = Standing.read(storage, history) if history.last else None
        turn = history.turn
        waiting = f"step {turn.step} of round {turn.round}"
        return Aggregated(closed, revised, standing, waiting)

    def _await(
        self, history: History, quorum: int | None, deadline: float | None, lenient: bool
    ) -> tuple[Membership, Screening] | None:
        """Wait for a step's releases; return None if there are too few, and that is no error."""
        storage = self.storage
        until = time.monotonic() + (deadline or 0.0)
        while True:
            began = time.monotonic()
            membership = read_membership(storage, history.contract, history.keys)
            found = screen(storage, history, membership)
            needed = quorum or history.contract.quorum or len(membership.keys) // 2 + 1
            fewest = history.fewest
            needed = max(needed, fewest)
            enough = found.telling >= needed
            over = time.monotonic() >= until
            if history.roster and (
                found.possible < fewest or (over and deadline and found.telling < fewest)
            ):
                return membership, found
            if enough and (not found.missing or (over and (quorum or deadline is not None))):
                return membership, found
            if over:
                break
            # Of many stores a look takes a while; it is to be no more than half of the time.
            pause = max(_POLL, time.monotonic() - began)
            time.sleep(min(pause, max(until - time.monotonic(), 0.01)))
        if lenient:
            return None
        raise _too_few(history.turn, found, needed)

    def _close(
        self,
        history: History,
        membership: Membership,
        screening: Screening,
        aggregation: str | None,
    ) -> None:
        """Make of a step what is made of it, and publish that, unless another has done so."""
        turn = history.turn
        told = {store: release.told for store, release in screening.accepted.items()}
        try:
            _check_survivors(history, screening)
            result = step_of(turn.step).combine(told, _asked(turn.so_far, aggregation))
        except AbandonedError as error:
            result = {"abandoned": str(error)}
            logger.warning("Round %d was abandoned in %s: %s.", turn.round, turn.step, error)
        content = {
            "federation": self._federation,
            "round": turn.round,
            "step": turn.step,
            "basis": turn.basis,
            "members": {s: membership.keys[s] for s in screening.verdicts},
            "verdicts": {s: v.to_json() for s, v in screening.verdicts.items()},
            "result": result,
        }
        document = SignedDocument.of(STEP, content, [self._key])
        place = history.contract.place(turn.step)
        self.storage.create(step_path(turn.round, place, turn.step), document.data)
        logger.info("Round %d, %s: %d stores.", turn.round, turn.step, len(told))


def _check_survivors(history: History, screening: Screening) -> None:
    """Give a round up if fewer stores than its threshold are left of a sum."""
    needed = history.fewest
    if history.roster and screening.telling < needed:
        raise AbandonedError(
            f"{screening.telling} of {len(history.roster)} stores are left of "
            f"{history.turn.step.partition('_')[0]}, which takes {needed}"
        )


def _asked(so_far: SoFar, aggregation: str | None) -> SoFar:
    """Return what is known, with another aggregation if one is asked for."""
    if aggregation is None:
        return so_far
    contract = so_far.contract
    params = {**contract.params, "aggregation": aggregation}
    return replace(so_far, contract=replace(contract, params=params))


def _kept(own: Home, exchange: str, storage: Storage) -> dict[str, Any]:
    """Return what is kept of a federation that is being created; refuse one that was."""
    try:
        kept = own.kept()
    except FederationNotFoundError:
        kept = {"exchange": exchange, "federation": uuid.uuid4().hex}
        own.keep(kept)
        return kept
    if kept["exchange"] != exchange or FEDERATION in storage.names(""):
        raise _there(f"Here, federation {own.name!r}")
    return kept


def _there(what: str) -> FederationExistsError:
    """Say that there is a federation."""
    return FederationExistsError(
        f"{what} is that of a federation already. DROP FEDERATION takes it away; a new one has "
        "another name, and an exchange of its own."
    )


def _too_few(turn: Turn, found: Screening, needed: int) -> QuorumError:
    """Say which stores have not released, or what was not taken."""
    others = [
        f"{store} {verdict.reason}" + (f" ({verdict.detail})" if verdict.detail else "")
        for store, verdict in found.verdicts.items()
        if not verdict.rows
    ]
    listed = "; ".join(others[:10]) + ("; …" if len(others) > 10 else "")
    told = f"{found.telling} of {len(found.verdicts)} members have released something for it"
    if found.telling >= needed:
        return QuorumError(
            f"Step {turn.step} of round {turn.round} is not closed: {told}, and the others may yet "
            f"({listed}). Give a DEADLINE to wait for them, or a QUORUM to go on without."
        )
    return QuorumError(
        f"Step {turn.step} of round {turn.round} is not closed: {told}, and it needs {needed}"
        + (f". The others: {listed}." if listed else ". JOIN FEDERATION makes members.")
    )
