"""The Python that peers are installed for, apart from sparkfl's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.harness import say

__all__ = ["PYTHON", "install"]

HERE = Path(__file__).parent
PYTHON = HERE.parent.parent / ".venv-peers" / "bin" / "python"


def install() -> None:
    """Make the peers' environment, once for each list of requirements."""
    wanted = HERE / "requirements.txt"
    home = PYTHON.parent.parent
    ready = home / "ready"
    if ready.exists() and ready.read_text() == wanted.read_text():
        return
    say(f"installing peers into {home.name}")
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    (home / ".gitignore").write_text("*\n")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(wanted)], check=True)
    ready.write_text(wanted.read_text())
