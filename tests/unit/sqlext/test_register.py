"""CREATE beside another that is quicker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from centroid_model import Centroids
from mlflow.entities import Run

from sparkfl.errors import ModelExistsError
from sparkfl.registry import ModelRegistry, registration
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.statements.register import create
from sparkfl.sqlext.statements.statement import Row


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


def test_of_two_at_once_one_makes_the_model(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, start_run = Barrier(2), registration.start_run

    def start_together(*args: Any) -> Run:
        both.wait(timeout=60)
        return start_run(*args)

    monkeypatch.setattr(registration, "start_run", start_together)
    clauses = TrainingClauses(None, {}, Query("SELECT 1"))

    def attempt(centroid: float) -> list[Row] | ModelExistsError:
        trained = Trained(Centroids((centroid,)))
        try:
            return create(ModelRegistry(tracking_uri), "one", IfExists(), clauses, lambda: trained)
        except ModelExistsError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        made, refused = sorted(pool.map(attempt, [1.0, 2.0]), key=lambda it: type(it) is not list)
    assert isinstance(made, list)
    assert isinstance(refused, ModelExistsError)
    assert "Model 'one' exists, with latest version 1" in str(refused)
    assert [version.version for version in ModelRegistry(tracking_uri).versions("one")] == [1]
