"""The subcommands of ``sparkfl``, a file each: ``main(arguments)`` returns the exit code."""

from __future__ import annotations
