"""Every attack against every protection."""

from __future__ import annotations

import difflib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sparkfl.audit.population import Population
from sparkfl.audit.protection import Protection
from sparkfl.audit.protections import PROTECTIONS
from sparkfl.audit.trial import Trial
from sparkfl.audit.trials import EPSILON, TRIALS
from sparkfl.errors import ParameterError

__all__ = ["Outcome", "Result", "judged", "run"]


class Outcome(StrEnum):
    """What a figure says of a protection."""

    MET = "met"
    """The target is met, and the attack works without protection."""
    MISSED = "MISSED"
    """The protection claims to stop the attack, and the target is not met."""
    UNSURE = "unsure"
    """The protection claims so, and a miss, or an attack that fails, may be chance: more stores."""
    NOT_CLAIMED = "not claimed"
    """The target is not met, and the protection does not claim so."""
    UNTESTED = "untested"
    """The target is met, and so it is without protection: the attack proves nothing."""
    ATTACK = "attack works"
    """There is no protection."""
    NO_ATTACK = "attack fails"
    """There is no protection, and none is needed against this attack."""


@dataclass(frozen=True)
class Result:
    """A cell of the table.

    Parameters
    ----------
    attack, figure : str
        Name of the trial, and what it measures.
    protection, population : str
        What it was tried against, and on whom.
    value, target : float
        What came out, and what may at most.
    outcome : Outcome
        What that says.
    claimed : bool
        Whether the protection claims to stop the attack.
    low : float, default 0
        Lower bound of what the value estimates, with 95 % confidence.
    """

    attack: str
    figure: str
    protection: str
    population: str
    value: float
    target: float
    outcome: Outcome
    claimed: bool
    low: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether a claim does not hold."""
        return self.claimed and self.outcome not in (Outcome.MET, Outcome.UNSURE)


def run(
    population: Population,
    protections: Sequence[Protection] = PROTECTIONS,
    trials: Sequence[Trial] = TRIALS,
    seed: int = 0,
    tell: Callable[[str], object] = lambda _: None,
) -> list[Result]:
    """Try every attack against every protection; the first is the lack of one.

    Parameters
    ----------
    population : Population
        Where stores come from.
    protections : sequence of Protection, optional
        Protections to try; the bundled ones by default.
    trials : sequence of Trial, optional
        Attacks to try; all by default.
    seed : int, default 0
        Another seed, other stores.
    tell : callable, optional
        Gets a line an attack.

    Returns
    -------
    list of Result
        An attack after the other, of each the protections in their order.

    Raises
    ------
    ParameterError
        If a protection claims to stop an attack that there is none of.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> one = [trial for trial in TRIALS if trial.name == "singleton recovery"]
    >>> [str(result.outcome) for result in run(generated(20), PROTECTIONS[:2], one)]
    ['attack works', 'met']
    """
    names = dict.fromkeys(trial.name for trial in (*TRIALS, *trials))
    for protection in protections:
        _check_claims(protection, list(names))
    results = []
    for trial in trials:
        # Attacks do not share the stores that they are tried on.
        own = seed + zlib.crc32(trial.name.encode()) % 2**16
        values = [trial.run(protection, population, own) for protection in protections]
        works = values[0] >= trial.works
        may_work = trial.interval(values[0], population.tried)[1] >= trial.works
        tell(f"{trial.name}: {', '.join(f'{value:.3f}' for value in values)}")
        for protection, value in zip(protections, values, strict=True):
            target = protection.targets.get(trial.name, trial.target)
            if trial.name == EPSILON:
                target = protection.epsilon or target
            claimed = trial.name in protection.claims
            none = protection is protections[0] and trial.works > 0
            low = trial.interval(value, population.tried * protection.times)[0]
            outcome = judged(value, target, works, claimed, none)
            if outcome in (Outcome.MISSED, Outcome.UNTESTED) and claimed:
                sure = low > target if outcome == Outcome.MISSED else not may_work
                outcome = outcome if sure else Outcome.UNSURE
            results.append(
                Result(
                    trial.name,
                    trial.figure,
                    protection.name,
                    population.name,
                    value,
                    target,
                    outcome,
                    claimed,
                    low,
                )
            )
    return results


def _check_claims(protection: Protection, names: Sequence[str]) -> None:
    """Refuse a claim that no attack would be tried for."""
    given: object = protection.claims
    claims = [given] if isinstance(given, str) else protection.claims
    for claim in sorted(set(claims) - set(names), key=str):
        close = difflib.get_close_matches(str(claim), names, 1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ParameterError(
            f"{protection.name!r} claims to stop {claim!r}, which is no attack{hint} The attacks: "
            f"{', '.join(names)}."
        )
    if isinstance(given, str):
        raise ParameterError(
            f"The claims of {protection.name!r} are a text; write frozenset({{{given!r}}})."
        )


def judged(value: float, target: float, works: bool, claimed: bool, none: bool) -> Outcome:
    """Say what a figure means.

    Examples
    --------
    >>> str(judged(0.2, 0.0, works=True, claimed=True, none=False))
    'MISSED'
    """
    if none:
        return Outcome.ATTACK if works and value > target else Outcome.NO_ATTACK
    if value > target:
        return Outcome.MISSED if claimed else Outcome.NOT_CLAIMED
    return Outcome.MET if works else Outcome.UNTESTED
