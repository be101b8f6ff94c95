"""What tools write of the rows is what they would write now, and the site is built of it."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import feature_page
import quality_page
import sql_pages

ROOT = Path(__file__).parents[2]


def test_the_pages_are_those_of_the_rows() -> None:
    pages = sql_pages.pages()
    there = {path.relative_to(sql_pages.ROOT).as_posix() for path in sql_pages.ROOT.rglob("*.md")}
    assert there == set(pages), "run make docs"
    for name, text in pages.items():
        assert (sql_pages.ROOT / name).read_text(encoding="utf-8") == text, "run make docs"


def test_the_table_of_quality_is_that_of_the_results() -> None:
    told = quality_page.PAGE.read_text(encoding="utf-8")
    assert told == quality_page.page(), "run make docs"


def test_the_table_of_aggregations_is_that_of_the_rows() -> None:
    told = feature_page.PAGE.read_text(encoding="utf-8")
    assert told == feature_page.page(), "run make docs"


def test_the_site_has_every_page_and_finds_it(tmp_path: Path) -> None:
    """Strictly: a link that leads nowhere is an error."""
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    made = run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    index = (tmp_path / "search" / "search_index.json").read_text(encoding="utf-8")
    for name in sql_pages.pages():
        page = name.removesuffix(".md") + ".html"
        assert (tmp_path / "sql" / page).is_file()
        assert f'"sql/{page}"' in index
