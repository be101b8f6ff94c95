"""Arguments that jobs share, and a parser that refuses wrong ones in one line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from sparkfl.errors import ParameterError
from sparkfl.job.exit_code import EXIT_CODES, ExitCode
from sparkfl.registry.names import check_name
from sparkfl.tables.formats import FORMATS, READABLE
from sparkfl.tracking import tracking_uri

__all__ = [
    "JobParser",
    "add_federation",
    "add_input",
    "add_model",
    "add_output",
    "checked",
    "whole_number",
]


class JobParser(argparse.ArgumentParser):
    """Parser of a job's arguments; abbreviations are not taken.

    Parameters
    ----------
    description : str
        The job in one or two sentences.

    Examples
    --------
    >>> JobParser("Train.").parse_args(["--no-delta"]).format
    'parquet'
    """

    def __init__(self, description: str) -> None:
        super().__init__(
            description=description,
            epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument(
            "--no-delta",
            dest="format",
            action="store_const",
            const="parquet",
            default="delta",
            help="write Parquet instead of Delta, and start Spark without Delta's jar",
        )

    def error(self, message: str) -> NoReturn:
        """Leave with one line; the usage is what ``--help`` is for."""
        self.exit(ExitCode.USAGE, f"error: {message} (--help lists the arguments)\n")

    def refuse(self, argument: str, error: object) -> NoReturn:
        """Leave with one line that names the argument."""
        self.error(f"argument {argument}: {error}")


def add_input(arguments: argparse.ArgumentParser, default: str) -> None:
    """Add ``--input`` and ``--input-format``.

    Examples
    --------
    >>> parser = JobParser("Score.")
    >>> add_input(parser, "demo-output/FORMAT/features")
    >>> parser.parse_args(["--input", "features.csv"]).input_format is None
    True
    """
    arguments.add_argument(
        "--input",
        metavar="TABLE",
        type=_not_empty,
        help=f"table or view, or path of a Delta table, of a file that ends in {READABLE}, or of a "
        f"folder of such files (default: {default})",
    )
    arguments.add_argument(
        "--input-format",
        choices=tuple(FORMATS),
        help="what the path of --input holds, if its endings do not tell",
    )


def add_output(arguments: argparse.ArgumentParser, default: str) -> None:
    """Add ``--output``.

    Examples
    --------
    >>> parser = JobParser("Score.")
    >>> add_output(parser, "demo-output/FORMAT/scored")
    >>> parser.parse_args(["--output", "shop.scored"]).output
    'shop.scored'
    """
    arguments.add_argument(
        "--output",
        metavar="TABLE",
        type=_not_empty,
        help=f"table of the catalog, or path with a '/' in it, to write (default: {default})",
    )


def add_model(arguments: argparse.ArgumentParser, trained: bool = True) -> None:
    """Add the arguments that name a model and its registry.

    Parameters
    ----------
    arguments : argparse.ArgumentParser
        Gets ``--name`` and ``--tracking-uri``.
    trained : bool, default True
        Whether the job takes a version that is there, by ``--version``.

    Examples
    --------
    >>> arguments = JobParser("Score.")
    >>> add_model(arguments)
    >>> arguments.parse_args([]).name
    'customer_anomalies'
    """
    arguments.add_argument(
        "--name",
        type=checked(check_name),
        default="customer_anomalies",
        help="model in the registry (default: %(default)s)",
    )
    arguments.add_argument(
        "--tracking-uri",
        type=_not_empty,
        default=tracking_uri(),
        help="MLflow server or database (default: $MLFLOW_TRACKING_URI, else %(default)s)",
    )
    if trained:
        arguments.add_argument(
            "--version", type=_not_empty, help="number or @alias (default: the latest)"
        )


def add_federation(arguments: argparse.ArgumentParser) -> None:
    """Add the arguments that name a federation and what is private to a party of it.

    Examples
    --------
    >>> parser = JobParser("Aggregate.")
    >>> add_federation(parser)
    >>> parser.parse_args(["--home", "/private"]).federation
    'federation'
    """
    arguments.add_argument(
        "--federation",
        type=checked(check_name),
        default="federation",
        help="what the federation is called here (default: %(default)s)",
    )
    arguments.add_argument(
        "--home",
        metavar="FOLDER",
        type=Path,
        help="folder of the private key, as private as the rows (default: ~/.sparkfl/federations)",
    )


def checked(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return a check of sparkfl's as a type for ``add_argument``.

    Examples
    --------
    >>> checked(check_name)("shops")
    'shops'
    """

    def convert(text: str) -> str:
        try:
            return check(text)
        except ParameterError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return convert


def whole_number(minimum: int) -> Callable[[str], int]:
    """Return a type for whole numbers from `minimum`.

    Examples
    --------
    >>> whole_number(1)("3")
    3
    """

    def convert(text: str) -> int:
        if not text.isdecimal() or int(text) < minimum:
            raise argparse.ArgumentTypeError(
                f"must be a whole number of at least {minimum}; got {text!r}"
            )
        return int(text)

    return convert


def _not_empty(text: str) -> str:
    """Refuse an empty text, which an unset variable of a script becomes."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"must not be empty; got {text!r}")
    return text
