"""The pages of docs/ that tools write are what the tools would write now."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.mark.parametrize("name", sorted(path.name for path in TOOLS.glob("*_page.py")))
def test_the_page_is_that_of_the_rows(name: str) -> None:
    tool = runpy.run_path(str(TOOLS / name))
    assert tool["PAGE"].read_text(encoding="utf-8") == tool["page"](), f"run tools/{name}"
