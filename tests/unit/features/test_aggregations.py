from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from feature_oracles import ASKED, ORACLES, SPAN, Customer, customers, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sparkfl.features.aggregations import AGGREGATIONS, DAY, Rows, Tiles

SEVERAL = {"share", "orders", "order_value", "returns", "return_rate", "returned_share"} | {
    "basket_size",
    "basket_variety",
}


def _parameters(text: str) -> dict[str, object]:
    pairs = [word.split("=") for word in text.split(",") if word]
    return {k: v if v.isalpha() else float(v) if "." in v else int(v) for k, v in pairs}


def test_every_aggregation_has_an_oracle() -> None:
    assert {name for name, _ in ORACLES} | SEVERAL == set(AGGREGATIONS)


@settings(max_examples=80)
@given(customers)
def test_each_is_what_others_compute_for_one_customer(own: list[Customer]) -> None:
    together = rows(own)
    for (name, text), oracle in ORACLES.items():
        found = AGGREGATIONS[name](together, **_parameters(text))
        wanted = np.array([oracle(c) for c in own], float)
        if name in ("skewness", "kurtosis", "r2", "interpurchase_cv", "ratio", "variation", "cv"):
            _check_unless_degenerate(name, found, wanted, own)
        else:
            scale = max((np.abs(c.v).max() for c in own if len(c.v)), default=0.0)
            np.testing.assert_allclose(found, wanted, 1e-9, 1e-9 * max(1, scale), err_msg=name)


def _check_unless_degenerate(
    name: str, found: np.ndarray, wanted: np.ndarray, own: list[Customer]
) -> None:
    """Compare what is well conditioned: where values nearly cancel, nobody knows nine digits."""
    for f, w, c in zip(found, wanted, own, strict=True):
        if name in ("ratio", "variation", "cv"):
            poor = len(c.v) and abs(c.v.mean()) < 1e-6 * np.abs(c.v).max()
        elif name == "r2":
            poor = np.std(c.filled) < 1e-6 * np.abs(c.filled).max() or (
                len(c.v) and np.std(c.series) < 1e-6 * np.abs(c.series).max()
            )
        else:
            poor = len(c.v) > 1 and np.std(c.v) < 1e-6 * np.abs(c.v).max()
        if not poor:
            assert f == pytest.approx(w, rel=1e-9, abs=1e-9, nan_ok=True), name


@settings(max_examples=60)
@given(customers)
def test_orders_returns_and_shares(own: list[Customer]) -> None:
    positive = [np.where(c.v > 0, c.v, np.nan) for c in own]
    negative = [np.where(c.v < 0, c.v, np.nan) for c in own]
    ordered, returned = (_known(own, values) for values in (positive, negative))
    for c, n, mean, back, rate, share in zip(
        own,
        AGGREGATIONS["orders"](ordered),
        AGGREGATIONS["order_value"](ordered),
        AGGREGATIONS["returns"](returned),
        AGGREGATIONS["return_rate"](ordered, returned),
        AGGREGATIONS["returned_share"](ordered, returned),
        strict=True,
    ):
        up, down = c.v[c.v > 0], c.v[c.v < 0]
        assert (n, back) == (len(up), len(down))
        if len(up):
            assert mean == pytest.approx(up.mean(), rel=1e-9)
            assert rate == pytest.approx(len(down) / len(up), rel=1e-9)
            assert share == pytest.approx(-down.sum() / up.sum(), rel=1e-9)
        else:
            assert np.isnan([mean, rate, share]).all()
    everything = rows(own, [np.ones(len(c.v)) for c in own])
    part = _known(own, [np.where(c.v > 0, 1.0, np.nan) for c in own])
    wanted = [np.mean(c.v > 0) if len(c.v) else np.nan for c in own]
    np.testing.assert_allclose(AGGREGATIONS["share"](everything, part), wanted, 1e-9)


def _known(own: list[Customer], values: list[np.ndarray]) -> Rows:
    kept = [~np.isnan(v) for v in values]
    left = [Customer(c.t[k], c.v[k]) for c, k in zip(own, kept, strict=True)]
    return rows(left, [v[k] for v, k in zip(values, kept, strict=True)])


