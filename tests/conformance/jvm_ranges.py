"""Whether options accept what the JVM's own validators accept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import IllegalArgumentException
from rows import boundaries

from sparkfl.errors import ParameterError
from sparkfl.options import Option

__all__ = ["check_ranges"]


def check_ranges(stage: Any, options: Iterable[Option]) -> None:
    """Compare options at their bounds with the Params of a stage; all that differ are named."""
    java = stage._java_obj
    differ = [
        f"{option.param} = {value!r}"
        for option in options
        if java.hasParam(option.param)
        for value in boundaries(option)
        if _accepts(option, value) != _jvm_accepts(java.getParam(option.param), value)
    ]
    assert not differ, "put into `differs` what the JVM says of " + ", ".join(differ)


def _accepts(option: Option, value: object) -> bool:
    try:
        option.check(value)
    except ParameterError:
        return False
    return True


def _jvm_accepts(param: Any, value: object) -> bool:
    try:
        param.w(value)
    except (Py4JJavaError, IllegalArgumentException):
        return False
    return True
