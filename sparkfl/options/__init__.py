"""An option is declared once: its SQL key, its Param, its flag and its documentation follow."""

from __future__ import annotations

from sparkfl.options.docs import docs_table
from sparkfl.options.flags import add_argument
from sparkfl.options.kinds import KindName
from sparkfl.options.of_param import of_param
from sparkfl.options.option import LONG, Option
from sparkfl.options.params import declare, setters
from sparkfl.options.resolve import resolve
from sparkfl.options.spelling import spelled

__all__ = [
    "LONG",
    "KindName",
    "Option",
    "add_argument",
    "declare",
    "docs_table",
    "of_param",
    "resolve",
    "setters",
    "spelled",
]
