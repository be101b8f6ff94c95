from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from sparkfl.errors import CapabilityError
from sparkfl.serving import catalog
from sparkfl.serving.families import FAMILIES, Family, family


class Context:
    """A SparkContext, running until `_jsc` is gone."""

    _jsc: object = "running"


class Model:
    """What a family has read."""


@pytest.fixture(autouse=True)
def models(monkeypatch):
    family = Family(lambda directory: Model(), lambda *_: None)
    monkeypatch.setattr(catalog, "FAMILIES", {"kmeans": family})


def read(context, run="r"):
    return catalog._reader(context)("kmeans", Path("here"), run)


def test_an_application_reads_a_model_once():
    context, other = Context(), Context()
    assert read(context) is read(context)
    assert read(context) is not read(context, "another run")
    assert read(context) is not read(other)


@pytest.mark.parametrize("forgotten", [True, False])
def test_nothing_is_kept_of_an_application_that_has_ended(forgotten):
    context = Context()
    model = weakref.ref(read(context))
    assert model() is not None
    context._jsc = None
    if forgotten:
        del context
    else:
        read(Context())
    gc.collect()
    assert model() is None


def test_only_so_many_models_are_kept():
    context = Context()
    first = weakref.ref(read(context, "first"))
    for run in range(catalog._LOADED):
        read(context, str(run))
    gc.collect()
    assert first() is None


class Version:
    name, version, model_type = "fed.north", 3, "local_clustering"


def test_a_type_that_sql_does_not_know():
    with pytest.raises(CapabilityError) as error:
        family(Version)
    assert "'fed.north' is of type local_clustering" in str(error.value)
    assert "models:/fed.north/3" in str(error.value)
    assert {"kmeans", "federated_clustering"} <= FAMILIES.keys()
