"""What a private training does by default, and what a call of `ml_train_with_privacy` means."""

from __future__ import annotations

import json

import pytest

from sparkfl.errors import ParameterError
from sparkfl.federation.inputs import Inputs
from sparkfl.federation.private import private_fit, private_params
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.serving.federated import federated_estimator
from sparkfl.serving.private import asked_policy, private_options

POLICY = ReleasePolicy(epsilon=1.0, bounds={"x": (0, 5)})
OPTIONS = {"MODEL_TYPE": "kmeans", "RELEASE_POLICY": json.dumps(POLICY.to_json())}
INPUTS = Inputs.of_numbers("store", "string", ["x"])


def test_options_that_are_left_out_are_not_set() -> None:
    """A default of OPTIONS is no wish: 'error' would be refused."""
    params = private_params(federated_estimator("store", ["x"], OPTIONS), INPUTS)
    assert (params.getAlgorithm(), params.getHandleInvalid()) == ("kmeans", "skip")
    fit = private_fit(params, INPUTS, POLICY.rules)
    assert (fit.k, fit.bounds.high.tolist(), fit.rules.epsilon) == (None, [5.0], 1.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"MODEL_TYPE": "bisecting_kmeans"}, "makes clusters of exact rows"),
        ({"HANDLE_INVALID": "error"}, "an error would tell"),
        ({"SCALING": "store"}, "scaling is 'store'"),
        ({"GUARD_PATH": "/p"}, "the guard would tell"),
        ({"CHECKPOINT_DIR": "/p"}, "drawn again"),
    ],
)
def test_what_needs_exact_figures_is_refused(options: dict[str, object], said: str) -> None:
    estimator = federated_estimator("store", ["x"], OPTIONS | options)
    with pytest.raises(ParameterError, match=said):
        private_params(estimator, INPUTS)


def test_a_call_describes_a_policy() -> None:
    given = {"privacy_budget": 0.5, "noise_mechanism": "laplace", "bounds": {"x": (0, 5)}}
    policy = asked_policy(None, given, None)  # type: ignore[arg-type]
    assert (policy.epsilon, policy.delta, policy.noise_mechanism) == (0.5, 0.0, "laplace")
    with pytest.raises(ParameterError, match="needs privacy_budget"):
        asked_policy(None, {}, None)  # type: ignore[arg-type]


def test_parameters_are_options_but_for_the_policy() -> None:
    options = private_options(POLICY, {"k": 4})
    assert federated_estimator("store", ["x"], options).getK() == 4
    with pytest.raises(ParameterError, match="give release_policy"):
        private_options(POLICY, {"release_policy": "other"})
