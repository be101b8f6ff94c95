"""A summary as one self-contained HTML page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sparkfl.local.result import Verdict
from sparkfl.reporting import layout
from sparkfl.reporting.summary import MOST_CUSTOMERS
from sparkfl.reporting.text import HEADINGS, cell
from sparkfl.reporting.wording import lead, reason_text

if TYPE_CHECKING:
    import pandas as pd

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
    layout.require_plots()
    sections = [*_of_stores(summary), *_of_customers(summary), *_of_clusters(summary)]
    untrained = summary.stores[summary.stores["verdict"] != "ok"]
    if not untrained.empty:
        sections.append(
            layout.section(
                "Stores without a model of their own",
                "They released nothing; the global model scores their customers.",
                _untrained(untrained),
            )
        )
    return layout.page(
        title,
        origin,
        lead=lead(summary),
        notice=_NAMELESS if summary.customers.empty else _NAMING,
        figures=_figures(summary),
        sections=sections,
        guide="federation_guide.html",
    )


def _of_stores(summary: Summary) -> list[str]:
    """Show the stores that have a model of their own, if there are any."""
    from sparkfl.reporting import plots

    trained = summary.stores[summary.stores["verdict"] == "ok"]
    if trained.empty:
        return []
    return [
        layout.section(
            "Stores", "Those with a model of their own, the largest first.", _stores(trained)
        ),
        layout.section(
            "Local against global",
            "Does the federation's grouping fit a store as well as the store's own?",
            layout.svg(plots.silhouettes(summary), "Local and global silhouette of each store"),
        ),
        layout.section(
            "Cluster profiles per store",
            "How many standard deviations the mean of a released cluster is above (red) or below "
            "(blue) the federation's: local cluster → nearest global cluster, customers. ▲ marks "
            f"the store's anomalous cluster.{_features_shown(summary)}",
            layout.svg(plots.store_profiles(summary), "Feature profile of each store's clusters"),
        ),
    ]


def _of_customers(summary: Summary) -> list[str]:
    """Show the anomalous customers, and why they are; nothing if there are none."""
    from sparkfl.reporting import plots

    sections = []
    if not summary.customers.empty:
        sections.append(
            layout.section(
                "The most anomalous customers",
                "The highest scores of all stores, and the feature that makes them so. Below, "
                "the highest of each store.",
                _customers(summary.customers.head(MOST_CUSTOMERS)) + _by_store(summary),
            )
        )
    if not summary.reasons.empty:
        sections.append(
            layout.section(
                "Why customers stand out",
                "Reasons of the flagged customers of a store; at the right how many they are.",
                layout.svg(
                    plots.reason_bars(summary), "Share of reasons among each store's anomalies"
                ),
            )
        )
    return sections


def _of_clusters(summary: Summary) -> list[str]:
    """Show the clusters of all stores."""
    from sparkfl.reporting import plots

    return [
        layout.section(
            "Where local clusters meet",
            "A bubble is a store's cluster (its size the customers), on the plane that shows most "
            "of their differences. Colour and line lead to the nearest global cluster (numbered). "
            "A red ring marks a store's anomalous cluster.",
            layout.svg(plots.cluster_map(summary), "Local clusters around global clusters"),
        ),
        layout.section(
            "Global clusters",
            "How many standard deviations a cluster's mean is above (red) or below (blue) the "
            f"federation's; at the left the customers.{_features_shown(summary)}",
            layout.svg(plots.global_profiles(summary), "Feature profile of each global cluster"),
        ),
    ]


def _features_shown(summary: Summary) -> str:
    """Say which features a heat map leaves out."""
    from sparkfl.reporting.plots import MOST_FEATURES

    more = len(summary.features) - MOST_FEATURES
    return f" Of {more + MOST_FEATURES} features the {MOST_FEATURES} that tell most." * (more > 0)


def _figures(summary: Summary) -> list[tuple[str, float]]:
    """Return four numbers that are shown in large type."""
    stores = summary.stores
    return [
        ("customers", stores["customers"].sum()),
        ("stores", len(stores)),
        ("with a model of their own", (stores["verdict"] == "ok").sum()),
        ("anomalous customers", stores["anomalous_customers"].sum()),
    ]


def _stores(trained: pd.DataFrame) -> str:
    """Tabulate the stores with a model of their own."""
    columns = [column for column in HEADINGS if column in trained.columns]
    rows = trained[columns].itertuples(index=False)
    cells = ([escape(cell(value)) for value in row] for row in rows)
    return layout.table([HEADINGS[column] for column in columns], cells, text=1)


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
    return layout.table(["customer", "store", "because of", "", "score"], rows, text=4)


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
    return layout.table(["store", "why", "customers", "anomalous customers"], rows, text=2)


def _verdict(verdict: object) -> str:
    """Put a verdict into words."""
    if not isinstance(verdict, str):
        return "not in the training"
    words = _VERDICTS.get(Verdict(verdict))
    return f"{verdict}: {words}" if words else verdict
