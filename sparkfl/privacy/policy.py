"""A release policy: the rules of a gate as a store states them, each an option with its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.options.option import Option
from sparkfl.options.resolve import resolve, unknown
from sparkfl.privacy.private_options import PRIVATE_OPTIONS, check_private, in_words
from sparkfl.privacy.rules import Rules
from sparkfl.privacy.screen import SMALLEST_MINIMUM

__all__ = ["POLICY_OPTIONS", "ReleasePolicy", "guarantee"]

POLICY_OPTIONS = (
    Option(
        "entity_key",
        "column",
        doc="Column that names whom a row is about. Sizes count its values: ten rows of one "
        "customer are one, rows without a value are one together. Without it every row counts, "
        "which protects customers only if each has one row.",
        key="ENTITY_KEY",
        flag="--entity-key",
    ),
    Option(
        "min_size",
        int,
        10,
        "Fewest entities that anything is told of: 10 is the rule of the ONS, UK LLC and ABS. Of "
        "two, each could work out the other.",
        minimum=SMALLEST_MINIMUM,
        key="MIN_SIZE",
        flag="--min-size",
    ),
    Option(
        "dominance",
        float,
        0.5,
        "Largest share of one entity in the rows of what is told, and in each of its sums of "
        "squares. What one dominates gives that one away, nearly; 1 allows it.",
        above=0.0,
        maximum=1.0,
        key="DOMINANCE",
        flag="--dominance",
    ),
    Option(
        "round",
        int,
        5,
        "Counts are told as multiples of it, so that the difference of two does not count one "
        "person; 1 tells them as they are.",
        minimum=1,
        maximum=100,
        key="ROUND",
        flag="--round",
    ),
    Option(
        "grid",
        float,
        0.01,
        "Means and deviations are told as multiples of it, in standard deviations: the difference "
        "of two sums of n customers is then off by about n times it; 0 tells them as they are.",
        minimum=0.0,
        maximum=1.0,
        key="GRID",
        flag="--grid",
    ),
    Option(
        "complementary",
        bool,
        True,
        "Whether counts are withheld from which a withheld one follows: how many rows were in "
        "clusters too small, and the counts of stores too small.",
        key="COMPLEMENTARY",
        flag="--complementary",
    ),
    Option(
        "allow_identical",
        bool,
        False,
        "Whether a cluster may be told whose rows are all equal: its mean is every one of them, "
        "however many they are.",
        key="ALLOW_IDENTICAL",
        flag="--allow-identical",
    ),
    *PRIVATE_OPTIONS,
)
"""The options of CREATE RELEASE POLICY … WITH."""


@dataclass(frozen=True)
class ReleasePolicy(Rules):
    """What a store asks of everything that it releases.

    Parameters
    ----------
    min_size : int, default 10
        Fewest entities that anything is told of, at least 3.
    entity_key : str, optional
        Column that names whom a row is about; without it rows are entities.
    dominance : float, default 0.5
        Largest share of one entity in the rows and in the sums of squares of what is told, in
        (0, 1]; see `sparkfl.privacy.dominance`.
    round : int, default 5
        Counts are multiples of it, 1 to 100.
    grid : float, default 0.01
        Means and deviations are multiples of it, in standard deviations, 0 to 1.
    complementary : bool, default True
        Whether counts are withheld from which a withheld one follows.
    allow_identical : bool, default False
        Whether clusters of equal rows may be told.
    epsilon : float, optional
        With it a release is differentially private, see `sparkfl.privacy.noise`: what it tells of
        any one entity is bounded, whatever else is known. The rules of dominance and of equal rows
        do not apply then, as they would have to look at exact figures.
    delta : float, optional
        By default 1e-6 with Gaussian noise, and 0 with Laplace.
    noise_mechanism : {'gaussian', 'laplace'}, optional
        By default Gaussian, where there is an epsilon.
    budget : float, optional
        Epsilon of all releases of a store together; without it nothing limits their number.
    bounds : mapping of str to (float, float), optional
        Least and greatest value of each feature; needed with an epsilon.

    Raises
    ------
    ParameterError
        If one is not valid, or there is none of its name.

    Examples
    --------
    >>> ReleasePolicy(entity_key="customer_id").min_size
    10
    >>> ReleasePolicy(min_size=2)
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: MIN_SIZE of a release policy must be an integer of at least 3; \
got 2.
    """

    min_size: int = 10
    entity_key: str | None = None
    dominance: float = 0.5
    round: int = 5
    grid: float = 0.01
    complementary: bool = True
    allow_identical: bool = False
    delta: float | None = None  # type: ignore[assignment]  # known when all options are
    bounds: Any = ()

    def __new__(cls, *_args: object, **options: object) -> ReleasePolicy:
        """Refuse an option that there is none of, before Python does in its own words."""
        known = [option.param for option in POLICY_OPTIONS]
        for name in options:
            if name not in known:
                raise ParameterError(unknown(name, known, "A release policy"))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        if isinstance(self.bounds, tuple | list):
            stated = {name: (low, high) for name, low, high in self.bounds} or None
            object.__setattr__(self, "bounds", stated)
        for option in POLICY_OPTIONS:
            given = getattr(self, option.param)
            if given is not None or option.default is not None:
                value = option.check(given, f"{option.key} of a release policy")
                object.__setattr__(self, option.param, value)
        for name, value in check_private(self).items():
            object.__setattr__(self, name, value)

    @classmethod
    def of_options(cls, given: Mapping[str, object]) -> ReleasePolicy:
        """Return the policy that options by their SQL keys describe; the others are defaults.

        Raises
        ------
        ParameterError
            If a key is unknown or a value not valid.

        Examples
        --------
        >>> ReleasePolicy.of_options({"MIN_SIZE": 20, "Grid": 0}).min_size
        20
        """
        return cls(**resolve(given, POLICY_OPTIONS, "A release policy"))

    @classmethod
    def of_json(cls, content: Mapping[str, Any] | str) -> ReleasePolicy:
        """Read what `to_json` returned, or its text; keys may be the SQL keys, in any case.

        Raises
        ------
        ParameterError
            If it is no policy.

        Examples
        --------
        >>> ReleasePolicy.of_json('{"MIN_SIZE": 20}').min_size
        20
        >>> ReleasePolicy.of_json({"min_siz": 20})
        Traceback (most recent call last):
        sparkfl.errors.ParameterError: A release policy has no option min_siz; did you mean \
