"""An exploration as one self-contained HTML page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sparkfl.reporting import layout
from sparkfl.reporting.text import cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["exploration_page"]

_MOST_BARS, _MOST_PLOTS, _MOST_LINES = 30, 48, 400
_DISTRIBUTIONS = {
    "target": ("Target", "What is to be predicted."),
    "clusters": ("Clusters", "How many rows are in each."),
    "predictions": ("Predictions", "What the model said."),
    "histogram": ("Numbers and dates", "In bins of one width, from the least to the greatest."),
    "values": ("Categories", "The most frequent values."),
}
_OWN = (
    "<b>This page shows values of single rows</b>, such as extremes and categories: it belongs to "
    "who holds them."
)
_GATED = (
    "<b>Nothing on this page is of a single row</b>: of each store is told what has passed its "
    "gate."
)


def exploration_page(told: pd.DataFrame, title: str, origin: str = "") -> str:
    """Lay out what `explore` told: plots as inline SVG, nothing loaded from anywhere.

    Parameters
    ----------
    told : pandas.DataFrame
        The rows of `explore`, all of them.
    title : str
        Heading.
    origin : str, default ''
        One line on where the rows come from.

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
    >>> from sparkfl.features.exploration import explore
    >>> rows = spark.sql("SELECT double(id) AS x, id % 3 AS y FROM range(30)")
    >>> page = exploration_page(explore(rows, "y").toPandas(), "rows")
    >>> page.count("<svg")
    3
    """
    layout.require_plots()
    gated = bool((told["section"] == "stores").any())
    sections = [*_missing(told), *_of_target(told), *_distributions(told), *_popularity(told)]
    sections += [*_summary(told), *_stores(told), *_left(told)]
    return layout.page(
        title,
        origin,
        lead=_lead(told),
        notice=_GATED if gated else _OWN,
        figures=_numbers(told),
        sections=sections,
        guide="exploration_guide.html",
    )


def _numbers(told: pd.DataFrame) -> list[tuple[str, float]]:
    """Return what is shown in large type."""
    columns = _wide(told, "columns")
    if columns.empty:
        stores = told.loc[told["section"] == "stores"]
        held = stores.loc[stores["statistic"] == "held_back", "store"].nunique()
        return [("stores", stores["store"].nunique()), ("that hold something back", held)]
    numbers = [("rows", columns["rows"].max()), ("columns", len(columns))]
    if "missing" in columns:
        numbers.append(("columns with missing values", (columns["missing"] > 0).sum()))
    return [*numbers, ("warnings", len(_warnings(told)))]


def _lead(told: pd.DataFrame) -> str:
    """Say what stands out."""
    warned = _warnings(told)["feature"].tolist()
    columns = _wide(told, "columns")
    empty = (
        columns.index[columns["missing_share"] == 1].tolist() if "missing_share" in columns else []
    )
    parts = []
    if warned:
        parts.append(f"Train and test vary differently in {_some(warned)}.")
    if empty:
        parts.append(f"Nothing is in {_some(empty)}.")
    return " ".join(parts) or "Nothing that calls for a warning."


def _warnings(told: pd.DataFrame) -> pd.DataFrame:
    return told[(told["statistic"] == "cv_ratio") & told["text"].notna()]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _wide(told: pd.DataFrame, section: str) -> pd.DataFrame:
    """Return a row a feature, and a column a statistic that is a number."""
    rows = told[(told["section"] == section) & told["value"].notna() & told["store"].isna()]
    order = rows["feature"].drop_duplicates()
    wide = rows.pivot_table(index="feature", columns="statistic", values="value", aggfunc="first")
    return wide.reindex(order)


def _missing(told: pd.DataFrame) -> Iterator[str]:
    """Show the shares of what is missing, the largest first."""
    from sparkfl.reporting import exploration_plots as plots

    columns = _wide(told, "columns")
    if "missing_share" not in columns:
        return
    shares = columns["missing_share"][columns["missing_share"] > 0]
    shares = shares.sort_values(ascending=False, kind="stable").head(_MOST_BARS)
    if len(shares):
        drawn = plots.bars(shares.index.tolist(), shares.tolist(), "share of the rows")
        yield layout.section(
            "Missing values", "NULL or NaN.", layout.svg(drawn, "Share of missing values by column")
        )


def _of_target(told: pd.DataFrame) -> Iterator[str]:
    """Show correlations, and train against test."""
    from sparkfl.reporting import exploration_plots as plots

    found = _wide(told, "correlation").reindex(columns=["pearson", "spearman"])
    found = found.dropna(how="all")
    if len(found):
        order = found.abs().max(axis=1).sort_values(ascending=False, kind="stable").index
        shown = found.loc[order[:_MOST_BARS]]
        drawn = plots.correlations(shown)
        yield layout.section(
            "Correlation with the target",
            f"The strongest {len(shown)} of {len(found)}.",
            layout.svg(drawn, "Correlation of features with the target"),
        )
    spread = _wide(told, "spread")
    if len(spread):
        warned = set(_warnings(told)["feature"])
        names = ["cv_train", "cv_test", "cv_ratio"]
        spread = spread.reindex(columns=names).sort_values(
            "cv_ratio", ascending=False, kind="stable", na_position="last"
        )
        rows = (
            [escape(name), *map(cell, row), "▲ not alike" if name in warned else ""]
            for name, *row in spread.head(_MOST_LINES).itertuples()
        )
        headings = ["column", "CV of train, %", "CV of test, %", "ratio", ""]
        yield layout.section(
            "Train against test", "Standard deviation in percent of the mean.",
            layout.table(headings, rows, text=1),
        )  # fmt: skip


def _distributions(told: pd.DataFrame) -> Iterator[str]:
    """Show histograms and categories."""
    from sparkfl.reporting import exploration_plots as plots

    for section, (heading, text) in _DISTRIBUTIONS.items():
        rows = told[(told["section"] == section) & (told["statistic"] == "count")]
        names = rows["feature"].drop_duplicates().tolist()
        if names:
            more = len(names) - _MOST_PLOTS
            left = f" The first {_MOST_PLOTS} of {len(names)}." if more > 0 else ""
            drawn = plots.distributions(rows, names[:_MOST_PLOTS])
            yield layout.section(heading, text + left, layout.svg(drawn, heading))


def _popularity(told: pd.DataFrame) -> Iterator[str]:
    """Show what is ordered most against what is recommended most."""
    from sparkfl.reporting import exploration_plots as plots

    rows = told[(told["section"] == "popularity") & told["feature"].notna()]
    if rows.empty:
        return
    found = rows.pivot_table(index="feature", columns="statistic", values="value")
    overlap = told.loc[told["statistic"] == "overlap", "value"].max()
    found = found.sort_values(["ordered", "recommended"], ascending=False).head(_MOST_BARS)
    drawn = plots.popularity(found[["ordered", "recommended"]])
    yield layout.section(
        "Ordered and recommended",
        f"How often each item is. Of those ordered most, {overlap:.0%} are among those recommended "
        "most.",
        layout.svg(drawn, "Orders and recommendations by item"),
    )


def _summary(told: pd.DataFrame) -> Iterator[str]:
    """Tabulate the figures of numbers."""
    wide = _wide(told, "summary").head(_MOST_LINES)
    if len(wide):
        texts = told[(told["section"] == "summary") & told["text"].notna()]
        dates = {(row.feature, row.statistic): row.text for row in texts.itertuples()}
        rows = (
            [
                escape(name),
                *(escape(str(dates.get((name, s), cell(row[s])))) for s in wide.columns),
            ]
            for name, row in zip(wide.index.tolist(), wide.to_dict("records"), strict=True)
        )
        headings = ["column", *map(escape, wide.columns)]
        content = layout.table(headings, rows, text=1)
        yield layout.section("Figures", "Of the finite values.", content)


def _stores(told: pd.DataFrame) -> Iterator[str]:
    """Tabulate what stores told."""
    rows = told[told["section"] == "stores"]
    if rows.empty:
        return
    names = ["rows", "count", "missing_share", "mean", "std", "cv"]
    keyed = rows.assign(store=rows["store"].fillna("all together"))
    wide = keyed.pivot_table(
        index=["feature", "store"], columns="statistic", values="value", aggfunc="first"
    ).reindex(columns=names)
    lines = (
        [escape(feature), escape(store), *map(cell, row)]
        for (feature, store), *row in wide.head(_MOST_LINES).itertuples()
    )
    yield layout.section(
        "Stores", "What has passed the gate of each.",
        layout.table(["column", "store", *names], lines, text=2),
    )  # fmt: skip


def _left(told: pd.DataFrame) -> Iterator[str]:
    """Say what is not explored, or held back."""
    rows = told[told["statistic"].isin(["not_explored", "held_back"])]
    if rows.empty:
        return
    lines = (
        [escape(str(row[name] or "")) for name in ("feature", "store", "text")]
        for row in rows.head(_MOST_LINES).to_dict("records")
    )
    yield layout.section(
        "What is not told", "And why.", layout.table(["column", "store", "why"], lines, text=3)
    )
