"""One store's release of one step, as a signed file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.exchange.canonical import decode, encode
from sparkfl.exchange.contract import KEPT, Contract
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.schema import integer, mapping, optional_text, text
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.steps import SoFar, step_of
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.privacy.rules import Rules, stricter

__all__ = ["TYPE", "Release", "Turn", "read_rules", "written_rules"]

TYPE = "sparkfl.release"
"""The type of its document."""

_KEYS = (
    "federation",
    "store",
    "round",
    "step",
    "basis",
    "features",
    "policy",
    "told",
)


@dataclass(frozen=True)
class Turn:
    """What can be released for now.

    Parameters
    ----------
    round : int
        Number of the round, from 1.
    step : str
        Name of the step.
    basis : str
        Hash of the document that it follows from: the federation's, or the aggregator's of the
        step before.
    so_far : SoFar
        The steps before.
    """

    round: int
    step: str
    basis: str
    so_far: SoFar

    def before(self, round_: int, step: str) -> bool:
        """Tell whether this comes before a step of a round."""
        steps = self.so_far.contract.steps
        return (self.round, steps.index(self.step)) < (
            round_,
            steps.index(step) if step in steps else len(steps),
        )


@dataclass(frozen=True)
class Release:
    """What a store tells in a step, and under which rules.

    Parameters
    ----------
    store : str
        The store.
    rules : Rules
        What it was asked by its own policy and by the federation.
    told : object
        What it tells, by the step.

    Examples
    --------
    >>> contract = Contract.made("f1", "shops", "00" * 32, {"inputCols": ["spend"]})
    >>> turn = Turn(1, "scores", "ab" * 32, SoFar(contract))
    >>> key = PrivateKey.of_hex("01" * 32)
    >>> signed = Release("north", contract.rules, [(40, 2.0)]).signed(turn, key)
    >>> Release.read(signed, turn, "north", key.public).told
    [(40, 2.0)]
    """

    store: str
    rules: Rules
    told: Any

    def signed(self, turn: Turn, key: PrivateKey) -> SignedDocument:
        """Sign it with the store's key."""
        contract = turn.so_far.contract
        content = {
            "federation": contract.federation,
            "store": self.store,
            "round": turn.round,
            "step": turn.step,
            "basis": turn.basis,
            "features": list(contract.features),
            "policy": written_rules(self.rules),
            "told": step_of(turn.step).write(self.told),
        }
        return SignedDocument.of(TYPE, content, [key])

    @classmethod
    def read(cls, document: SignedDocument, turn: Turn, store: str, key: str) -> Release:
        """Read a release of a store for a step: signed by it, for this, in this form.

        Parameters
        ----------
        document : SignedDocument
            What was found.
        turn : Turn
            What can be released for.
        store : str
            Whose it has to be.
        key : str
            The store's public key.

        Raises
        ------
        RefusalError
            If it is not; what it tells is not judged yet, see `check`.
        """
        found = mapping(document.content(TYPE, key), _KEYS, "a release")
        contract = turn.so_far.contract
        if found["federation"] != contract.federation or found["store"] != store:
            raise RefusalError(Reason.FOREIGN, "it is of another federation or store")
        _check_turn(found, turn)
        if found["features"] != list(contract.features):
            raise RefusalError(
                Reason.OTHER_FEATURES,
                f"the federation's are {', '.join(contract.features)}, in this order",
            )
        rules = _rules(found["policy"], contract)
        step = step_of(turn.step)
        told = step.read(found["told"], contract)
        if step.sender(told) not in (None, store):
            raise RefusalError(Reason.FOREIGN, "what it tells is another store's")
        return cls(store, rules, told)

    def check(self, turn: Turn) -> None:
        """Judge what it tells.

        Raises
        ------
        RefusalError
            If it cannot be what a store of this federation has.
        """
        before = turn.so_far.rows.get(self.store)
        step_of(turn.step).check(self.told, turn.so_far, self.rules, before)


def _check_turn(found: Mapping[str, Any], turn: Turn) -> None:
    """Refuse what is of another step or round, or follows from something else."""
    round_, step = integer(found["round"], "round"), text(found["step"], "step")
    if (round_, step) != (turn.round, turn.step):
        shown = f"it is of step {step} of round {round_}"
        later = turn.before(round_, step)
        raise RefusalError(Reason.FUTURE_ROUND if later else Reason.REPLAYED, shown)
    if found["basis"] != turn.basis:
        raise RefusalError(Reason.OTHER_BASIS, "it follows from what was not published last")


def written_rules(rules: Rules) -> dict[str, Any]:
    """Return the rules by name, as a release tells them."""
    return {name: getattr(rules, name) for name in KEPT}


def _rules(found: Any, contract: Contract) -> Rules:
    """Read the rules under which a store has released; they ask for no less than the contract's."""
    rules = read_rules(found)
    if not _enough(rules, contract.rules):
        raise RefusalError(
            Reason.WEAKER_POLICY, "it was released under weaker rules than the federation's"
        )
    return rules


def read_rules(found: Any) -> Rules:
    """Read what `written_rules` wrote.

    Raises
    ------
    RefusalError
        As `MALFORMED`, if it is anything else.
    """
    return _read_rules(encode(mapping(found, KEPT, "policy")))


@lru_cache(maxsize=256)
def _read_rules(written: bytes) -> Rules:
    """Read the rules of a release; those of most stores are alike."""
    given = decode(written)
    try:
        # A policy checks the range of each.
        rules = ReleasePolicy.of_json(given).rules
    except (ParameterError, TypeError):
        raise RefusalError(Reason.MALFORMED, "its policy has a value that is not valid") from None
    if written_rules(rules) != given:
        raise RefusalError(Reason.MALFORMED, "its policy is not written as one")
    optional_text(rules.entity_key, "entity_key")
    return rules


def _enough(rules: Rules, asked: Rules) -> bool:
    """Tell whether rules ask for all that others do."""
    try:
        return stricter(rules, asked) == rules
    except ParameterError:
        return False
