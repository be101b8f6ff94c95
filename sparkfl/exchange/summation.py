"""A store's part in sums by secure aggregation: its messages, step by step, each decided once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sparkfl.errors import ExchangeError
from sparkfl.exchange.contract import PHASES, ROSTER
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.ledger import Ledger
from sparkfl.exchange.reason import RefusalError
from sparkfl.exchange.release import Turn, read_rules, written_rules
from sparkfl.exchange.steps import SoFar, kind_of, step_of
from sparkfl.privacy.rules import Rules

if TYPE_CHECKING:
    from sparkfl.secure_aggregation import Client

__all__ = ["Summation"]

_SECRET = 32


class Summation:
    """What a store tells in the steps of a round with secure aggregation.

    Its figures pass the gate and the contract's checks here, before they are masked: nobody can
    look at them later. The secret of a sum, the vector and the rules are noted before the first
    message leaves, and what the aggregator has published before it is answered. So a process that
    was killed goes on with the same mask over the same numbers, and an aggregator that publishes
    something else for the same step is not answered again: of no store both the share of its own
    mask and that of its key are told.

    Parameters
    ----------
    store : str
        The store.
    key : PrivateKey
        Its key.
    ledger : Ledger
        What it has noted.
    """

    def __init__(self, store: str, key: PrivateKey, ledger: Ledger) -> None:
        self._store, self._key, self._ledger = store, key, ledger

    def tell(
        self, turn: Turn, told: Callable[[Turn], tuple[Rules, Any]]
    ) -> tuple[Rules, Any] | None:
        """Return what the store releases in a step; None if it can have no part in it any more.

        Parameters
        ----------
        turn : Turn
            The step.
        told : callable
            Figures of a step, through the gate, and under which rules; called once a sum.

        Raises
        ------
        ExchangeError
            If the aggregator has published two different things for one step.
        ProtocolError
            If what was published is not as the protocol has it, or asks for too much.
        QuorumError
            If fewer stores than the threshold are left.
        """
        from sparkfl.exchange.steps.masked import Part, session_of

        if turn.step == ROSTER:
            return turn.so_far.contract.rules, None
        sum_, _, phase = turn.step.partition("_")
        about = f"{turn.round:06d}-{sum_}"
        begun = self._ledger.note(about, "begun")
        if begun is None:
            if phase != PHASES[0]:
                return None
            begun = self._ledger.once(about, "begun", self._begin(turn, sum_, told))
        rules = read_rules(begun["rules"])
        if begun["session"] != session_of(turn.so_far, sum_).id:
            raise _twice(f"what {sum_} of round {turn.round} follows from")
        if begun["vector"] is None:
            return rules, Part(None, begun["why"])
        client = self._client(turn.so_far, sum_, begun)
        message = client.begin()
        for step, data in _published(turn.so_far, sum_, self._store):
            heard = {"sha256": sha256(data).hexdigest()}
            if self._ledger.once(about, step, heard) != heard:
                raise _twice(f"the end of {sum_}_{step} of round {turn.round}")
            message = client.answer(data)
        return rules, Part(message.decode())

    def same_rows(self, round_: int, content: str | None) -> bool:
        """Tell whether these are the rows that this round's first figures were of.

        Parameters
        ----------
        round_ : int
            The round.
        content : str or None
            Hash of the rows, if there is one.
        """
        noted = {"content": content}
        return self._ledger.once(f"{round_:06d}-{ROSTER}", "rows", noted) == noted

    def _begin(
        self, turn: Turn, sum_: str, told: Callable[[Turn], tuple[Rules, Any]]
    ) -> dict[str, Any]:
        """Return what is noted at the beginning of a sum: the figures as they will be summed."""
        from sparkfl.exchange.steps.masked import session_of
        from sparkfl.exchange.steps.sums import SUMS

        session = session_of(turn.so_far, sum_)
        rules, figures = told(replace(turn, step=sum_))
        vector, why = SUMS[kind_of(sum_)].vector(figures), "nothing_to_tell"
        if vector is not None:
            try:
                step_of(sum_).check(figures, turn.so_far, rules, None)
            except RefusalError as refused:
                # Not its detail, which may have a figure in it.
                vector, why = None, str(refused.reason)
        return {
            "session": session.id,
            "secret": secrets.token_bytes(_SECRET).hex(),
            "vector": None if vector is None else list(map(str, vector)),
            "why": why,
            "rules": written_rules(rules),
        }

    def _client(self, so_far: SoFar, sum_: str, begun: dict[str, Any]) -> Client:
        """Return the store's side of a sum, at its beginning."""
        from sparkfl.exchange.steps.masked import session_of
        from sparkfl.secure_aggregation import Client

        session = session_of(so_far, sum_)
        vector = list(map(Fraction, begun["vector"]))
        secret = bytes.fromhex(begun["secret"])
        return Client(session, self._store, self._key.key, vector, session.roster, secret=secret)


def _published(so_far: SoFar, sum_: str, store: str) -> Iterator[tuple[str, bytes]]:
    """Go through the steps of a sum that are done: what each has for a store."""
    from sparkfl.exchange.steps.masked import session_of
    from sparkfl.secure_aggregation import Server

    server = Server(session_of(so_far, sum_))
    for phase in PHASES:
        found = so_far.results.get(f"{sum_}_{phase}")
        if found is None:
            return
        for message in found["messages"].values():
            server.receive(message.encode())
        yield phase, server.proceed()[store]


def _twice(what: str) -> ExchangeError:
    """Say that an aggregator has published two things where there can be one."""
    return ExchangeError(
        f"The aggregator has published {what} anew, in other words. Two answers could give this "
        "store's figures away: it takes no part in this round any more. Ask the aggregator; the "
        "next round is free."
    )
