from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import pytest

from sparkfl.errors import CapabilityError
from sparkfl.models.types import ALL_TYPES, RELATION_TYPES
from sparkfl.serving import catalog
from sparkfl.serving.families import FAMILIES, family


class Model:
    """What the registry has loaded."""


@pytest.fixture(autouse=True)
def models(monkeypatch):
    found = SimpleNamespace(tracking_uri="here", load=lambda *_: Model())
    monkeypatch.setattr(catalog, "registry", lambda _: found)


def load(application="app", run="r", version=1, **remote):
    conf = SimpleNamespace(get={"spark.app.id": application}.get)
    session = SimpleNamespace(conf=conf, **remote)
    return catalog.load(session, SimpleNamespace(name="m", version=version, run_id=run))


def test_an_application_loads_a_version_once():
    first = load()
    assert load() is first
    assert load(run="another") is not first
    assert load(version=2) is not first
    assert load() is first


def test_sessions_of_spark_connect_hold_models_of_their_own():
    first = load(session_id="one")
    assert load(session_id="one") is first
    assert load(session_id="other") is not first


def test_nothing_is_kept_of_an_application_that_has_ended():
    model = weakref.ref(load("ended"))
    assert model() is not None
    load("next")
    gc.collect()
    assert model() is None


def test_the_models_used_last_are_kept():
    first, second = (weakref.ref(load("full", run)) for run in ("first", "second"))
    for run in range(catalog._KEPT - 2):
        load("full", str(run))
    load("full", "first")
    load("full", "one more")
    gc.collect()
    assert second() is None
    assert first() is not None


class Version:
    name, version, model_type = "fed.north", 3, "local_clustering"


def test_a_type_that_sql_does_not_know():
    with pytest.raises(CapabilityError) as error:
        family(Version)
    assert "'fed.north' is of type local_clustering" in str(error.value)
    assert "models:/fed.north/3" in str(error.value)


def test_every_type_has_a_family_that_predicts_and_evaluates():
    trained = {*ALL_TYPES, "federated_clustering"}
    assert FAMILIES.keys() == {*trained, "mlflow", "transform"}
    for name in trained:
        if name not in RELATION_TYPES:
            assert {"predict", "evaluate"} <= FAMILIES[name].capabilities.keys()
        assert FAMILIES[name].capabilities.keys() & {"predict", "rules"}
