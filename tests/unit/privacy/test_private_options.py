"""The options of differential privacy come together, and say what is wrong with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.errors import ParameterError
from sparkfl.privacy.bounds import Bounds
from sparkfl.privacy.policy import ReleasePolicy, guarantee
from sparkfl.privacy.rules import Rules, stricter

SPEND = {"spend": (0, 500)}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"epsilon": 0, "bounds": SPEND}, "EPSILON .* above 0 and at most 20; got 0"),
        ({"epsilon": float("nan"), "bounds": SPEND}, "EPSILON .* got nan"),
        ({"epsilon": 1.0}, "needs BOUNDS"),
        ({"epsilon": 1.0, "bounds": {}}, "needs BOUNDS"),
        ({"epsilon": 1.0, "bounds": {"a": (1, 1)}}, r"those of 'a' are \[1, 1\]"),
        ({"epsilon": 1.0, "bounds": {"a": (0, float("inf"))}}, "those of 'a'"),
        ({"epsilon": 1.0, "bounds": {"a": (False, True)}}, "those of 'a'"),
        ({"epsilon": 1.0, "bounds": SPEND, "delta": 0.1}, "DELTA .* 0 to 0.001; got 0.1"),
        ({"epsilon": 1.0, "bounds": SPEND, "delta": 0}, "NOISE_MECHANISM = 'laplace'"),
        ({"epsilon": 1.0, "bounds": SPEND, "budget": 0.5}, "not even one release fits"),
        ({"epsilon": 1.0, "bounds": SPEND, "noise_mechanism": "cauchy"}, "gaussian, laplace"),
        ({"bounds": SPEND}, "has BOUNDS, and no EPSILON"),
        ({"budget": 3.0, "noise_mechanism": "laplace"}, "take back NOISE_MECHANISM, BUDGET"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        ReleasePolicy(**given)  # type: ignore[arg-type]


def test_defaults_are_those_of_the_mechanism() -> None:
    gaussian = ReleasePolicy(epsilon=1.0, bounds=SPEND)
    laplace = ReleasePolicy(epsilon=1.0, bounds=SPEND, noise_mechanism="LAPLACE")
    assert (gaussian.noise_mechanism, gaussian.delta) == ("gaussian", 1e-6)
    assert (laplace.noise_mechanism, laplace.delta) == ("laplace", 0.0)


@pytest.mark.parametrize("policy", [ReleasePolicy(), ReleasePolicy(epsilon=2.0, bounds=SPEND)])
def test_a_policy_is_read_from_what_it_writes(policy: ReleasePolicy) -> None:
    assert ReleasePolicy.of_json(policy.to_json()) == policy
    assert policy.changed({}) == policy
    assert hash(policy.rules) == hash(ReleasePolicy.of_json(policy.to_json()).rules)


def test_a_policy_without_epsilon_is_written_as_ever() -> None:
    """What is stored today is read by the version before."""
    assert not {"epsilon", "bounds", "delta"} & ReleasePolicy().to_json().keys()


def test_options_change_one_by_one_and_go_together() -> None:
    policy = ReleasePolicy(epsilon=2.0, bounds=SPEND, budget=4.0)
    assert policy.changed({"Epsilon": 1}).bounds == policy.bounds
    with pytest.raises(ParameterError, match="no EPSILON"):
        policy.changed({"EPSILON": None})
    every = dict.fromkeys(("EPSILON", "DELTA", "NOISE_MECHANISM", "BUDGET", "BOUNDS"))
    assert policy.changed(every) == ReleasePolicy()


private = st.builds(
    Rules,
    st.just(10),
    epsilon=st.floats(0.1, 10),
    delta=st.sampled_from([1e-6, 1e-9]),
    noise_mechanism=st.just("gaussian"),
    budget=st.none() | st.floats(10, 20),
    bounds=st.just((("spend", 0.0, 500.0),)),
)


@given(private, private | st.just(Rules(10)))
def test_an_aggregator_can_ask_for_less_epsilon_only(policy: Rules, request: Rules) -> None:
    both = stricter(policy, request)
    assert both == stricter(request, policy)
    assert both.epsilon is not None
    for one in (policy, request):
        assert one.epsilon is None or (both.epsilon <= one.epsilon and both.delta <= one.delta)
        assert one.budget is None or (both.budget or np.inf) <= one.budget


def test_bounds_of_two_are_not_mixed() -> None:
    other = ReleasePolicy(epsilon=1.0, bounds={"spend": (0, 900)})
    with pytest.raises(ParameterError, match="BOUNDS"):
        stricter(ReleasePolicy(epsilon=1.0, bounds=SPEND), other)


def test_bounds_are_of_features_by_name() -> None:
    rules = ReleasePolicy(epsilon=1.0, bounds={"Spend": (0, np.expm1(4.0)), "visits": (-2, 8)})
    bounds = Bounds.of_rules(rules, ["visits", "spend"], ["spend"])
    np.testing.assert_allclose(bounds.low, [-2, 0])
    np.testing.assert_allclose(bounds.high, [8, 4])
    with pytest.raises(ParameterError, match=r"none of 'age'"):
        Bounds.of_rules(rules, ["age", "visits"])


@pytest.mark.parametrize("pair", [(0, 5e-324), (1e149, 1.000000000000001e149)])
def test_bounds_that_are_one_are_refused(pair: tuple[float, float]) -> None:
    rules = ReleasePolicy(epsilon=1.0, bounds={"a": pair})
    with pytest.raises(ParameterError, match="Widen them"):
        Bounds.of_rules(rules, ["a"], ["a"])


@given(st.lists(st.floats(), min_size=1, max_size=5))
def test_nothing_is_beyond_the_bounds(values: list[float]) -> None:
    bounds = Bounds(np.array([-1e300]), np.array([1e300]))
    assert (np.abs(bounds.scaled(np.array(values)[:, None])) <= 1).all()
    assert (
        np.abs(Bounds(np.array([3.0]), np.array([3.1])).scaled(np.array([values]).T)) <= 1
    ).all()


def test_the_guarantee_has_its_numbers() -> None:
    policy = ReleasePolicy(epsilon=0.5, budget=3.0, bounds=SPEND, entity_key="customer_id")
    said = guarantee(policy)
    for part in ("epsilon 0.5", "delta 1e-06", "customer_id", "at most epsilon 3", "[0, 500]"):
        assert part in said
