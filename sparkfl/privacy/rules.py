"""What a gate asks of everything that leaves a store."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from sparkfl.errors import ParameterError

__all__ = ["Rules", "stricter"]


@dataclass(frozen=True)
class Rules:
    """The rules of a gate; the defaults are the weakest, sizes alone.

    An entity is who is protected: a customer. Unless rows name theirs, each row is one.

    Parameters
    ----------
    min_size : int
        Fewest entities that anything may be told of.
    entity_key : str, optional
        Column that names a row's entity; without it rows are entities.
    dominance : float, default 1
        Largest share that one entity may have in the rows of what is told, and in any sum of
        squares of it: the (1, k) rule [1]_. At 1 there is none.
    round : int, default 1
        Counts are told as multiples of this.
    grid : float, default 0
        Means and deviations are told as multiples of this, in standard deviations of all
        customers; at 0 as they are.
    complementary : bool, default False
        Whether no count of fewer entities than the minimum is told, that others would give away:
        rows that were merged, rows of a store too small.
    allow_identical : bool, default True
        Whether a cluster of equal rows may be told, whose mean is every one of them.
    epsilon, delta : float, optional
        What a release may tell of one entity: it is differentially private. At None it is not.
    noise_mechanism : {'gaussian', 'laplace'}, optional
        The noise that makes it so.
    budget : float, optional
        Epsilon of all releases of a store together.
    bounds : tuple of (str, float, float), default ()
        Name, least and greatest value of each feature; values beyond are taken for these.

    References
    ----------
    .. [1] Hundepool et al., "Statistical disclosure control", Wiley, 2012, section 4.2: (n, k)
       dominance with n = 1.

    Examples
    --------
    >>> Rules(10).by_members, Rules(10, entity_key="customer_id").by_members
    (False, True)
    """

    min_size: int
    entity_key: str | None = None
    dominance: float = 1.0
    round: int = 1
    grid: float = 0.0
    complementary: bool = False
    allow_identical: bool = True
    epsilon: float | None = None
    delta: float = 0.0
    noise_mechanism: str | None = None
    budget: float | None = None
    bounds: tuple[tuple[str, float, float], ...] = ()

    @property
    def private(self) -> bool:
        """Whether what is told is differentially private."""
        return self.epsilon is not None

    @property
    def noisy(self) -> Rules:
        """Those that hold of figures with noise: no other may be asked of exact ones."""
        return Rules(self.min_size, round=self.round)

    @property
    def by_policy(self) -> bool:
        """Whether there is more to them than a minimum size."""
        return self != Rules(self.min_size)

    @property
    def by_extremes(self) -> bool:
        """Whether the least and greatest values of what is told have to be known."""
        return self.dominance < 1 or not self.allow_identical

    @property
    def by_members(self) -> bool:
        """Whether more has to be known of clusters than what they tell."""
        return self.by_extremes or self.entity_key is not None

    @property
    def rounds(self) -> bool:
        """Whether anything that is told is rounded."""
        return self.round > 1 or self.grid > 0

    @property
    def rules(self) -> Rules:
        """The rules alone, which is what goes to a worker."""
        return Rules(**{field.name: getattr(self, field.name) for field in fields(Rules)})

    def to_json(self) -> dict[str, Any]:
        """Return the rules by name, as JSON has them."""
        return asdict(self) | {"bounds": [list(bound) for bound in self.bounds]}


def stricter(policy: Rules, request: Rules) -> Rules:
    """Combine what a store asks for with what an aggregator does: of each rule the stricter.

    Parameters
    ----------
    policy : Rules
        The store's.
    request : Rules
        The aggregator's, which can ask for more, and never for less.

    Returns
    -------
    Rules
        Counts are multiples of both bases.

    Raises
    ------
    ParameterError
        If both name an entity, bounds or a noise, and not the same.

    Examples
    --------
    >>> strict = stricter(Rules(10, dominance=0.5, round=4), Rules(20, entity_key="id", round=6))
    >>> strict.min_size, strict.entity_key, strict.dominance, strict.round
    (20, 'id', 0.5, 12)
    """
    keys = {each.entity_key for each in (policy, request) if each.entity_key is not None}
    if len(keys) > 1:
        raise ParameterError(
            f"The release policy counts by {policy.entity_key!r}, and what is asked for by "
            f"{request.entity_key!r}. Ask for sizes by one column."
        )
    least = {
        name: min((v for v in _both(policy, request, name) if v is not None), default=None)
        for name in ("epsilon", "budget")
    }
    private = [each.delta for each in (policy, request) if each.private]
    return Rules(
        max(policy.min_size, request.min_size),
        next(iter(keys), None),
        min(policy.dominance, request.dominance),
        math.lcm(policy.round, request.round),
        max(policy.grid, request.grid),
        policy.complementary or request.complementary,
        policy.allow_identical and request.allow_identical,
        least["epsilon"],
        min(private, default=0.0),
        _same(policy, request, "noise_mechanism"),
        least["budget"],
        _same(policy, request, "bounds") or (),
    )


def _both(policy: Rules, request: Rules, name: str) -> tuple[Any, Any]:
    return getattr(policy, name), getattr(request, name)


def _same(policy: Rules, request: Rules, name: str) -> Any:
    """Return what both say, or the one that says anything."""
    one, other = _both(policy, request, name)
    if one and other and one != other:
        raise ParameterError(
            f"The release policy has {name.upper()} {one!r}, and what is asked for {other!r}. Of "
            "these none is stricter: ask for the policy's."
        )
    return one or other