@settings(max_examples=60)
@given(customers, st.integers(1, 3))
def test_tiles_add_up_to_what_the_rows_say(own: list[Customer], parts: int) -> None:
    """Days of events, or parts of days as when some come late, by the declared states alone."""
    together = rows(own)
    back = (ASKED - 1 - together.times) // DAY
    groups = np.stack([together.owner, -back, together.times // DAY, np.arange(len(back)) % parts])
    order = np.lexsort(groups[::-1])
    tiles, size = np.unique(groups[:, order], axis=1, return_counts=True)
    inside = Rows(together.times[order], size, size, None, together.values[order])
    owned = np.bincount(tiles[0], minlength=len(own)) if tiles.size else np.zeros(len(own), int)
    scale = 1e-9 * max((np.abs(c.v).max() for c in own if len(c.v)), default=1.0)
    for name, text in ORACLES:
        function = AGGREGATIONS[name]
        if function.states:
            state = {kept: getattr(inside, kept) for kept in function.states}
            merged = Tiles(inside.first_time.astype(np.int64), owned, together.until, SPAN, state)
            found = function(merged, **_parameters(text))
            wanted = function(together, **_parameters(text))
            if name in ("skewness", "kurtosis", "r2", "ratio", "variation", "cv"):
                _check_unless_degenerate(name, found, wanted, own)
            else:
                np.testing.assert_allclose(found, wanted, 1e-9, max(scale, 1e-9), err_msg=name)


def test_what_days_cannot_add_up_to() -> None:
    assert {name for name, function in AGGREGATIONS.items() if not function.states} == {
        "distinct",
        "median",
        "percentile",
        "approx_percentile",
        "interpurchase_days",
        "interpurchase_cv",
        "basket_size",
        "basket_variety",
    }


def _invoices() -> pd.DataFrame:
    """Lines of the invoices of the last month that have a customer."""
    content = files("sparkfl.datasets").joinpath("data/online_retail.parquet").read_bytes()
    table = pq.read_table(
        BytesIO(content), columns=["timestamp", "identityMap", "productListItems"]
    )
    frame = table.filter(pc.field("timestamp") >= datetime(2011, 11, 10, tzinfo=UTC)).to_pandas()
    frame["customer"] = [m[0][1][0]["id"] if len(m) else None for m in frame.pop("identityMap")]
    frame["invoice"] = range(len(frame))
    frame = frame.explode("productListItems").dropna(subset=["customer", "productListItems"])
    items = pd.DataFrame(frame["productListItems"].tolist(), index=frame.index)
    frame["t"] = frame["timestamp"].astype("datetime64[us, UTC]").astype("int64")
    frame = frame.assign(**{c: items[c] for c in ("SKU", "quantity", "priceTotal")})
    return frame.sort_values(["customer", "t"], kind="stable").reset_index(drop=True)


@pytest.mark.filterwarnings("ignore:Precision loss occurred")
def test_on_the_real_lines_of_all_customers() -> None:
    """A customer at a time by pandas and scipy; baskets too."""
    lines = _invoices()
    until = int(lines["t"].max()) + 1
    size = lines.groupby("customer", sort=False).size().to_numpy()
    ends = np.full(len(size), until)
    made = {
        name: Rows(
            lines["t"].to_numpy(), size, ends, 30, pd.factorize(lines[name])[0].astype(float)
        )
        for name in ("SKU", "invoice")
    }
    for name in ("quantity", "priceTotal"):
        made[name] = Rows(lines["t"].to_numpy(), size, ends, 30, lines[name].to_numpy(float))
    groups = lines.groupby("customer", sort=False)
    price = groups["priceTotal"]
    wanted = {
        "sum": price.sum(),
        "std_samp": price.std(),
        "skewness": price.agg(lambda v: stats.skew(v)),
        "kurtosis": price.agg(lambda v: stats.kurtosis(v)),
        "median": price.median(),
        "active_days": groups["timestamp"].agg(lambda t: t.dt.date.nunique()),
    }
    for name, oracle in wanted.items():
        found = AGGREGATIONS[name](made["priceTotal"])
        np.testing.assert_allclose(found, oracle.to_numpy(float), 1e-9, 1e-9, err_msg=name)
    p95 = AGGREGATIONS["percentile"](made["priceTotal"], q=0.95)
    np.testing.assert_allclose(p95, price.quantile(0.95).to_numpy(), 1e-9)
    distinct = AGGREGATIONS["distinct"](made["SKU"])
    np.testing.assert_array_equal(distinct, groups["SKU"].nunique().to_numpy())
    baskets = lines.groupby(["customer", "invoice"], sort=False)
    for name, of, each in (
        ("basket_size", "quantity", baskets["quantity"].sum()),
        ("basket_variety", "SKU", baskets["SKU"].nunique()),
    ):
        found = AGGREGATIONS[name](made[of], made["invoice"])
        oracle = each.groupby(level="customer", sort=False).mean().to_numpy()
        np.testing.assert_allclose(found, oracle, 1e-9, err_msg=name)


def test_a_sketch_of_many_values_is_about_right() -> None:
    pytest.importorskip("datasketches")
    values = np.random.default_rng(1).lognormal(size=50_000)
    many = Rows.of_lists([[1.0, 2.0], values.tolist(), []])
    small, large, none = AGGREGATIONS["approx_percentile"](many, q=0.9)
    assert (small, np.isnan(none)) == (2.0, True)
    assert np.mean(values <= large) == pytest.approx(0.9, abs=0.02)


def test_nothing_at_all() -> None:
    none = Rows(np.empty(0, np.int64), np.zeros(0, np.int64), np.empty(0, np.int64), 7, np.empty(0))
    empty = Rows(np.empty(0, np.int64), np.zeros(2, np.int64), np.full(2, ASKED), SPAN, np.empty(0))
    for name, function in AGGREGATIONS.items():
        parameters = {"recent": 7} if name == "ratio" else {}
        slots = len(function.slots)
        assert function(*[none] * slots, **parameters).shape == (0,), name
        found = function(*[empty] * slots, **parameters)
        assert found[0] == found[1] == 0 or np.isnan(found).all(), name
