"""The options of a release policy that make releases differentially private."""

from __future__ import annotations

from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.options.option import Option
from sparkfl.privacy.noise import MECHANISMS
from sparkfl.privacy.rules import Rules

__all__ = ["PRIVATE_OPTIONS", "check_private", "in_words"]

_DELTA = 1e-6
_LARGEST = 1e150
"""Its square is a number, too."""

PRIVATE_OPTIONS = (
    Option(
        "epsilon",
        float,
        doc="What a release may tell of any one entity: with it everything that leaves a store has "
        "noise, so that no outcome is more than about exp(epsilon) times as likely with the entity "
        "as without. 1 is strong, 10 is little. Needs BOUNDS.",
        above=0.0,
        maximum=20.0,
        key="EPSILON",
        flag="--epsilon",
    ),
    Option(
        "delta",
        float,
        doc="Chance that EPSILON does not hold, far less than one in all customers; 1e-6 by "
        "default with Gaussian noise, and 0 with Laplace.",
        minimum=0.0,
        maximum=0.001,
        key="DELTA",
        flag="--delta",
    ),
    Option(
        "noise_mechanism",
        str,
        doc="Distribution of the noise; 'gaussian' by default, which is less of it for many "
        "features and many releases; 'laplace' needs no DELTA.",
        choices=MECHANISMS,
        key="NOISE_MECHANISM",
        flag="--noise-mechanism",
    ),
    Option(
        "budget",
        float,
        doc="Epsilon of all releases of a store together, at DELTA; a training that would go "
        "beyond it is refused. Needs ACCOUNTANT_PATH, where it is kept what is spent.",
        above=0.0,
        key="BUDGET",
        flag="--budget",
    ),
    Option(
        "bounds",
        "mapping",
        doc="Least and greatest value of each feature, such as (total_orders BETWEEN 0 AND 100, "
        "avg_order_value BETWEEN 0 AND 1000). They are stated, and never taken from the rows; "
        "values beyond are taken for these, in the store.",
        key="BOUNDS",
        flag="--bounds",
    ),
)
"""They come together: none without EPSILON, and EPSILON with BOUNDS."""


def check_private(given: Any) -> dict[str, Any]:
    """Check a policy's options of differential privacy against each other.

    Parameters
    ----------
    given : object
        Has the options as attributes, each of them valid by itself.

    Returns
    -------
    dict of str to object
        The options as `Rules` has them.

    Raises
    ------
    ParameterError
        If they do not go together.

    Examples
    --------
    >>> from sparkfl.privacy.policy import ReleasePolicy
    >>> policy = ReleasePolicy(epsilon=1.0, bounds={"spend": (0, 500)})
    >>> policy.delta, policy.noise_mechanism, policy.bounds
    (1e-06, 'gaussian', (('spend', 0.0, 500.0),))
    >>> ReleasePolicy(epsilon=1.0)
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: A release policy with EPSILON needs BOUNDS, the least and \
greatest value of each feature, such as BOUNDS = (spend BETWEEN 0 AND 500). State what you know \
without looking at the rows: noise hides a customer only as far as its values are bounded.
    """
    if given.epsilon is None:
        alone = [o.key for o in PRIVATE_OPTIONS if getattr(given, o.param)]
        if alone:
            raise ParameterError(
                f"A release policy has {alone[0]}, and no EPSILON, without which it means nothing. "
                f"Give EPSILON too, or take back {', '.join(alone)} (= NULL)."
            )
        return {"delta": 0.0, "bounds": ()}
    mechanism = given.noise_mechanism or MECHANISMS[0]
    delta = given.delta
    if delta is None:
        delta = _DELTA if mechanism == "gaussian" else 0.0
    if mechanism == "gaussian" and delta == 0:
        raise ParameterError(
            "DELTA of a release policy is 0, and Gaussian noise has none that small: give DELTA = "
            "1e-6, or NOISE_MECHANISM = 'laplace'."
        )
    if given.budget is not None and given.budget < given.epsilon:
        raise ParameterError(
            f"BUDGET of a release policy is {given.budget:g}, less than EPSILON, {given.epsilon:g}:"
            " not even one release fits in it. Raise it, or lower EPSILON."
        )
    if not given.bounds:
        raise ParameterError(
            "A release policy with EPSILON needs BOUNDS, the least and greatest value of each "
            "feature, such as BOUNDS = (spend BETWEEN 0 AND 500). State what you know without "
            "looking at the rows: noise hides a customer only as far as its values are bounded."
        )
    bounds = tuple(_bound(name, pair) for name, pair in dict(given.bounds).items())
    return {"delta": delta, "noise_mechanism": mechanism, "bounds": bounds}


def _bound(name: str, pair: object) -> tuple[str, float, float]:
    """Read the bounds of a feature."""
    if isinstance(pair, list | tuple) and len(pair) == 2:
        numbers = [v for v in pair if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(numbers) == 2 and -_LARGEST <= numbers[0] < numbers[1] <= _LARGEST:
            return name, float(numbers[0]), float(numbers[1])
    shown = list(pair) if isinstance(pair, tuple) else pair
    raise ParameterError(
        f"BOUNDS of a release policy: those of {name!r} are {shown!r}; give two numbers, the "
        "least and the greatest, the second above the first, none beyond 1e150."
    )


def in_words(rules: Rules) -> str:
    """Say in words and numbers what holds of everything that is released with noise.

    Examples
    --------
    >>> private = Rules(10, "customer_id", round=5, epsilon=1.0, delta=1e-6,
    ...     noise_mechanism="gaussian", budget=4.0, bounds=(("spend", 0.0, 500.0),))
    >>> print(in_words(private))
    differentially private: epsilon 1, delta 1e-06 for each customer_id of each store, whatever \
its rows are (gaussian noise; spend within [0, 500]); all releases of a store together at most \
epsilon 4; of at least 10 different customer_id, as counted with noise; counts are multiples of 5
    """
    who = rules.entity_key or "row"
    within = ", ".join(f"{name} within [{low:g}, {high:g}]" for name, low, high in rules.bounds)
    said = [
        f"differentially private: epsilon {rules.epsilon:g}, delta {rules.delta:g} for each {who} "
        f"of each store, whatever its rows are ({rules.noise_mechanism} noise; {within})",
        "nothing limits the number of releases"
        if rules.budget is None
        else f"all releases of a store together at most epsilon {rules.budget:g}",
        f"of at least {rules.min_size} "
        + (f"different {who}" if rules.entity_key else "rows, taken for as many customers")
        + ", as counted with noise",
    ]
    if rules.round > 1:
        said.append(f"counts are multiples of {rules.round}")
    return "; ".join(said)
