"""A summary as one self-contained HTML page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from string import Template
from typing import TYPE_CHECKING

from sparkfl.errors import MissingPackageError
from sparkfl.local.result import Verdict
from sparkfl.reporting.summary import MOST_CUSTOMERS
from sparkfl.reporting.text import HEADINGS, cell
from sparkfl.reporting.wording import lead, reason_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sparkfl.reporting.summary import Summary

__all__ = ["html_page"]

_MOST_STORES = 40
_VERDICTS = {
    Verdict.TOO_SMALL: "fewer customers than clusters, or than may be released",
    Verdict.CONSTANT: "all customers are alike",
    Verdict.OVERFLOW: "a feature is too large to be squared",
    Verdict.NO_STORE: "customers without a store",
    Verdict.FAILED: "the algorithm raised an error",
}
_NAMING = (
    "<b>This page names customers.</b> It belongs to the analysts of the stores: do not pass it "
    "on. It says what makes a customer stand out, and shows none of a customer's values."
)
_NAMELESS = (
    "<b>This page names no customer.</b> It counts the customers of each store, few of some: it "
    "belongs to the analysts of the stores."
)


def html_page(summary: Summary, title: str, origin: str) -> str:
    """Lay out the page: plots as inline SVG, nothing loaded from anywhere.

    Parameters
    ----------
    summary : Summary
        What to show.
    title : str
        Heading, e.g. model name and version.
    origin : str
        One line on where the model and the rows come from.

    Returns
    -------
    str
        HTML; all names in it are escaped.

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from sparkfl.reporting import Summary
    >>> row = {"store": "Oslo", "customers": 94, "verdict": "ok", "agreement": 0.7}
    >>> row |= {"local_silhouette": 0.5, "global_silhouette": 0.4, "anomalous_customers": 0}
    >>> cluster = {"store": "Oslo", "cluster": 0, "n": 94, "anomalous": False, "profile": [0.3]}
    >>> clusters = pd.DataFrame([{**cluster, "global_cluster": 0}])
    >>> summary = Summary(("spend",), pd.DataFrame([row]), clusters, clusters)
    >>> html_page(summary, "shops", "version 3").splitlines()[0]
    '<!doctype html>'
    """
    if find_spec("matplotlib") is None:
        raise MissingPackageError("The page of a report", "matplotlib", "report")
    sections = [*_of_stores(summary), *_of_customers(summary), *_of_clusters(summary)]
    untrained = summary.stores[summary.stores["verdict"] != "ok"]
    if not untrained.empty:
        sections.append(
            _section(
                "Stores without a model of their own",
                "They released nothing; the global model scores their customers.",
                _untrained(untrained),
            )
        )
    page = Template(files("sparkfl.reporting").joinpath("page.html").read_text("utf-8"))
    return page.substitute(
        title=escape(title),
        origin=escape(origin),
        lead=escape(lead(summary)),
        notice=_NAMELESS if summary.customers.empty else _NAMING,
        figures=_figures(summary),
        sections="\n".join(sections),
    )


def _of_stores(summary: Summary) -> list[str]:
    """Show the stores that have a model of their own, if there are any."""
    from sparkfl.reporting import plots

    trained = summary.stores[summary.stores["verdict"] == "ok"]
    if trained.empty:
        return []
    return [
        _section("Stores", "Those with a model of their own, the largest first.", _stores(trained)),
        _section(
            "Local against global",
            "Does the federation's grouping fit a store as well as the store's own?",
            _svg(plots.silhouettes(summary), "Local and global silhouette of each store"),
        ),
        _section(
            "Cluster profiles per store",
            "How many standard deviations the mean of a released cluster is above (red) or below "
            "(blue) the federation's: local cluster → nearest global cluster, customers. ▲ marks "
            f"the store's anomalous cluster.{_features_shown(summary)}",
            _svg(plots.store_profiles(summary), "Feature profile of each store's clusters"),
        ),
    ]


def _of_customers(summary: Summary) -> list[str]:
    """Show the anomalous customers, and why they are; nothing if there are none."""
    from sparkfl.reporting import plots

    sections = []
    if not summary.customers.empty:
        sections.append(
            _section(
                "The most anomalous customers",
                "The highest scores of all stores, and the feature that makes them so. Below, "
                "the highest of each store.",
                _customers(summary.customers.head(MOST_CUSTOMERS)) + _by_store(summary),
            )
        )
    if not summary.reasons.empty:
        sections.append(
            _section(
                "Why customers stand out",
                "Reasons of the flagged customers of a store; at the right how many they are.",
                _svg(plots.reason_bars(summary), "Share of reasons among each store's anomalies"),
            )
        )
    return sections


def _of_clusters(summary: Summary) -> list[str]:
    """Show the clusters of all stores."""
    from sparkfl.reporting import plots

    return [
        _section(
            "Where local clusters meet",
            "A bubble is a store's cluster (its size the customers), on the plane that shows most "
            "of their differences. Colour and line lead to the nearest global cluster (numbered). "
            "A red ring marks a store's anomalous cluster.",
            _svg(plots.cluster_map(summary), "Local clusters around global clusters"),
        ),
        _section(
            "Global clusters",
            "How many standard deviations a cluster's mean is above (red) or below (blue) the "
            f"federation's; at the left the customers.{_features_shown(summary)}",
            _svg(plots.global_profiles(summary), "Feature profile of each global cluster"),
        ),
    ]


def _features_shown(summary: Summary) -> str:
    """Say which features a heat map leaves out."""
    from sparkfl.reporting.plots import MOST_FEATURES

    more = len(summary.features) - MOST_FEATURES
    return f" Of {more + MOST_FEATURES} features the {MOST_FEATURES} that tell most." * (more > 0)


def _figures(summary: Summary) -> str:
    """Show four numbers in large type."""
    stores = summary.stores
    numbers = [
        ("customers", stores["customers"].sum()),
        ("stores", len(stores)),
        ("with a model of their own", (stores["verdict"] == "ok").sum()),
        ("anomalous customers", stores["anomalous_customers"].sum()),
    ]
    return "".join(f"<div><b>{int(n):,}</b>{label}</div>" for label, n in numbers)


def _section(heading: str, text: str, content: str) -> str:
    """Frame a part of the page."""
    return f'<section><h2>{heading}</h2><p class="muted">{text}</p>{content}</section>'


def _stores(trained: pd.DataFrame) -> str:
    """Tabulate the stores with a model of their own."""
    columns = [column for column in HEADINGS if column in trained.columns]
    rows = trained[columns].itertuples(index=False)
    cells = ([escape(cell(value)) for value in row] for row in rows)
    return _table([HEADINGS[column] for column in columns], cells, text=1)


def _customers(customers: pd.DataFrame) -> str:
    """Tabulate customers; a bar shows the score."""
    rows = (
        [
            escape(str(row["customer"])),
            escape(str(row["store"])),
            escape(reason_text(row["reason"])),
            f'<span class="bar" style="width:{round(7 * row["score"])}px"></span>',
            cell(row["score"]),
        ]
        for row in customers.to_dict("records")
    )
    return _table(["customer", "store", "because of", "", "score"], rows, text=4)


def _by_store(summary: Summary) -> str:
    """Fold each store's customers away under its name, the largest stores first."""
    counts = summary.stores.set_index("store")["anomalous_customers"]
    parts = []
    for store in counts[counts > 0].head(_MOST_STORES).index:
        customers = summary.customers[summary.customers["store"] == store]
        told = f"{counts[store]:,} anomalous, " if counts[store] > len(customers) else ""
        parts.append(
            f"<details><summary>{escape(str(store))} <span class=muted>({told}{len(customers)} "
            f"shown)</span></summary>{_customers(customers)}</details>"
        )
    return "".join(parts)


