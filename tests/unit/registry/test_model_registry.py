"""Versions, names, aliases and drops, on one database for the module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from centroid_model import Centroids, FederatedCentroids
from mlflow_address import mlflow_at

from sparkfl.errors import ModelExistsError, ModelNotFoundError, ParameterError
from sparkfl.registry import ModelRegistry

FRAME = pd.DataFrame({"x": [1.0, 9.0], "visits": [1, 2]}, index=[7, 3])


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def registry(home, mlflow_database):
    return ModelRegistry(mlflow_database(home), localModels=3)


def runs(registry, name):
    client = registry._catalog.client
    experiment = client.get_experiment_by_name("sparkfl").experiment_id
    return client.search_runs([experiment], f"tags.`sparkfl.model` = '{name}'")


def load(registry, uri):
    with mlflow_at(registry.tracking_uri):
        return mlflow.pyfunc.load_model(uri)


def test_everything_given_comes_back(registry):
    made = registry.register(
        "shops",
        Centroids(),
        source="SELECT * FROM t WHERE name = 'Zoë'",
        options={"NUM_CLUSTERS": 2, "SEED": 0},
        transform="vector_assembler(array(x)) features",
        created_by="ann",
        tags={"sparkfl.delta_version": "4"},
    )
    assert made == registry.get("shops")
    assert (made.name, made.version, made.model_type) == ("shops", 1, "kmeans")
    assert made.source == "SELECT * FROM t WHERE name = 'Zoë'"
    assert made.options == {"NUM_CLUSTERS": 2, "SEED": 0}
    assert made.transform == "vector_assembler(array(x)) features"
    assert made.fields == [("x", "double"), ("visits", "bigint")]
    assert made.created_by == "ann"
    assert made.tags["sparkfl.delta_version"] == "4"
    assert made.store is None


def test_run_holds_parameters_metrics_tables_and_versions(registry):
    stores = pd.DataFrame({"store": ["uk", "fr"], "silhouette": [0.5, float("nan")]})
    made = registry.register(
        "logged",
        Centroids(),
        options={"K": 2},
        params={"scaling": "store"},
        metrics={"rows": 10, "silhouette": 0.25},
        tables={"stores": stores},
    )
    (run,) = runs(registry, "logged")
    assert run.info.run_id == made.run_id
    assert run.info.status == "FINISHED"
    assert run.data.params == {"model_type": "kmeans", "K": "2", "scaling": "store"}
    assert run.data.metrics == {"rows": 10.0, "silhouette": 0.25}
    assert run.data.tags["sparkfl.version.mlflow"] == mlflow.__version__
    with mlflow_at(registry.tracking_uri):
        client, experiment = mlflow.MlflowClient(), run.info.experiment_id
        table = client.load_table(experiment, "tables/stores.json", [made.run_id])
    pd.testing.assert_frame_equal(table, stores)


def test_more_parameters_and_metrics_than_a_batch_holds(registry):
    params = {f"p{i}": i for i in range(150)}
    metrics = {f"m{i}": float(i) for i in range(250)}
    registry.register("wide", Centroids(), params=params, metrics=metrics)
    (run,) = runs(registry, "wide")
    assert run.data.metrics == metrics
    assert len(run.data.params) == 151


def test_pyfunc_scores_by_version_and_alias_as_the_model_does(registry):
    registry.register("scored", Centroids((0.0, 10.0)))
    registry.register("scored", Centroids((9.0, 10.0, 1.0)), if_exists="new_version")
    registry.set_alias("scored", "champion", 1)
    for uri, model in {
        "models:/scored/2": Centroids((9.0, 10.0, 1.0)),
        "models:/scored@champion": Centroids((0.0, 10.0)),
    }.items():
        pd.testing.assert_frame_equal(load(registry, uri).predict(FRAME), model.predict(FRAME))
    schema = load(registry, "models:/scored/1").metadata.get_input_schema()
    assert schema.to_dict() == [
        {"type": "any", "name": "x", "required": True},
        {"type": "any", "name": "visits", "required": True},
    ]


def test_an_existing_model_is_refused_versioned_or_replaced(registry):
    registry.register("again", Centroids())
    with pytest.raises(ModelExistsError, match=r"'again' exists.*OR REPLACE"):
        registry.register("again", Centroids())
    assert registry.register("again", Centroids(), if_exists="new_version").version == 2
    assert registry.register("again", Centroids(), if_exists="replace").version == 3
    replaced = [v.tags.get("sparkfl.replaced_by") for v in registry.versions("again")]
    assert replaced == [None, "3", None]
    assert len(runs(registry, "again")) == 3


def test_numbers_are_not_reused_after_drops(registry):
    for _ in range(3):
        registry.register("dropped", Centroids(), if_exists="new_version")
    first = registry.get("dropped").model_id
    registry.drop("dropped", 3)
    assert [v.version for v in registry.versions("dropped")] == [1, 2]
    assert registry.register("dropped", Centroids(), if_exists="new_version").version == 4
    registry.drop("dropped")
    assert not registry.exists("dropped")
    assert "dropped" not in [v.name for v in registry.models()]
    with pytest.raises(ModelNotFoundError):
        registry.versions("dropped")
    with pytest.raises(ModelNotFoundError):
        registry.drop("dropped")
    revived = registry.register("dropped", Centroids())
    assert revived.version == 5
    assert revived.model_id != first
    assert registry.models()[0].created <= registry.models()[0].updated


def test_dropping_an_aliased_version_drops_the_alias(registry):
    registry.register("aliased", Centroids())
    registry.register("aliased", Centroids(), if_exists="new_version")
    registry.set_alias("aliased", "champion", 1)
    assert registry.get("aliased", "@champion").version == 1
    registry.drop("aliased", "champion")
    with pytest.raises(
        ModelNotFoundError, match=r"no version 'champion'.*versions: 2; aliases: none"
    ):
        registry.get("aliased", "champion")


def test_names_are_found_in_any_case_the_exact_one_first(registry):
    registry.register("MixedCase", Centroids())
    assert registry.get("mixedcase", 1).name == "MixedCase"
    assert registry.exists("MIXEDCASE")
    assert registry.register("mixedCASE", Centroids(), if_exists="new_version").name == "MixedCase"
    assert not registry.exists("mixed_ase")


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a'b", "a@b", " a", "a ", "..", "a" * 201, "%"])
def test_names_that_mlflow_or_a_uri_cannot_carry(registry, name):
    with pytest.raises(ParameterError, match="cannot name a model"):
        registry.register(name, Centroids())
    assert not registry.exists(name)


@pytest.mark.parametrize("name", ["Zoë", "with blank", "a.b-c_d", "1"])
def test_names_that_are_fine(registry, name):
    registry.register(name, Centroids())
    assert load(registry, f"models:/{name}/1").predict(FRAME).prediction.tolist() == [0, 1]


def test_what_is_not_there_is_answered_with_what_is(registry):
    registry.register("anomaly_global", Centroids())
    with pytest.raises(ModelNotFoundError, match=r"no model 'anomoly_global'.*'anomaly_global'"):
        registry.get("anomoly_global")
    with pytest.raises(ModelNotFoundError, match=r"no version 9. Its versions: 1"):
        registry.get("anomaly_global", 9)


@pytest.mark.parametrize("alias", ["", "latest", "v3", "3", "a b"])
def test_aliases_that_could_be_versions(registry, alias):
    with pytest.raises(ParameterError, match="cannot be an alias"):
        registry.set_alias("shops", alias, 1)


def test_local_models_are_models_that_are_not_listed(registry):
    locals_ = {"uk": Centroids((1.0, 5.0)), "a/b": Centroids((9.0,))}
    model = FederatedCentroids(locals=locals_)
    registry.register("fed", model)
    made = registry.register("fed", model, if_exists="new_version")
    listed = [v.name for v in registry.models()]
    assert "fed" in listed
    assert not [name for name in listed if name.startswith("fed.")]
    uk = registry.get("fed.uk")
    assert (uk.version, uk.store, uk.model_type) == (2, "uk", "kmeans")
    assert uk.tags["sparkfl.parent"] == "fed"
    assert uk.tags["sparkfl.parent_version"] == str(made.version)
    scored = load(registry, "models:/fed.uk/2").predict(FRAME)
    pd.testing.assert_frame_equal(scored, locals_["uk"].predict(FRAME))
    with pytest.raises(ModelExistsError, match="local model of store 'uk' of model 'fed'"):
        registry.register("fed.uk", Centroids(), if_exists="replace")
    registry.drop("fed", 2)
    assert [v.version for v in registry.versions("fed.uk")] == [1]
    registry.drop("fed")
    assert not registry.exists("fed.uk")


def test_above_the_limit_no_local_model_is_registered(registry, caplog):
    caplog.set_level("INFO")
    registry.register("many", FederatedCentroids(locals={f"s{i}": Centroids() for i in range(4)}))
    assert "4 local models of 'many' are not registered one by one" in caplog.text
    assert not registry.exists("many.s0")


def test_a_local_model_never_takes_over_another_model(registry):
    registry.register("taken.uk", Centroids())
    registry.register("Taken.FR.x", Centroids())
    locals_ = {store: Centroids() for store in ("fr", "fr.x", "uk")}
    for version in (1, 2):
        registry.register("taken", FederatedCentroids(locals=locals_), if_exists="new_version")
        names = {
            store: registry.get(name)
            for store, name in {
                "fr": "taken.fr",
                "fr.x": "taken.fr.x-17111306",
                "uk": "taken.uk-83116acf",
            }.items()
        }
        assert {s: (v.store, v.version) for s, v in names.items()} == {
            s: (s, version) for s in names
        }
    assert registry.get("taken.uk").store is None
    assert registry.get("taken.fr.x").name == "Taken.FR.x"


def test_models_of_others_are_left_alone(registry):
    client = registry._catalog.client
    client.create_registered_model("foreign")
    client.create_model_version("foreign", "/nowhere", await_creation_for=0)
    assert "foreign" not in [v.name for v in registry.models()]
    with pytest.raises(ModelNotFoundError, match="not by sparkfl"):
        registry.get("foreign")
    with pytest.raises(ModelExistsError, match="not by sparkfl"):
        registry.register("foreign", Centroids(), if_exists="new_version")


def test_a_failure_leaves_nothing(registry):
    class Broken(Centroids):
        def write(self, directory):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        registry.register("broken", Broken())
    with pytest.raises(ValueError, match="could not convert"):
        registry.register("broken", Centroids(), metrics={"silhouette": "high"})
    assert not registry.exists("broken")
    assert runs(registry, "broken") == []


def test_path_is_the_written_directory_itself(registry, home):
    registry.register("located", Centroids())
    path = registry.path("located")
    assert sorted(p.name for p in path.iterdir()) == ["centres.json"]
    assert path.is_relative_to(home / "artifacts")
    (path / "centres.json").unlink()
    path.rmdir()
    with pytest.raises(ModelNotFoundError, match="train the model again"):
        registry.path("located")


def test_another_directory_finds_the_files_of_a_relative_database_that_was_new(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    made = ModelRegistry("sqlite:///new/mlflow.db")
    made.register("m", Centroids())
    path = made.path("m")
    monkeypatch.chdir("/")
    assert ModelRegistry(f"sqlite:///{tmp_path}/new/mlflow.db").path("m") == path
    assert path.is_relative_to(tmp_path / "new")


def test_mlflow_own_setting_is_the_default_and_stays(registry):
    with mlflow_at(registry.tracking_uri):
        assert ModelRegistry().tracking_uri == registry.tracking_uri


def test_a_definition_too_long_for_a_tag(registry):
    with pytest.raises(ParameterError, match="source of the model has 100001"):
        registry.register("long", Centroids(), source="x" * 100_001)
    assert not registry.exists("long")


def test_a_deleted_experiment_is_named(registry):
    client = registry._catalog.client
    client.delete_experiment(client.create_experiment("gone"))
    with pytest.raises(ParameterError, match=r"'gone' is deleted.*restore"):
        ModelRegistry(registry.tracking_uri, experiment="gone").register("m", Centroids())


def test_importing_the_registry_imports_no_mlflow():
    code = "import sys, sparkfl.registry; sys.exit('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path.cwd(), env=os.environ, check=False)
    assert done.returncode == 0
