from __future__ import annotations

import argparse
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.ml.param import Params

from sparkfl.errors import ParameterError
from sparkfl.options import LONG, Option, add_argument, declare, docs_table, resolve, setters

OPTIONS = (
    Option("k", int, 2, "Clusters.", minimum=2, key="NUM_CLUSTERS", aliases=("K",)),
    Option("tol", float, 1e-4, "Tolerance.", minimum=0),
    Option("rate", float, 1.0, "Share of the rows.", above=0, maximum=1),
    Option("seed", int, 0, "Seed.", minimum=LONG[0], maximum=LONG[1]),
    Option("every", int, 10, "Rounds.", minimum=1, choices=(-1,)),
    Option("distance", str, "euclidean", "Distance.", choices=("euclidean", "cosine")),
    Option("weighted", bool, True, "Whether weighted."),
    Option("weightCol", "column", None, "Weights."),
    Option("log1pCols", "columns", (), "Logarithms."),
    Option("layers", "integers", None, "Layers.", minimum=1),
    Option("algorithmParams", "mapping", None, "More."),
)
BY_NAME = {option.param: option for option in OPTIONS}


@pytest.mark.parametrize(
    ("param", "value", "read"),
    [
        ("k", 3, 3),
        ("k", np.int64(3), 3),
        ("k", 3.0, 3),
        ("tol", 0, 0.0),
        ("rate", 1, 1.0),
        ("seed", -1, -1),
        ("seed", LONG[1], LONG[1]),
        ("every", -1, -1),
        ("distance", "COSINE", "cosine"),
        ("weighted", np.False_, False),
        ("weightCol", ("n",), "n"),
        ("weightCol", "net sales", "net sales"),
        ("log1pCols", ("a", "b"), ["a", "b"]),
        ("log1pCols", "a", ["a"]),
        ("layers", np.array([4, 2]), [4, 2]),
        ("algorithmParams", '{"n": 1}', {"n": 1}),
    ],
)
def test_valid_values(param, value, read):
    got = BY_NAME[param].check(value)
    assert (got, type(got)) == (read, type(read))


@pytest.mark.parametrize(
    ("param", "value", "says"),
    [
        ("k", 1, "an integer of at least 2; got 1"),
        ("k", True, "an integer"),
        ("k", "3", "an integer of at least 2; got '3'"),
        ("k", 2.5, "an integer"),
        ("k", None, "an integer"),
        ("k", 2**31, "an integer from 2 to 2147483647; got 2147483648"),
        ("seed", 99999999999999999999, f"an integer from {LONG[0]} to {LONG[1]}; got 9999"),
        ("every", 0, "an integer of at least 1, or -1; got 0"),
        ("tol", math.nan, "a number of at least 0; got nan"),
        ("tol", math.inf, "a number"),
        ("rate", 0, "a number above 0 and of at most 1|a number above 0 and at most 1; got 0"),
        ("distance", "manhattan", "one of euclidean, cosine; got 'manhattan'"),
        ("weighted", 1, "true or false; got 1"),
        ("weightCol", " ", "a column name; got ' '"),
        ("weightCol", ("a", "b"), "a column name"),
        ("log1pCols", ["a", "a"], "distinct column names"),
        ("layers", [4, 0], r"a list of integers of at least 1; got \[4, 0\]"),
        ("algorithmParams", {"f": print}, "a mapping"),
        ("algorithmParams", "{", "a mapping"),
    ],
)
def test_what_is_not_valid_is_refused_under_the_users_own_name(param, value, says):
    option = BY_NAME[param]
    for name in (option.param, option.key, option.flag):
        with pytest.raises(ParameterError, match=f"^{name} must be .*({says})"):
            option.check(value, name)


@given(
    st.integers() | st.floats() | st.text() | st.none() | st.booleans() | st.lists(st.integers())
)
def test_any_value_is_read_or_refused(value):
    for option in OPTIONS:
        try:
            read = option.check(value)
        except ParameterError:
            continue
        assert option.check(read) == read


def test_sql_keys():
    assert resolve({"num_clusters": 3, "LOG1P_COLS": ("a",)}, OPTIONS, "m") == {
        option.param: option.default for option in OPTIONS if option.default is not None
    } | {"k": 3, "log1pCols": ["a"]}
    with pytest.raises(ParameterError, match=r"^k must be an integer of at least 2; got 1"):
        resolve({"k": 1}, OPTIONS, "m")
    with pytest.raises(ParameterError, match=r"^K and num_clusters are two names of one option"):
        resolve({"K": 3, "num_clusters": 3}, OPTIONS, "m")
    with pytest.raises(ParameterError, match=r"m has no option SEEDS; did you mean SEED\?"):
        resolve({"SEEDS": 3}, OPTIONS, "m")


def test_params_of_a_class():
    @setters(OPTIONS)
    @declare(OPTIONS)
    class Thing(Params):
        """A thing."""

    one, two = Thing(), Thing().setK(5).setLog1pCols(["a"])
    assert [one.getK(), two.getK(), two.copy().getK()] == [2, 5, 5]
    assert [one.getLog1pCols(), two.getLog1pCols()] == [[], ["a"]]
    assert not one.isDefined("weightCol")
    assert {p.name for p in one.params} == set(BY_NAME)
    assert "Clusters." in one.explainParam("k")
    assert Thing.setK.__qualname__.endswith("Thing.setK")
    with pytest.raises(ParameterError, match=r"^log1pCols must be"):
        one.setLog1pCols(["a", "a"])
    with pytest.raises(ValueError, match=r"k must be an integer of at least 2; got 1"):
        one.set(one.k, 1)


def test_flags_of_a_job(capsys):
    parser = argparse.ArgumentParser()
    for option in OPTIONS:
        add_argument(parser, option)
    defaults = vars(parser.parse_args([]))
    assert defaults == {option.param: option.default for option in OPTIONS}
    words = "--k 3 --rate 0.5 --no-weighted --weight-col n --log1p-cols a b --layers 4 2 --seed -5"
    assert vars(parser.parse_args(words.split())) == defaults | {
        "k": 3,
        "rate": 0.5,
        "weighted": False,
        "weightCol": "n",
        "log1pCols": ["a", "b"],
        "layers": [4, 2],
        "seed": -5,
    }
    for flag, word in (("--k", "1"), ("--k", "many"), ("--rate", "nan"), ("--distance", "far")):
        with pytest.raises(SystemExit):
            parser.parse_args([flag, word])
        assert f"error: {flag} must be" in capsys.readouterr().err
    assert "share of the rows" in parser.format_help().lower()


def test_documentation_has_a_row_an_option():
    lines = docs_table(OPTIONS).splitlines()
    assert len(lines) == 2 + len(OPTIONS)
    assert lines[2].startswith("| `NUM_CLUSTERS`, `K` | `k` | an integer of at least 2 | `2` |")


def test_what_is_required_is_asked_for():
    label = Option("labelCol", "column", doc="The column to predict.", key="LABEL", required=True)
    assert resolve({"label": "y"}, [label], "kmeans") == {"labelCol": "y"}
    with pytest.raises(ParameterError) as error:
        resolve({}, [label], "kmeans")
    assert str(error.value) == "kmeans needs LABEL, a column name: The column to predict."
    assert "| required |" in docs_table([label])


def test_a_pattern_alone_says_which_strings_are_valid():
    path = Option("dir", str, pattern=r"(?s).*\S.*", pattern_says="the path of a directory")
    assert path.check("/a b") == "/a b"
    for nothing in ("", " "):
        with pytest.raises(ParameterError, match="dir must be the path of a directory; got"):
            path.check(nothing)
