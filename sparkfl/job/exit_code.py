"""What a job tells its scheduler."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["EXIT_CODES", "ExitCode"]


class ExitCode(IntEnum):
    """What a job tells its scheduler.

    Examples
    --------
    >>> ExitCode.QUORUM.value
    4
    """

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    BAD_INPUT = 3
    QUORUM = 4
    PARTLY = 5


EXIT_CODES = """\
exit codes:
  0  done
  1  unexpected error (with a trace): look at it, then retry
  2  wrong arguments: nothing was run
  3  bad input, unknown model, or nothing that could be trained: nothing was written, do not retry
  4  fewer stores than --min-stores could be trained, or than a federation's quorum have released:
     nothing more was registered
  5  an error after something was written: the line says what stands
"""
