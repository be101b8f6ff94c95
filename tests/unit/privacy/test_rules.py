"""An aggregator can ask for more than a store's policy, never for less."""

from __future__ import annotations

import json
import pickle
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.errors import ParameterError
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.privacy.rules import Rules, stricter

rules = st.builds(
    Rules,
    st.integers(3, 50),
    st.none() | st.just("id"),
    st.floats(0.1, 1.0),
    st.integers(1, 12),
    st.floats(0, 1),
    st.booleans(),
    st.booleans(),
)


@given(rules, rules)
def test_of_each_rule_the_stricter_counts(policy: Rules, request: Rules) -> None:
    both = stricter(policy, request)
    assert both == stricter(request, policy)
    assert stricter(both, policy) == both
    for one in (policy, request):
        assert both.min_size >= one.min_size
        assert both.dominance <= one.dominance
        assert both.round % one.round == 0
        assert both.grid >= one.grid
        assert both.complementary >= one.complementary
        assert both.allow_identical <= one.allow_identical
        assert both.entity_key == one.entity_key or one.entity_key is None


def test_two_keys_do_not_go_together() -> None:
    with pytest.raises(ParameterError, match=r"counts by 'id'.*asked for by 'household'"):
        stricter(Rules(10, "id"), Rules(10, "household"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"min_siz": 20}, "no option min_siz; did you mean MIN_SIZE?"),
        ('{"min_siz": 20}', "no option min_siz; did you mean MIN_SIZE?"),
        ({"quux": 1}, "no option quux. Its options: ALLOW_IDENTICAL, "),
        ({"MIN_SIZE": 20, "min_size": 20}, "states MIN_SIZE twice"),
        (
            {"min_size": None},
            "release policy must be an integer of at least 3; got None.",
        ),
        (
            {"min_size": "x"},
            "release policy must be an integer of at least 3; got 'x'.",
        ),
        ("[1]", "is no release policy"),
        ("{", "is no release policy"),
    ],
)
def test_what_is_no_policy(content, says) -> None:
    with pytest.raises(ParameterError, match=re.escape(says)):
        ReleasePolicy.of_json(content)


@pytest.mark.parametrize("key", ["min_size", "MIN_SIZE", "Min_Size", "minSize"])
def test_keys_of_a_policy_are_read_in_any_case(key) -> None:
    expected = ReleasePolicy(min_size=20)
    assert ReleasePolicy.of_json({key: 20, "ENTITY_KEY": None}) == expected
    assert ReleasePolicy.of_json(json.dumps({key: 20})) == expected
    assert ReleasePolicy.of_json(expected.to_json()) == expected
    assert ReleasePolicy.of_json(expected.rules.to_json()) == expected
    assert pickle.loads(pickle.dumps(expected)) == replace(expected) == expected
