"""How far the global model moves without each store, against the model without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from stores_apart import apart, customers

from sparkfl.federation.data import FederationData
from sparkfl.federation.influence import influence
from sparkfl.federation.without import without_stores


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> FederationData:
    rows = {"north": customers(1), "south": customers(2), "odd": customers(3, 90, 70.0)}
    return (
        apart(tmp_path_factory.mktemp("influence"), rows, {"scaling": "none"}).round().standing.data
    )


def test_it_is_the_distance_to_the_model_without_the_store(data: FederationData) -> None:
    found = {each.store: each for each in influence(data)}
    assert list(found) == ["north", "odd", "south"]
    for store, told in found.items():
        without = without_stores(data, [store]).clusters
        nearest = cdist(data.clusters.mean, without.mean).min(axis=1)
        assert told.max_shift == pytest.approx(nearest.max())
        assert told.mean_shift == pytest.approx(np.average(nearest, weights=data.clusters.n))
        assert (told.rows, told.share) == (60 + 30 * (store == "odd"), told.rows / 210)
    assert max(found.values(), key=lambda each: each.mean_shift).store == "odd"


def test_without_the_only_store_there_is_no_model(tmp_path: Path) -> None:
    alone = apart(tmp_path, {"north": customers(1)}, {"scaling": "none"}).round().standing.data
    ((store, rows, share, mean, largest),) = influence(alone)
    assert (store, rows, share, mean, largest) == ("north", 60, 1.0, None, None)
