"""Why a release was taken into a round, or was not: the verdicts of an aggregator."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["AbandonedError", "Reason", "RefusalError"]


class Reason(StrEnum):
    """What became of a store in one step of a round.

    Examples
    --------
    >>> Reason("not_finite").refuses, Reason.MISSING.refuses, Reason.GARBAGE.of_store
    (True, False, False)
    """

    ACCEPTED = "accepted"
    """Its release is part of what was made of the step."""
    MISSING = "missing"
    """It had released nothing when the step was closed; it may come back in the next step."""
    LATE = "late"
    """It released after the step had been closed; nothing was made of it."""
    LEFT = "left"
    """It has left the federation."""
    TOO_LARGE = "too_large"
    """The file is larger than any release of this federation can be; it was not read."""
    GARBAGE = "garbage"
    """The file is no signed document."""
    UNSIGNED = "unsigned"
    """There is no signature."""
    ALTERED = "altered"
    """The signature is that of the store's key over other bytes."""
    FOREIGN = "foreign"
    """It is of another key, another store or another federation."""
    OTHER_SCHEMA = "other_schema"
    """It is of another version of the format."""
    MALFORMED = "malformed"
    """The store has signed what is not a release, or not written as one."""
    REPLAYED = "replayed"
    """It is of an earlier round or step."""
    FUTURE_ROUND = "future_round"
    """It is of a round or step that nobody can release for yet."""
    OTHER_BASIS = "other_basis"
    """It follows from something else than what the aggregator has published last."""
    OUT_OF_TURN = "out_of_turn"
    """The store has no part in this step: an earlier one of this round did not take it."""
    CONFLICTING = "conflicting"
    """The store has signed two different releases for one step."""
    OTHER_FEATURES = "other_features"
    """It is of other features, or of these in another order."""
    WEAKER_POLICY = "weaker_policy"
    """It was released under rules that ask for less than the federation's."""
    NOT_FINITE = "not_finite"
    """A number is NaN or infinite."""
    BAD_COUNTS = "bad_counts"
    """A count is zero, negative or below the smallest that may be told."""
    COUNTS_DO_NOT_ADD_UP = "counts_do_not_add_up"
    """Parts have not the count of the whole, or not that which the store told before."""
    OUT_OF_BOUNDS = "out_of_bounds"
    """A mean or a sum of squares cannot be one of values within the federation's bounds."""
    OFF_PROTOCOL = "off_protocol"
    """It is no part of the sum by secure aggregation that the step is of."""
    TOO_HEAVY = "too_heavy"
    """The store weighs more than the federation allows one to."""

    @property
    def refuses(self) -> bool:
        """Whether something was there, and was not taken."""
        return self not in (Reason.ACCEPTED, Reason.MISSING, Reason.LATE, Reason.LEFT)

    @property
    def of_store(self) -> bool:
        """Whether the store itself has signed what is refused: it is out of the round then.

        Anybody who can write to the exchange can leave garbage in a store's name.
        """
        return self.refuses and self not in _OF_ANYBODY


_OF_ANYBODY = frozenset(
    [Reason.TOO_LARGE, Reason.GARBAGE, Reason.UNSIGNED, Reason.ALTERED, Reason.FOREIGN]
)


class AbandonedError(Exception):
    """Raised inside of the exchange when a round cannot go on; it ends, by that name."""


class RefusalError(Exception):
    """Raised inside of the exchange when a document is not taken; it becomes a verdict.

    Parameters
    ----------
    reason : Reason
        Why, by name.
    detail : str
        What exactly: which figure, what was expected.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
