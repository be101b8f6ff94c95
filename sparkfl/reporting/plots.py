"""Plots of a summary as matplotlib figures; nothing here needs Spark or a display."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from sparkfl.reporting.text import cell, printable
from sparkfl.reporting.wording import reason_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sparkfl.reporting.summary import Summary

__all__ = [
    "ALARM",
    "GLOBAL",
    "INK",
    "LINE",
    "LOCAL",
    "MOST_FEATURES",
    "MUTED",
    "cluster_map",
    "figure_with_axes",
    "global_profiles",
    "reason_bars",
    "short",
    "silhouettes",
    "store_profiles",
]

INK, MUTED, LINE = "#1b2733", "#66737f", "#d9dfe4"
_OTHER = "others"
LOCAL, GLOBAL, ALARM = "#2b6cb0", "#d9822b", "#c0392b"
_GLOBAL_COLOURS = (
    "#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#76b7b2", "#edc948", "#9c755f", "#bab0ac",
)  # fmt: skip
_MOST_STORES, _MOST_REASONS = 16, 8
MOST_FEATURES = 12
"""Features that a heat map shows."""


def silhouettes(summary: Summary) -> Figure:
    """Draw each trained store's local and global silhouette, and their agreement.

    Parameters
    ----------
    summary : Summary
        Of the federation.

    Examples
    --------
    >>> import pandas as pd
    >>> from sparkfl.reporting import Summary
    >>> row = {"store": "Oslo", "customers": 94, "verdict": "ok", "agreement": 0.7}
    >>> stores = pd.DataFrame([{**row, "local_silhouette": 0.5, "global_silhouette": 0.4}])
    >>> silhouettes(Summary(("spend",), stores=stores)).axes[0].get_yticklabels()[0].get_text()
    'Oslo   94'
    """
    stores = _trained(summary)[::-1]
    figure, axes = figure_with_axes(8.6, 1.3 + 0.3 * len(stores))
    y = np.arange(len(stores))
    local, glob = stores["local_silhouette"], stores["global_silhouette"]
    axes.hlines(y, local, glob, color=LINE, linewidth=3, zorder=1)
    axes.scatter(local, y, s=46, color=LOCAL, label="local clusters", zorder=2)
    axes.scatter(glob, y, s=46, color=GLOBAL, label="global clusters", zorder=2)
    low = min(0.0, np.nanmin([local.min(), glob.min(), 0.0]))
    axes.set_xlim(low - 0.03, 1.0)
    axes.set_ylim(-0.6, len(stores) - 0.4)
    for at, agreement in enumerate(stores["agreement"]):
        axes.text(1.06, at, cell(agreement), va="center", ha="center", color=INK, fontsize=9)
    axes.text(1.06, len(stores) - 0.35, "agreement", ha="center", color=MUTED, fontsize=9)
    axes.set_yticks(y, [_store_label(row) for row in stores.itertuples()])
    axes.set_xlabel("silhouette of the store's customers", color=MUTED)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    _legend(axes)
    return figure


def cluster_map(summary: Summary) -> Figure:
    """Draw local clusters around the global clusters, on the plane that shows most of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from sparkfl.reporting import Summary
    >>> row = {"store": "Oslo", "cluster": 0, "n": 12, "anomalous": False, "profile": [0.3]}
    >>> clusters = pd.DataFrame([{**row, "global_cluster": 0}])
    >>> summary = Summary(("spend",), clusters=clusters, global_clusters=clusters)
    >>> cluster_map(summary).axes[0].get_xlabel()
    '→  more spend'
    """
    names = list(summary.features)
    local, glob = summary.clusters, summary.global_clusters
    weights = np.sqrt(local["n"].to_numpy())[:, None]
    _, _, axes_of_plane = np.linalg.svd(weights * _profiles(local), full_matrices=False)
    plane = axes_of_plane[:2].T
    points, centres = _profiles(local) @ plane, _profiles(glob) @ plane
    if plane.shape[1] == 1:
        points, centres = np.pad(points, ((0, 0), (0, 1))), np.pad(centres, ((0, 0), (0, 1)))
    figure, axes = figure_with_axes(8.6, 5.4)
    colours = [_colour(cluster) for cluster in local["global_cluster"]]
    targets = centres[local["global_cluster"].to_numpy()]
    for point, target, colour in zip(points, targets, colours, strict=True):
        axes.plot(*zip(point, target, strict=True), color=colour, linewidth=0.8, alpha=0.5)
    size = 30 + 700 * np.sqrt(local["n"] / local["n"].max())
    edges = [ALARM if flagged else "white" for flagged in local["anomalous"]]
    axes.scatter(
        points[:, 0], points[:, 1], s=size, c=colours, edgecolors=edges, linewidths=1.4, alpha=0.75
    )
    for (x, y), cluster in zip(centres, glob["cluster"], strict=True):
        axes.text(
            x, y, str(cluster), ha="center", va="center", fontsize=9, color="white", weight="bold",
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": INK, "edgecolor": "white"}, zorder=5,
        )  # fmt: skip
    for number, label in ((0, axes.set_xlabel), (1, axes.set_ylabel)):
        label(_direction(plane[:, number], names) if number < plane.shape[1] else "", color=MUTED)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure


def global_profiles(summary: Summary) -> Figure:
    """Draw the global clusters' features as a heat map.

    Examples
    --------
    >>> import pandas as pd
    >>> from sparkfl.reporting import Summary
    >>> clusters = pd.DataFrame({"cluster": [0], "n": [12], "profile": [[0.3]]})
    >>> axes = global_profiles(Summary(("spend",), global_clusters=clusters)).axes[0]
    >>> axes.get_yticklabels()[0].get_text(), axes.texts[0].get_text()
    ('global 0   12', '+0.3')
    """
    labels = [f"global {row.cluster}   {row.n:,}" for row in summary.global_clusters.itertuples()]
    return _heat_map(summary, summary.global_clusters, labels, [], [])


def store_profiles(summary: Summary) -> Figure:
    """Draw the local clusters' features of the largest stores as a heat map.

    Examples
    --------
    >>> import pandas as pd
    >>> from sparkfl.reporting import Summary
    >>> stores = pd.DataFrame([{"store": "Oslo", "verdict": "ok"}])
    >>> row = {"store": "Oslo", "cluster": 0, "n": 12, "anomalous": True, "profile": [0.3]}
    >>> clusters = pd.DataFrame([{**row, "global_cluster": 2}])
    >>> summary = Summary(("spend",), stores, clusters, global_clusters=clusters)
    >>> axes = store_profiles(summary).axes[0]
    >>> axes.get_yticklabels()[0].get_text()
    'Oslo   ▲ 0 → 2   12'
    """
    shown = _trained(summary)["store"].tolist()
    order = {store: i for i, store in enumerate(shown)}
    clusters = summary.clusters[summary.clusters["store"].isin(shown)]
    clusters = clusters.assign(order=clusters["store"].map(order)).sort_values(["order", "cluster"])
    labels, breaks = [], []
    for i, row in enumerate(clusters.itertuples()):
        first = i == 0 or row.order != clusters["order"].iloc[i - 1]
        if first and i:
            breaks.append(i)
        mark = "▲ " if row.anomalous else ""
        name = f"{short(row.store)}   " if first else ""
        labels.append(f"{name}{mark}{row.cluster} → {row.global_cluster}   {row.n:,}")
    flags = [i for i, flag in enumerate(clusters["anomalous"]) if flag]
    return _heat_map(summary, clusters, labels, breaks, flags)


def reason_bars(summary: Summary) -> Figure:
    """Draw how many customers of each store were flagged, and for which feature.

    Examples
    --------
    >>> import pandas as pd
    >>> from sparkfl.reporting import Summary
    >>> reasons = pd.DataFrame([{"store": "Oslo", "reason": "+spend", "customers": 3}])
    >>> axes = reason_bars(Summary(("spend",), reasons=reasons)).axes[0]
    >>> axes.get_legend().get_texts()[0].get_text()
    'high spend'
    """
    table = summary.reasons.pivot_table(
        index="store", columns="reason", values="customers", fill_value=0, aggfunc="sum"
    )
    table = table.loc[table.sum(axis=1).sort_values().index[-_MOST_STORES:]]
    frequent = table.sum().sort_values(ascending=False, kind="stable").index[:_MOST_REASONS]
    rare = table.drop(columns=frequent).sum(axis=1)
    table = table[[reason for reason in table.columns if reason in frequent]]
    table = table.assign(**{_OTHER: rare}) if rare.any() else table
    table = table.div(table.sum(axis=1), axis=0)
    counts = summary.reasons.groupby("store")["customers"].sum()
    figure, axes = figure_with_axes(8.6, 1.4 + 0.3 * len(table))
    y, left = np.arange(len(table)), np.zeros(len(table))
    for i, reason in enumerate(table.columns):
        colour = _GLOBAL_COLOURS[i % len(_GLOBAL_COLOURS)]
        axes.barh(
            y,
            table[reason],
            left=left,
            color=colour,
            label=short(reason_text(reason)),
        )
        left += table[reason].to_numpy()
    for at, store in enumerate(table.index):
        axes.text(1.01, at, f"{counts[store]:,}", va="center", color=INK, fontsize=9)
    axes.set_yticks(y, table.index.map(short))
    axes.set_xlim(0, 1.08)
    axes.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    _legend(axes, columns=3)
    return figure


def _heat_map(
    summary: Summary,
    rows: pd.DataFrame,
    labels: list[str],
    breaks: list[int],
    flags: list[int],
) -> Figure:
    """Draw clusters by features in standard deviations, blue below and red above the mean."""
    shown = _most_distinct(summary)
    values = _profiles(rows)[:, shown]
    figure, axes = figure_with_axes(8.6, 1 + 0.27 * len(rows))
    axes.imshow(values, cmap="RdBu_r", vmin=-2.5, vmax=2.5, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        colour = "white" if abs(value) > 1.6 else INK
        axes.text(j, i, f"{value:+.1f}", ha="center", va="center", fontsize=8.5, color=colour)
    width = max(72 // len(shown), 6)
    names = [short(summary.features[i].replace("_", " ")) for i in shown]
    axes.set_xticks(range(len(shown)), [textwrap.fill(name, min(width, 18)) for name in names])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), labels)
    for i in flags:
        axes.get_yticklabels()[i].set_color(ALARM)
    for i in breaks:
        axes.axhline(i - 0.5, color="white", linewidth=5)
    return figure


def _profiles(clusters: pd.DataFrame) -> np.ndarray:
    """Profiles of clusters, one a row."""
    return np.vstack(clusters["profile"].tolist())


def _most_distinct(summary: Summary) -> np.ndarray:
    """Features that a page is wide enough for: those that global clusters differ by most."""
    largest = np.abs(_profiles(summary.global_clusters)).max(axis=0)
    return np.sort(np.argsort(-largest, kind="stable")[:MOST_FEATURES])


def figure_with_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """Make a figure with one plain pair of axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9, colors=INK)
    return figure, axes


