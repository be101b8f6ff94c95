"""One step of a sum by secure aggregation: parts of the protocol, and at its end the total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sparkfl.errors import ParameterError, ProtocolError
from sparkfl.exchange.canonical import encode
from sparkfl.exchange.contract import PHASES, Contract
from sparkfl.exchange.reason import AbandonedError, Reason, RefusalError
from sparkfl.exchange.schema import mapping, optional_text
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.start import public_centres
from sparkfl.exchange.steps.step import Step
from sparkfl.exchange.steps.sums import SUMS, check_total
from sparkfl.privacy.rules import Rules
from sparkfl.secure_aggregation.messages import Message
from sparkfl.secure_aggregation.messages import Step as Phase
from sparkfl.secure_aggregation.server import Server
from sparkfl.secure_aggregation.session import Session
from sparkfl.statistics.scaling import Scaling

__all__ = ["MaskedStep", "Part", "server_of", "session_of"]

_NONCE = 16


@dataclass(frozen=True)
class Part:
    """What a store sends in one step of a sum.

    Parameters
    ----------
    message : str or None
        Of the protocol; None from a store that tells nothing, in the first step of a sum.
    why : str or None, default None
        Why it tells nothing, by a name.
    """

    message: str | None
    why: str | None = None


class MaskedStep(Step[Part]):
    """A step of a sum: messages are checked and passed on; the last gives the total.

    What is made of the total is what the step that is summed makes of a store with such figures.

    Parameters
    ----------
    sum_ : str
        Name of the sum, that of the step: ``lloyd3``.
    summed : Step
        The step.

    Examples
    --------
    >>> from sparkfl.exchange.steps import step_of
    >>> step_of("lloyd3_keys").write(Part(None, "too_small"))
    {'message': None, 'why': 'too_small'}
    """

    def __init__(self, sum_: str, summed: Step[Any]) -> None:
        self._sum, self._summed = sum_, summed
        self._kind = sum_.rstrip("0123456789")

    def write(self, told: Part) -> dict[str, Any]:
        """Return the message."""
        return {"message": told.message, "why": told.why}

    def read(self, body: Any, contract: Contract) -> Part:
        """Read it; the protocol's own form is checked later."""
        found = mapping(body, ("message", "why"), "the release")
        message = optional_text(found["message"], "message", contract.largest_file)
        why = optional_text(found["why"], "why", 40)
        if (message is None) == (why is None):
            raise RefusalError(Reason.MALFORMED, "there must be a message, or why there is none")
        return Part(message, why)

    def check(self, told: Part, so_far: SoFar, rules: Rules, before: int | None) -> None:
        """Check that it is what the protocol has next of a store."""
        del rules, before
        server = server_of(so_far, self._sum)
        if told.message is None:
            if server.step is not Phase.KEYS:
                raise RefusalError(Reason.OFF_PROTOCOL, "it has begun, and tells nothing")
            return
        try:
            server.check(told.message.encode())
        except ProtocolError as error:
            raise RefusalError(Reason.OFF_PROTOCOL, str(error)) from None

    def rows(self, told: Part) -> int:
        """Count each part as one; of how many rows is not told."""
        return int(told.message is not None)

    def why(self, told: Part) -> str | None:
        """Return why there is no message."""
        return told.why

    def sender(self, told: Part) -> str | None:
        """Return the sender of the message."""
        return None if told.message is None else Message.claimed_sender(told.message.encode())

    def combine(self, told: Mapping[str, Part], so_far: SoFar) -> dict[str, Any]:
        """Pass on what was sent; at the end make what is made of the total.

        Raises
        ------
        AbandonedError
            If there is no total, or none that can be.
        """
        messages = {store: part.message for store, part in told.items() if part.message}
        done = [phase for phase in PHASES if f"{self._sum}_{phase}" in so_far.results]
        if len(done) < len(PHASES) - 1:
            return {"messages": messages}
        try:
            server = _replayed.__wrapped__(*_played(so_far, self._sum))
            for message in messages.values():
                server.receive(message.encode())
            server.proceed()
            return self._made(server, so_far)
        except (ProtocolError, ParameterError, OverflowError, RefusalError) as error:
            raise AbandonedError(f"there is no total of {self._sum} that can be: {error}") from None

    def _made(self, server: Server, so_far: SoFar) -> dict[str, Any]:
        """Make what is made of a total that can be one."""
        total = server.total()
        figures = SUMS[self._kind].figures(total, so_far.contract)
        last = [r for name, r in so_far.results.items() if "_" not in name and "stores" in r][-1:]
        same = last and last[0]["stores"] == server.included
        rows = check_total(self._kind, figures, so_far, last[0]["rows"] if same else None)
        made = self._summed.combine({"": figures}, so_far)
        if self._kind == "asinh":
            scaling = Scaling.of_json(made["scaling"])
            made["start"] = public_centres(so_far.contract, scaling).tolist()
        return {**made, "stores": server.included, "rows": rows}


def session_of(so_far: SoFar, sum_: str) -> Session:
    """Return the session of a sum, which follows from all that was published before it."""
    contract = so_far.contract
    before = {name: r for name, r in so_far.results.items() if "_" not in name}
    before.pop(sum_, None)
    named = [contract.federation, so_far.round, sum_]
    return Session(
        " ".join(map(str, named)),
        {store: bytes.fromhex(key) for store, key in so_far.roster.items()},
        SUMS[sum_.rstrip("0123456789")].length(contract),
        nonce=sha256(encode([*named, before])).digest()[:_NONCE],
    )


def server_of(so_far: SoFar, sum_: str) -> Server:
    """Return the aggregator's side of a sum, as far as its steps are done; to look at only."""
    return _replayed(*_played(so_far, sum_))


def _played(so_far: SoFar, sum_: str) -> tuple[bytes, tuple[tuple[str, ...], ...]]:
    """Return what a server follows from: its session, and the messages of the steps done."""
    done = (so_far.results.get(f"{sum_}_{phase}") for phase in PHASES[:-1])
    messages = tuple(tuple(each["messages"].values()) for each in done if each is not None)
    return session_of(so_far, sum_).to_bytes(), messages


@lru_cache(maxsize=4)
def _replayed(session: bytes, messages: tuple[tuple[str, ...], ...]) -> Server:
    """Go through the steps that are done."""
    server = Server(Session.of_bytes(session))
    for of_step in messages:
        for message in of_step:
            server.receive(message.encode())
        server.proceed()
    return server
