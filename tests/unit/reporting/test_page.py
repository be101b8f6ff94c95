from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from sparkfl.reporting import Summary, html_page, text_report, text_table
from sparkfl.reporting.plots import global_profiles, silhouettes, store_profiles

FEATURES = ("avg_order_value", "total_orders")


@pytest.fixture(scope="module")
def summary() -> Summary:
    rng = np.random.default_rng(7)
    names = ["United Kingdom", "Germany", "<b>Oslo</b> & co", "Malta"]
    verdicts = ["ok", "ok", "ok", "too_small"]
    trained = names[:3]
    stores = pd.DataFrame(
        {
            "store": names,
            "customers": [3920, 94, 60, 2],
            "local_silhouette": [0.41, 0.35, np.nan, np.nan],
            "global_silhouette": [0.38, 0.40, 0.1, np.nan],
            "agreement": [0.7, 1.0, np.nan, np.nan],
            "anomalous_cluster": pd.array([2, 1, None, None], "Int64"),
            "anomalous_cluster_size": pd.array([301, 12, None, None], "Int64"),
            "anomalous_customers": [201, 7, 0, 1],
            "verdict": verdicts,
        }
    )
    clusters = pd.DataFrame(
        [(store, c, 10 * (c + 1), c, c == 1) for store in trained for c in range(2)],
        columns=["store", "cluster", "n", "global_cluster", "anomalous"],
    ).join(pd.DataFrame(rng.normal(size=(6, 2)), columns=list(FEATURES)))
    return Summary(
        features=FEATURES,
        stores=stores,
        clusters=clusters,
        global_clusters=pd.DataFrame({"cluster": [0, 1], "n": [3000, 1074]}).join(
            pd.DataFrame([[-0.2, 0.1], [2.4, -1.0]], columns=list(FEATURES))
        ),
        reasons=pd.DataFrame(
            {
                "store": ["United Kingdom", "United Kingdom", "Germany", "Malta"],
                "reason": ["+total_orders", "-avg_order_value", "+total_orders", "+total_orders"],
                "customers": [150, 51, 7, 1],
            }
        ),
        customers=pd.DataFrame(
            {
                "customer": ["14646", "<script>alert(1)</script>"],
                "store": ["Germany", "<b>Oslo</b> & co"],
                "score": [12.5, 3.25],
                "reason": ["+avg_order_value", "-total_orders"],
            }
        ),
    )


@pytest.fixture(scope="module")
def page(summary: Summary) -> str:
    return html_page(summary, "<i>shops</i>", "a & b")


@pytest.fixture
def _without_drawing(monkeypatch):
    monkeypatch.setattr("sparkfl.reporting.page._svg", lambda _figure, label: label)


def test_page_is_self_contained_and_well_formed(page):
    open_tags: list[str] = []
    links: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag, attrs):
            self.handle_startendtag(tag, attrs)
            if tag not in {"meta", "link", "br"}:
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

        def handle_startendtag(self, tag, attrs):
            assert tag not in {"link", "script", "iframe"}
            links.extend(value for name, value in attrs if re.search("src|href|action", name))

    Checker().feed(page.removeprefix("<!doctype html>"))
    assert open_tags == []
    links += re.findall(r"""url\(\s*["']?(.)""", page)
    assert {link[0] for link in links} == {"#", "d"}
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "@import" not in page


def test_names_are_escaped(page):
    assert "<script" not in page
    assert "<b>Oslo</b>" not in page
    assert "<i>shops</i>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_lead_counts_what_the_tables_hold(page):
    assert "4,076 customers of 4 stores were scored; 3 stores have a model of their own" in page
    assert "209 customers (5.1%) are anomalous, most often for high total orders (158)" in page


@pytest.mark.usefixtures("_without_drawing")
def test_untrained_stores_say_why(summary, page):
    assert "too_small: fewer customers than clusters" in page
    assert "They released nothing" in page
    all_ok = summary.stores.assign(verdict="ok")
    assert "They released nothing" not in html_page(replace(summary, stores=all_ok), "shops", "")


@pytest.mark.usefixtures("_without_drawing")
def test_page_without_anomalies(summary):
    page = html_page(
        replace(summary, reasons=summary.reasons[:0], customers=summary.customers[:0]), "shops", ""
    )
    assert "are anomalous." in page
    assert "The most anomalous customers" not in page


def test_page_is_reproducible(summary, page):
    assert html_page(summary, "<i>shops</i>", "a & b") == page


def test_one_feature_and_one_global_cluster(summary):
    page = html_page(
        replace(
            summary,
            features=FEATURES[:1],
            clusters=summary.clusters.assign(global_cluster=0),
            global_clusters=summary.global_clusters[:1],
        ),
        "shops",
        "",
    )
    assert page.count("<svg") == 5


def test_heat_maps_show_every_cluster(summary):
    (axes,) = store_profiles(summary).axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[:2] == ["United Kingdom   0 → 0   10", "▲ 1 → 1   20"]
    assert len(labels) == len(summary.clusters)
    (axes,) = global_profiles(summary).axes
    np.testing.assert_allclose(axes.images[0].get_array(), [[-0.2, 0.1], [2.4, -1.0]])


def test_silhouettes_of_trained_stores_only(summary):
    (axes,) = silhouettes(summary).axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["<b>Oslo</b> & co   60", "Germany   94", "United Kingdom   3,920"]


def test_text_report_names_the_highest(summary):
    lines = text_report(summary, top=1).splitlines()
    assert lines[-1] == "  14646 in Germany: high avg order value"
    assert lines[-2].startswith("4,076 customers of 4 stores")


def test_text_table_aligns_and_dashes(summary):
    lines = text_table(summary.stores).splitlines()
    for end in [rule.end() for rule in re.finditer("-+", lines[1])][1:]:
        assert all(
            line[end - 1 : end].strip() and not line[end : end + 2].strip() for line in lines
        )
    assert lines[2].split() == [
        "United", "Kingdom", "3,920", "0.41", "0.38", "0.70", "2", "301", "201",
    ]  # fmt: skip
    assert lines[5].split() == ["Malta", "2", "-", "-", "-", "-", "-", "1"]