def _untrained(stores: pd.DataFrame) -> str:
    """Tabulate the stores without a model, with the reason."""
    rows = (
        [
            escape(str(row.store)),
            escape(_verdict(row.verdict)),
            cell(row.customers),
            cell(row.anomalous_customers),
        ]
        for row in stores.itertuples()
    )
    return _table(["store", "why", "customers", "anomalous customers"], rows, text=2)


def _verdict(verdict: object) -> str:
    """Put a verdict into words."""
    if not isinstance(verdict, str):
        return "not in the training"
    words = _VERDICTS.get(Verdict(verdict))
    return f"{verdict}: {words}" if words else verdict


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], text: int) -> str:
    """Lay out cells that are HTML already; the first `text` columns are aligned left."""
    kinds = [' class="text"' if i < text else "" for i in range(len(headings))]
    head = "".join(f"<th{kind}>{name}</th>" for kind, name in zip(kinds, headings, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{value}</td>" for kind, value in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def _svg(figure: Figure, description: str) -> str:
    """Draw a figure as SVG that can stand inside HTML beside others."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with (
        mpl.rc_context({"svg.hashsalt": description, "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # Text stays text: the reader's browser has the letters that our font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    return f'<figure role="img" aria-label="{escape(description)}">{drawing}</figure>'
