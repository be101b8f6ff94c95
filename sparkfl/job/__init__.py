"""The jobs: arguments, then the public API, then an exit code.

Each is a module that can be run (``python -m sparkfl.job.train``), and a file for spark-submit:
``jobs/train.py``, in an installed wheel what ``sparkfl job train`` prints.
"""

from __future__ import annotations
