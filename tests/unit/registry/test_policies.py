"""Release policies beside the models of a registry: one of each name, replaced at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from centroid_model import Centroids

from sparkfl.errors import ParameterError, PolicyExistsError, PolicyNotFoundError
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.registry import ModelRegistry


@pytest.fixture(scope="module")
def registry(tmp_path_factory, mlflow_database):
    return ModelRegistry(mlflow_database(tmp_path_factory.mktemp("policies")))


def test_a_policy_comes_back_as_it_went_in(registry):
    policy = ReleasePolicy(entity_key="Kunde `ü`.id", min_size=12, grid=0.125)
    registry.create_policy("de.sales.careful", policy.to_json())
    found = registry.policy("DE.sales.Careful")
    assert (found.name, ReleasePolicy.of_json(found.content)) == ("de.sales.careful", policy)
    assert found.created <= found.updated
    with pytest.raises(PolicyNotFoundError, match=r"'careful'.*which has 'de\.sales\.careful'"):
        registry.policy("careful")
    with pytest.raises(ParameterError, match="cannot name a release policy"):
        registry.create_policy("a/b", policy.to_json())


def test_a_policy_and_a_model_may_share_a_name(registry):
    registry.create_policy("shops", ReleasePolicy().to_json())
    assert not registry.exists("shops")
    registry.register("shops", Centroids())
    registry.drop("shops")
    assert [model.name for model in registry.models()] == []
    assert "shops" in [policy.name for policy in registry.policies()]
    registry.drop_policy("SHOPS")
    with pytest.raises(PolicyNotFoundError):
        registry.drop_policy("shops")


def test_of_many_that_make_a_policy_at_once_one_does(registry):
    def make(size: int) -> bool:
        try:
            registry.create_policy("raced", ReleasePolicy(min_size=size).to_json())
        except PolicyExistsError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(10, 18)))
    assert made.count(True) == 1
    kept = registry.policy("raced").content["min_size"]
    assert kept == 10 + made.index(True)
    replaced = registry.create_policy("Raced", ReleasePolicy(min_size=40).to_json(), replace=True)
    assert (replaced.name, replaced.content["min_size"]) == ("raced", 40)