def _legend(axes: Axes, columns: int = 2) -> None:
    """Put the legend above the plot, to the left."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, fontsize=9,
        borderaxespad=0.2, handletextpad=0.3, labelcolor=INK,
    )  # fmt: skip


def _trained(summary: Summary) -> pd.DataFrame:
    """Return the largest stores that have a model of their own."""
    return summary.stores[summary.stores["verdict"] == "ok"].head(_MOST_STORES)


def _store_label(row: object) -> str:
    """Name a store and its number of customers."""
    return f"{short(row.store)}   {row.customers:,}"  # type: ignore[attr-defined]


def short(name: object) -> str:
    """Cut a name to what fits beside a plot, and keep $ from being taken for a formula."""
    text = " ".join(printable(str(name)).split())
    return (text if len(text) <= 26 else text[:25] + "…").replace("$", r"\$")


def _colour(cluster: int) -> str:
    """Give each global cluster a colour, again from the first after the last."""
    return _GLOBAL_COLOURS[cluster % len(_GLOBAL_COLOURS)]


def _direction(loadings: np.ndarray, names: list[str]) -> str:
    """Name the two features that an axis of the map goes by."""
    largest = np.argsort(-np.abs(loadings))[:2]
    sides = ("more" if loadings[i] > 0 else "less" for i in largest)
    words = (short(names[i].replace("_", " ")) for i in largest)
    return "→  " + ",  ".join(map(" ".join, zip(sides, words, strict=True)))
