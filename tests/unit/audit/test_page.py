"""What docs/audit.md shows of Python runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[3] / "docs" / "audit.md").read_text("utf-8")
SAID = re.compile(r"^(\S.*?)  # (True|False)\b", re.M)


def test_examples_run_and_say_what_they_say(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlflow.db").touch()
    (tmp_path / "artifacts").mkdir()
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    assert len(blocks) >= 3
    said = []
    for block in blocks:
        names: dict[str, object] = {}
        exec(block.replace("generated()", "generated(2)"), names)
        said += [(text, eval(text, names), told == "True") for text, told in SAID.findall(block)]
    assert [text for text, found, told in said if found is not told] == []
    assert len(said) >= 2
