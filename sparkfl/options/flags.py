"""Options as the arguments of a job."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.options.kinds import KINDS
from sparkfl.options.option import Option

__all__ = ["add_argument"]


def add_argument(parser: argparse.ArgumentParser, option: Option, **changes: Any) -> None:
    """Add an option to a job's arguments, under its name in Python.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The job's parser.
    option : Option
        The option; a boolean gets a ``--no-…`` as well.
    **changes
        Other arguments of `argparse.ArgumentParser.add_argument`, such as ``default``.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_argument(parser, Option("minClusterSize", int, 10, "Least customers", minimum=3))
    >>> vars(parser.parse_args(["--min-cluster-size", "5"]))
    {'minClusterSize': 5}
    """
    kind = KINDS[option.kind]
    shown = option.default if option.default not in (None, [], {}) else "not set"
    settings: dict[str, Any] = {
        "dest": option.param,
        "default": option.default,
        "help": f"{option.doc} ({option.accepts}; default: {shown})".replace("%", "%%"),
    }
    if option.kind is bool:
        settings["action"] = argparse.BooleanOptionalAction
    else:
        settings |= {"action": _Checked, "option": option, "metavar": "VALUE"}
        settings |= {"nargs": "*"} if kind.many else {}
    parser.add_argument(option.flag, **{**settings, **changes})


class _Checked(argparse.Action):
    """Checks what was given, and names the flag if it is not valid."""

    def __init__(self, option_strings: Sequence[str], dest: str, option: Option, **kw: Any) -> None:
        super().__init__(option_strings, dest, **kw)
        self._option = option

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Set the value, or end with a message."""
        flag = option_string or self._option.flag
        kind = KINDS[self._option.kind]
        try:
            parsed = (
                [_parsed(kind.parse, v) for v in values]
                if kind.many
                else _parsed(kind.parse, values)
            )
            setattr(namespace, self.dest, self._option.check(parsed, flag))
        except ParameterError as error:
            parser.error(str(error))


def _parsed(parse: Any, word: str) -> Any:
    """Return what a word stands for; the word itself, which the check then refuses."""
    try:
        return parse(word)
    except ValueError:
        return word
