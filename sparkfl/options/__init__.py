"""An option is declared once: its SQL key, its Param, its flag and its documentation follow."""

from __future__ import annotations

from sparkfl.options.docs import docs_table
from sparkfl.options.flags import add_argument
from sparkfl.options.hparams import CANDIDATES, RANGE, Hparam, hparam
from sparkfl.options.kinds import KindName
from sparkfl.options.of_param import of_param
from sparkfl.options.option import LONG, Option, plain
from sparkfl.options.params import declare, setters
from sparkfl.options.resolve import resolve
from sparkfl.options.spelling import spelled

__all__ = [
    "CANDIDATES",
    "LONG",
    "RANGE",
    "Hparam",
    "KindName",
    "Option",
    "add_argument",
    "declare",
    "docs_table",
    "hparam",
    "of_param",
    "plain",
    "resolve",
    "setters",
    "spelled",
]