MIN_SIZE? Its options: ...
        """
        try:
            read = json.loads(content) if isinstance(content, str) else content
        except ValueError as error:
            raise ParameterError(f"{content!r} is no release policy: {error}.") from error
        if not isinstance(read, Mapping):
            raise ParameterError(
                f"{read!r} is no release policy; give a mapping of its options, or its JSON."
            )
        given: dict[str, Any] = {}
        for key, value in read.items():
            option = next((o for o in POLICY_OPTIONS if o.named_in([str(key)])), None)
            if option is None:
                keys = [o.key for o in POLICY_OPTIONS]
                raise ParameterError(unknown(str(key), keys, "A release policy"))
            if option.param in given:
                raise ParameterError(f"A release policy states {option.key} twice.")
            given[option.param] = value
        return cls(**given)

    def changed(self, given: Mapping[str, object]) -> ReleasePolicy:
        """Return the policy with other values of some options, by their SQL keys.

        None takes one back to its default.

        Examples
        --------
        >>> ReleasePolicy(min_size=20, grid=0.5).changed({"MIN_SIZE": 30, "GRID": None}).grid
        0.01
        """
        values = {key: value for key, value in given.items() if value is not None}
        new = resolve(values, POLICY_OPTIONS, "A release policy")
        defaults = [key for key in given if key not in values]
        known = [key for key in defaults if any(o.named_in([key]) for o in POLICY_OPTIONS)]
        resolve(dict.fromkeys(set(defaults) - set(known)), POLICY_OPTIONS, "A release policy")
        kept = {
            o.param: new[o.param] if o.named_in(values) else getattr(self, o.param)
            for o in POLICY_OPTIONS
            if not o.named_in(defaults)
        }
        return ReleasePolicy(**kept)

    def to_json(self) -> dict[str, Any]:
        """Return the options by name; those of differential privacy only where it is asked for."""
        content = super().to_json()
        if self.epsilon is None:
            return {k: v for k, v in content.items() if k not in _PRIVATE}
        return content | {"bounds": {name: [low, high] for name, low, high in self.bounds}}


_PRIVATE = {option.param for option in PRIVATE_OPTIONS}


def guarantee(rules: Rules) -> str:
    """Say in words what holds of everything that is released.

    Examples
    --------
    >>> print(guarantee(Rules(10)))
    of at least 10 rows, taken for as many customers: no entity key is named
    >>> print(guarantee(ReleasePolicy(entity_key="customer_id")))
    of at least 10 different customer_id, none with more than 50% of the rows or of a sum of \
squares; counts are multiples of 5; means and deviations are multiples of 0.01 standard \
deviations; no small count follows from another; no cluster of equal rows
    """
    if rules.private:
        return in_words(rules)
    who = (
        f"of at least {rules.min_size} different {rules.entity_key}"
        if rules.entity_key
        else f"of at least {rules.min_size} rows, taken for as many customers: no entity key is "
        "named"
    )
    if rules.dominance < 1:
        who += f", none with more than {rules.dominance:.0%} of the rows or of a sum of squares"
    others = [
        (rules.round > 1, f"counts are multiples of {rules.round}"),
        (
            rules.grid > 0,
            f"means and deviations are multiples of {rules.grid:g} standard deviations",
        ),
        (rules.complementary, "no small count follows from another"),
        (not rules.allow_identical, "no cluster of equal rows"),
    ]
    return "; ".join([who, *(said for holds, said in others if holds)])
