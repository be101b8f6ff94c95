from __future__ import annotations

from html.parser import HTMLParser

import pandas as pd
import pytest

from sparkfl.reporting import exploration_page

COLUMNS = ["section", "store", "feature", "statistic", "value", "text", "lower", "upper"]
Row = tuple[object, ...]


def frame(*rows: Row) -> pd.DataFrame:
    return pd.DataFrame(
        [(*row, *[None] * (len(COLUMNS) - len(row))) for row in rows], columns=COLUMNS
    )


def page_of(*rows: Row) -> str:
    page = exploration_page(frame(*rows), "<b>rows</b>", "a & b")
    parser = HTMLParser()
    parser.feed(page)
    assert "<b>rows</b>" not in page
    assert "&lt;b&gt;rows&lt;/b&gt;" in page
    assert "http" not in page.split("<body>")[1].replace("http://www.w3.org", "")
    return page


def test_a_page_has_what_was_told() -> None:
    page = page_of(
        ("columns", None, "age", "rows", 10.0),
        ("columns", None, "age", "missing", 10.0),
        ("columns", None, "age", "missing_share", 1.0),
        ("columns", None, "<i>$x_1$</i>", "rows", 10.0),
        ("columns", None, "tags", "not_explored", None, "only what is missing is told"),
        ("summary", None, "<i>$x_1$</i>", "mean", 2.5),
        ("summary", None, "day", "min", 0.0, "1970-01-01 00:00:00"),
        ("histogram", None, "<i>$x_1$</i>", "count", 3.0, None, 0.0, 1.0),
        ("histogram", None, "<i>$x_1$</i>", "count", 7.0, None, 1.0, 2.0),
        ("histogram", None, "day", "count", 9.0, "1970-01-01 00:00:00", 0.0, 86400.0),
        ("histogram", None, "one", "count", 9.0, None, 4.0, 4.0),
        ("values", None, "city", "count", 4.0, "Köln & $co$"),
        ("target", None, "y", "count", 10.0, None, 0.0, 1.0),
        ("clusters", None, "c", "count", 10.0, "1"),
        ("correlation", None, "age", "pearson", -0.9),
        ("correlation", None, "<i>$x_1$</i>", "pearson", 0.5),
        ("correlation", None, "<i>$x_1$</i>", "spearman", 0.4),
        ("spread", None, "age", "cv_train", 10.0),
        ("spread", None, "age", "cv_test", 40.0),
        ("spread", None, "age", "cv_ratio", 4.0, "train and test vary differently"),
        ("popularity", None, "tea", "ordered", 5.0),
        ("popularity", None, "tea", "recommended", 1.0),
        ("popularity", None, None, "overlap", 0.5),
    )
    assert page.count("<svg") == 7
    assert "▲ not alike" in page
    assert "1970-01-01 00:00:00" in page
    assert "vary differently in age. Nothing is in age." in page
    assert "<i>" not in page
    assert "50% are among those recommended" in page
    assert "shows values of single rows" in page


def test_stores_are_a_table_and_what_is_held_back_another() -> None:
    page = page_of(
        ("stores", "a", "x", "mean", 2.0),
        ("stores", "tiny", "x", "held_back", None, "fewer rows"),
        ("stores", None, "x", "mean", 2.0),
    )
    assert "Nothing on this page is of a single row" in page
    assert page.count("<b>1</b>that hold something back") == 1
    assert "all together" in page


def test_a_page_of_no_rows() -> None:
    told = [("columns", None, f"c{i}", "rows", 0.0) for i in range(3)]
    assert "Nothing that calls for a warning." in page_of(*told)


def test_two_hundred_columns_are_not_two_hundred_plots() -> None:
    rows: list[Row] = [
        ("histogram", None, f"c{i}", "count", 1.0, None, 0.0, 1.0) for i in range(200)
    ]
    page = page_of(("columns", None, "c0", "rows", 1.0), *rows)
    assert "The first 48 of 200." in page


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_warning_none_is_shown(count: int) -> None:
    warning = "vary" if count else None
    page = page_of(
        ("columns", None, "a", "rows", 4.0), ("spread", None, "a", "cv_ratio", 3.0, warning)
    )
    assert f"<b>{count}</b>warnings" in page
