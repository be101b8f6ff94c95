from __future__ import annotations

import re

import pytest

from sparkfl.errors import ParameterError
from sparkfl.local.result import Strategy, Verdict
from sparkfl.options import resolve
from sparkfl.sqlext import functions
from sparkfl.sqlext.functions import FUNCTIONS, FunctionOption


def test_option_keys_are_of_any_case_and_given_once():
    assert functions._keys('{"a": 1, "B": "x"}', "f") == {"A": 1, "B": "x"}
    assert functions._keys(None, "f") == functions._keys("{}", "f") == {}
    with pytest.raises(ParameterError, match="f: option A is given twice"):
        functions._keys('{"a": 1, "A": 2}', "f")


class Session:
    """A session with settings and nothing else."""

    def __init__(self, **settings):
        self.conf = self
        self.get = settings.get


def test_a_setting_of_the_session_is_an_option_s_default():
    option = FunctionOption("hidden", False, "…", setting="show")
    defaults = [
        option.option("KEY", Session(**s)).default
        for s in ({}, {"show": "TRUE"}, {"show": "false"})
    ]
    assert defaults == [False, True, False]
    with pytest.raises(ParameterError, match="SET show must be true or false; got 'maybe'"):
        option.option("KEY", Session(show="maybe"))
    assert FunctionOption("scaled", True, "…").option("KEY", Session()).default is True
    top = FunctionOption("top", 3, "…", minimum=1).option("TOP_K", Session())
    assert resolve({"top_k": 5}, [top], "f") == {"top": 5}
    with pytest.raises(ParameterError, match="TOP_K must be an integer of at least 1; got True"):
        resolve({"TOP_K": True}, [top], "f")


@pytest.mark.parametrize(("column", "values"), [("verdict", Verdict), ("strategy", Strategy)])
def test_every_verdict_and_strategy_is_documented(column, values):
    text = FUNCTIONS["model_verdicts"].columns[f"{column} STRING"]
    assert set(re.findall(r"`(\w+)`:", text)) == {str(value) for value in values}
