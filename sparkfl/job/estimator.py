"""The estimator's parameters as arguments of a job."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.federation.estimator import FederatedClustering
from sparkfl.job.arguments import JobParser

__all__ = ["add_estimator", "make_estimator"]


@dataclass(frozen=True)
class Flag:
    """A parameter of the estimator as an argument.

    Parameters
    ----------
    param : str
        Its name in the estimator.
    kind : type
        Of its value; of the elements for a list of columns.
    help : str
        What it is.
    many : bool
        Whether it takes several words.
    aliases : tuple of str
        Other spellings.
    """

    param: str
    kind: type
    help: str
    many: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def spelling(self) -> str:
        """The argument.

        Examples
        --------
        >>> Flag("log1pCols", str, "").spelling, Flag("globalK", int, "").spelling
        ('--log1p-cols', '--global-k')
        """
        return "--" + re.sub(r"(?=[A-Z])", "-", self.param).lower()


FLAGS = (
    Flag("storeCol", str, "column that names the store"),
    Flag("inputCols", str, "numeric feature columns", True, ("--inputs",)),
    Flag("featuresCol", str, "vector or array column of features, in place of --input-cols"),
    Flag("log1pCols", str, "heavy-tailed inputs to take the logarithm of", True, ("--log1p",)),
    Flag("k", int, "clusters a store"),
    Flag("globalK", int, "global clusters"),
    Flag("seed", int, "seed of the local models"),
    Flag("globalSeed", int, "seed of the global model"),
    Flag("algorithm", str, "kmeans, bisecting_kmeans or the path of a scikit-learn class"),
    Flag("algorithmParams", dict, "parameters of a scikit-learn class, as JSON"),
    Flag("aggregation", str, "how released clusters are grouped: kmeans or bisecting_kmeans"),
    Flag("scaling", str, "whose moments scale the inputs: federation, store or none"),
    Flag("minClusterSize", int, "smallest cluster that may be released, in customers"),
    Flag("weighted", bool, "whether a released cluster counts n times, or once"),
    Flag("handleInvalid", str, "rows with NULL, NaN or infinity: error, or skip them"),
    Flag("contamination", float, "share of the customers to flag"),
    Flag(
        "checkpointDir",
        str,
        "leave each store's result in this directory as soon as it is done; a training that was "
        "killed goes on from there when it is started again",
    ),
)


def add_estimator(arguments: JobParser) -> None:
    """Add an argument for each parameter of :class:`sparkfl.FederatedClustering`.

    Examples
    --------
    >>> parser = JobParser("Train.")
    >>> add_estimator(parser)
    >>> parser.parse_args(["--no-weighted", "--global-k", "4"]).weighted
    False
    """
    defaults = FederatedClustering()
    for flag in FLAGS:
        param = defaults.getParam(flag.param)
        default = defaults.getOrDefault(param) if defaults.hasDefault(param) else None
        shown = f" (default: {default})" if default not in (None, [], {}) else ""
        names = [flag.spelling, *flag.aliases]
        common: dict[str, Any] = {
            "dest": flag.param, "default": argparse.SUPPRESS, "help": flag.help + shown,
        }  # fmt: skip
        if flag.kind is bool:
            arguments.add_argument(*names, action=argparse.BooleanOptionalAction, **common)
        else:
            kind = _json if flag.kind is dict else flag.kind
            metavar = "COLUMN" if flag.param.endswith(("Col", "Cols")) else flag.kind.__name__
            arguments.add_argument(
                *names,
                type=kind,
                nargs="*" if flag.many else None,
                metavar="JSON" if flag.kind is dict else metavar.upper(),
                **common,
            )


def make_estimator(
    parser: JobParser, args: argparse.Namespace, defaults: Mapping[str, object]
) -> FederatedClustering:
    """Make the estimator of the parameters that were given; refuse a value by its argument.

    Parameters
    ----------
    parser : JobParser
        What refuses.
    args : argparse.Namespace
        What was given.
    defaults : mapping of str to object
        Parameters to set besides.

    Examples
    --------
    >>> parser = JobParser("Train.")
    >>> add_estimator(parser)
    >>> make_estimator(parser, parser.parse_args(["--global-k", "4"]), {}).getGlobalK()
    4
    """
    estimator = FederatedClustering(**defaults)
    for flag in FLAGS:
        if hasattr(args, flag.param):
            try:
                estimator.setParams(**{flag.param: getattr(args, flag.param)})
            except ParameterError as error:
                parser.refuse(flag.spelling, error)
    return estimator


def _json(text: str) -> object:
    """Read JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"is no JSON: {error}; got {text!r}") from error
