"""CREATE beside another that is quicker."""

from __future__ import annotations

import pytest
from centroid_model import Centroids

from sparkfl.errors import ModelExistsError
from sparkfl.registry import ModelRegistry
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.statements.register import create


def test_if_not_exists_gives_the_model_of_who_was_quicker(tracking_uri: str) -> None:
    models = ModelRegistry(tracking_uri)

    def train() -> Trained:
        if not models.exists("shared"):
            models.register("shared", Centroids((1.0,)))
        return Trained(Centroids((2.0,)))

    clauses = TrainingClauses(None, {}, Query("SELECT 1"))
    (row,) = create(models, "shared", IfExists(ignore=True), clauses, train)
    assert row[1:] == ("shared", 1)
    assert [version.version for version in models.versions("shared")] == [1]
    models.drop("shared")
    with pytest.raises(ModelExistsError):
        create(models, "shared", IfExists(), clauses, train)
