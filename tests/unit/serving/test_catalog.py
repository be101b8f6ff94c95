from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import pytest

from sparkfl.errors import CapabilityError
from sparkfl.models.types import MODEL_TYPES
from sparkfl.serving import catalog
from sparkfl.serving.families import FAMILIES, family


class Context:
    """A SparkContext, running until `_jsc` is gone."""

    _jsc: object = "running"


class Model:
    """What the registry has loaded."""


@pytest.fixture(autouse=True)
def models(monkeypatch):
    found = SimpleNamespace(tracking_uri="here", load=lambda *_: Model())
    monkeypatch.setattr(catalog, "registry", lambda _: found)


def load(context, run="r", version=1):
    asked = SimpleNamespace(name="m", version=version, run_id=run)
    return catalog.load(SimpleNamespace(sparkContext=context), asked)


def test_an_application_loads_a_version_once():
    context, other = Context(), Context()
    assert load(context) is load(context)
    assert load(context) is not load(context, "another run")
    assert load(context) is not load(context, version=2)
    assert load(context) is not load(other)


@pytest.mark.parametrize("forgotten", [True, False])
def test_nothing_is_kept_of_an_application_that_has_ended(forgotten):
    context = Context()
    model = weakref.ref(load(context))
    assert model() is not None
    context._jsc = None
    if forgotten:
        del context
    else:
        load(Context())
    gc.collect()
    assert model() is None


def test_the_models_used_last_are_kept():
    context = Context()
    first, second = (weakref.ref(load(context, run)) for run in ("first", "second"))
    for run in range(catalog._KEPT - 2):
        load(context, str(run))
    load(context, "first")
    load(context, "one more")
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
    assert FAMILIES.keys() == {*MODEL_TYPES, "federated_clustering"}
    for of_type in FAMILIES.values():
        assert {"predict", "evaluate"} <= of_type.capabilities.keys()
