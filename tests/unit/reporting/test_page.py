from __future__ import annotations

import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from sparkfl.reporting import Summary, html_page, text_report, text_table
from sparkfl.reporting.plots import global_profiles, reason_bars, silhouettes, store_profiles
from sparkfl.reporting.wording import reason_text

FEATURES = ("avg_order_value", "total_orders")


@pytest.fixture
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
    ).assign(profile=list(rng.normal(size=(6, 2))))
    return Summary(
        features=FEATURES,
        stores=stores,
        clusters=clusters,
        global_clusters=pd.DataFrame(
            {"cluster": [0, 1], "n": [3000, 1074], "profile": [[-0.2, 0.1], [2.4, -1.0]]}
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


class Page(HTMLParser):
    """What a browser makes of a page: its tags, its links, its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.styles: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in {"meta", "link", "br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in LINKING]
        self.styles += [value for _, value in attrs if "url(" in value]

    def handle_data(self, data):
        (self.styles if self.open and self.open[-1] == "style" else self.text).append(data)

    @property
    def external(self) -> list[str]:
        """What the page would load from elsewhere."""
        urls = re.findall(r"""(?:@import|url\()\s*["']?([^"')]+)""", " ".join(self.styles))
        return [link for link in [*self.links, *urls] if not link.startswith(("#", "data:"))]


LINKING = {"src", "href", "xlink:href", "data", "action", "srcset", "poster"}


def test_page_is_self_contained_and_well_formed(summary):
    page = Page(html_page(summary, "shops", "version 3"))
    assert page.links
    assert page.external == []
    assert not {"script", "link", "iframe", "base"} & set(page.tags)
    assert page.open == []


@pytest.mark.parametrize(
    "content",
    [
        '<img src="https://example.org/x.png">',
        "<use xlink:href='other.svg#x'/>",
        "<style>@import 'https://example.org/x.css';</style>",
        '<p style="background: url(//example.org/x.png)"></p>',
    ],
)
def test_what_is_loaded_from_elsewhere_would_be_seen(summary, content):
    page = html_page(summary, "shops", "version 3")
    assert len(Page(page.replace("</main>", f"{content}</main>")).external) == 1


def test_names_are_escaped(summary):
    page = html_page(summary, "<i>shops</i>", "a & b")
    assert "<script" not in page
    assert "<b>Oslo</b>" not in page
    assert "<i>shops</i>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_lead_counts_what_the_tables_hold(summary):
    page = html_page(summary, "shops", "")
    assert "4,076 customers of 4 stores were scored; 3 stores have a model of their own" in page
    assert "209 customers (5.1%) are anomalous, most often for high total orders (158)" in page


def test_untrained_stores_say_why(summary):
    page = html_page(summary, "shops", "")
    assert "too_small: fewer customers than clusters" in page
    all_ok = summary.stores.assign(verdict="ok")
    assert "They released nothing" not in html_page(replace(summary, stores=all_ok), "shops", "")


def test_page_without_anomalies(summary):
    page = html_page(
        replace(summary, reasons=summary.reasons[:0], customers=summary.customers[:0]), "shops", ""
    )
    assert "are anomalous." in page
    assert "The most anomalous customers" not in page


def test_page_is_reproducible(summary):
    assert html_page(summary, "shops", "") == html_page(summary, "shops", "")


def test_one_feature_and_one_global_cluster(summary):
    page = html_page(
        replace(
            summary,
            features=FEATURES[:1],
            clusters=summary.clusters.assign(global_cluster=0, profile=[[0.5]] * 6),
            global_clusters=summary.global_clusters[:1].assign(profile=[[0.5]]),
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
    ends = [match.end() for match in re.finditer("-+", lines[1])]
    assert len(ends) == 8
    for line in (lines[0], *lines[2:]):
        assert len(line) == ends[-1]
        for end in ends[1:]:
            assert line[end - 1] != " "
            assert line[end : end + 2].strip() == ""
    assert lines[2].split() == [
        "United", "Kingdom", "3,920", "0.41", "0.38", "0.70", "2", "301", "201",
    ]  # fmt: skip
    assert lines[5].split() == ["Malta", "2", "-", "-", "-", "-", "-", "1"]


@pytest.mark.parametrize(
    "names",
    [
        ("$\\alpha$ $", "a\tb\nc", "\x1b[2J"),
        ("Ünïcødé 東京 🏬", "x" * 200, "</svg><script>"),
    ],
)
def test_names_that_other_programs_take_for_commands(summary, names):
    rename = dict(zip(["United Kingdom", "Germany", "Malta"], names, strict=True))
    changed = replace(
        summary,
        features=names[:2],
        stores=summary.stores.replace({"store": rename}),
        clusters=summary.clusters.replace({"store": rename}),
        reasons=summary.reasons.replace({"store": rename}).assign(
            reason=[f"+{name}" for name in (*names, names[0])]
        ),
        customers=summary.customers.assign(
            customer=names[1:], store=names[1:], reason=[f"-{name}" for name in names[1:]]
        ),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = html_page(changed, names[0], names[2])
    assert Page(page).open == []
    assert "<script" not in page
    report = text_report(changed)
    assert "\x1b" not in report
    assert len(report.splitlines()) == len(text_report(summary).splitlines())


def test_a_feature_may_begin_with_a_sign():
    assert reason_text("--n") == "low -n"


def test_the_letters_that_our_font_lacks_stay_text(summary):
    named = summary.stores.replace({"store": {"Germany": "東京"}})
    page = html_page(replace(summary, stores=named), "shops", "")
    drawings = re.findall("<svg.*?</svg>", page, re.DOTALL)
    assert sum("東京" in drawing for drawing in drawings) == 1


def test_features_may_be_called_like_our_own_columns(summary):
    own = ("store", "cluster", "n", "global_cluster", "anomalous", "mean", "profile")
    many = own + tuple(f"f{i}" for i in range(193))
    profiles = np.random.default_rng(0).normal(size=(6, 200))
    wide = replace(
        summary,
        features=many,
        clusters=summary.clusters.assign(profile=list(profiles)),
        global_clusters=summary.global_clusters.assign(profile=list(profiles[:2])),
    )
    (axes,) = global_profiles(wide).axes
    shown = [label.get_text() for label in axes.get_xticklabels()]
    largest = np.abs(profiles[:2]).max(axis=0)
    assert sorted(shown) == sorted(many[i].replace("_", " ") for i in np.argsort(-largest)[:12])
    assert "Of 200 features the 12 that tell most." in html_page(wide, "shops", "")


def test_many_reasons_are_summed_up(summary):
    rows = [("Oslo", f"+f{i}", 20 - i) for i in range(20)]
    many = replace(summary, reasons=pd.DataFrame(rows, columns=["store", "reason", "customers"]))
    (axes,) = reason_bars(many).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [f"high f{i}" for i in range(8)] + ["others"]
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(1)


def test_without_names_of_customers(summary):
    page = html_page(replace(summary, customers=pd.DataFrame()), "shops", "")
    assert "This page names no customer." in page
    assert "Why customers stand out" in page
    assert "14646" not in page
    assert "This page names customers." in html_page(summary, "shops", "")


def test_no_store_with_a_model_of_its_own(summary):
    strange = summary.stores.assign(verdict=None)
    page = html_page(replace(summary, stores=strange), "shops", "")
    assert "not in the training" in page
    assert page.count("<svg") == 3


def test_stores_whose_names_begin_alike_are_drawn_apart(summary):
    stores = [f"a store with a long name, number {i}" for i in range(3)]
    rows = pd.DataFrame({"store": stores, "reason": "+x", "customers": [1, 2, 3]})
    (axes,) = reason_bars(replace(summary, reasons=rows)).axes
    assert len({bar.get_y() for bar in axes.patches}) == 3
