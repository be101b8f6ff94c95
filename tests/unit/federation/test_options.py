"""The Param, getter and setter, SQL key and flag of every option are there; there are no others."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from sparkfl import FederatedClustering
from sparkfl.errors import ParameterError
from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.job import train
from sparkfl.options import Option, resolve

DECLARED = (*COLUMNS, *OPTIONS)
GIVEN = {
    "storeCol": "shop",
    "inputCols": ["a", "b"],
    "featuresCol": "f",
    "log1pCols": ["a"],
    "algorithmParams": {"init": "random"},
    "checkpointDir": "/shared",
    "releasePolicy": "shops",
    "guardPath": "/private",
    "accountantPath": "/private",
}
"""A value of each option whose kind does not say what is valid."""


def given(option: Option) -> object:
    """Return a valid value that is not the default."""
    if option.param in GIVEN:
        return GIVEN[option.param]
    if option.kind is bool:
        return not option.default
    if option.choices:
        return next(choice for choice in option.choices if choice != option.default)
    least = option.above if option.minimum is None else option.minimum
    if option.kind is float and option.maximum is not None:
        return ((least or 0.0) + option.maximum) / 2
    return option.kind((least or 0) + 7)


def test_params_are_the_declared_ones() -> None:
    params = {param.name for param in FederatedClustering().params}
    assert params == {option.param for option in DECLARED}


def test_accessors_are_the_declared_ones() -> None:
    capitals = {option.param[0].upper() + option.param[1:] for option in DECLARED}
    for verb, general in (("get", {"getOrDefault", "getParam"}), ("set", {"setParams"})):
        found = {
            name
            for name, _ in inspect.getmembers(FederatedClustering, callable)
            if re.match(rf"{verb}[A-Z]", name) and name not in general
        }
        assert found == {f"{verb}{name}" for name in capitals}


@pytest.mark.parametrize("option", DECLARED, ids=lambda option: option.param)
def test_setter_getter_and_keyword_agree(option: Option) -> None:
    name, value = option.param[0].upper() + option.param[1:], given(option)
    keyword = FederatedClustering(**{option.param: value})
    chained = getattr(FederatedClustering(), f"set{name}")(value)
    for estimator in (keyword, chained):
        assert getattr(estimator, f"get{name}")() == value
        assert estimator.isSet(option.param)
    assert not FederatedClustering().isSet(option.param)
    if option.default is not None:
        assert getattr(FederatedClustering(), f"get{name}")() == option.default


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.param)
def test_sql_knows_every_option(option: Option) -> None:
    for spelling in option.spellings:
        found = resolve({spelling.lower(): given(option)}, OPTIONS, "A federated model")
        assert found[option.param] == given(option)


def test_flags_of_the_job_are_the_declared_ones() -> None:
    flags = {flag for action in train.arguments()._actions for flag in action.option_strings}
    assert {option.flag for option in DECLARED} <= flags
    own = {"--help", "-h", "--tracking-uri", "--name", "--input", "--input-format", "--format"}
    own |= {"--min-stores", "--incremental", "--alias", "--no-weighted", "--no-delta"}
    assert flags - {option.flag for option in DECLARED} <= own


@pytest.mark.parametrize("value", [5, True, "", "  ", None.__class__, "private", "./private"])
def test_a_guard_is_at_an_absolute_path(value: object) -> None:
    option = next(option for option in OPTIONS if option.param == "guardPath")
    with pytest.raises(ParameterError, match="GUARD_PATH must be the absolute path") as raised:
        option.check(value, option.key)
    if value == "private":
        assert repr(str(Path("private").absolute())) in str(raised.value)


@pytest.mark.parametrize("path", ["/private", "file:/private", "s3a://b/c", "hdfs://name:1/c d"])
def test_what_is_an_absolute_path(path: str) -> None:
    assert FederatedClustering(guardPath=path).getGuardPath() == path


@pytest.mark.parametrize("value", [5, False, "", " "])
def test_a_checkpoint_is_at_a_path(value: object) -> None:
    with pytest.raises(ParameterError, match="checkpointDir must be the path of a directory; got"):
        FederatedClustering(checkpointDir=value)
    assert FederatedClustering(checkpointDir="here").getCheckpointDir() == "here"
