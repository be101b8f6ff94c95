"""The estimator's parameters as arguments of a job."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import AbstractContextManager

from sparkfl.federation.estimator import FederatedClustering
from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.job.arguments import JobParser
from sparkfl.options import add_argument, spelled

__all__ = ["add_estimator", "as_flags", "make_estimator"]


def add_estimator(arguments: JobParser) -> None:
    """Add an argument for each parameter of :class:`sparkfl.FederatedClustering`.

    Examples
    --------
    >>> parser = JobParser("Train.")
    >>> add_estimator(parser)
    >>> parser.parse_args(["--no-weighted", "--global-k", "4"]).weighted
    False
    """
    for option in (*COLUMNS, *OPTIONS):
        add_argument(arguments, option, default=argparse.SUPPRESS)


def make_estimator(args: argparse.Namespace, defaults: Mapping[str, object]) -> FederatedClustering:
    """Make the estimator of the parameters that were given.

    Parameters
    ----------
    args : argparse.Namespace
        What was given.
    defaults : mapping of str to object
        Parameters to set besides.

    Examples
    --------
    >>> parser = JobParser("Train.")
    >>> add_estimator(parser)
    >>> make_estimator(parser.parse_args(["--global-k", "4"]), {}).getGlobalK()
    4
    """
    given = {o.param: vars(args)[o.param] for o in (*COLUMNS, *OPTIONS) if o.param in vars(args)}
    return FederatedClustering(**{**defaults, **given})


def as_flags() -> AbstractContextManager[None]:
    """Call parameters in errors by their flags.

    Examples
    --------
    >>> from sparkfl.errors import ParameterError
    >>> with as_flags():
    ...     raise ParameterError("log1pCols has 'spend', which is not a feature.")
    Traceback (most recent call last):
        ...
    sparkfl.errors.ParameterError: --log1p-cols has 'spend', which is not a feature.
    """
    return spelled((*COLUMNS, *OPTIONS), lambda option: option.flag)
