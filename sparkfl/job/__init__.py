"""The jobs: arguments, then the public API, then an exit code.

Each is a module that can be run (``python -m sparkfl.job.train``), a command of the installed wheel
(``sparkfl-train``), and a file for spark-submit (``jobs/train.py``).
"""

from __future__ import annotations
