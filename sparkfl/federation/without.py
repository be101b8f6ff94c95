"""A federation without some of its stores, of what it knows already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sparkfl.errors import AggregationError, CapabilityError, ModelNotFoundError, ParameterError
from sparkfl.federation.arrow import arrow_table, global_table, summary_of
from sparkfl.federation.data import FederationData
from sparkfl.federation.tables import pooled_scaling
from sparkfl.global_.aggregate import aggregate

__all__ = ["require_stores", "stores_of", "without_stores"]

_OF_STORES = ("releases", "verdicts", "local_models")
"""Tables with rows of stores."""


def without_stores(data: FederationData, stores: Iterable[object]) -> FederationData:
    """Return a federation as it is without some stores; no row is read, no store is trained.

    What they released, their verdicts and local models are gone, and the global clusters are made
    anew of what the others released. The scaling that all stores share, and the distribution of the
    scores, which follow from rows that are not here, stay: a new training renews them.

    Parameters
    ----------
    data : FederationData
        The federation.
    stores : iterable of object
        Stores; a text stands for the number or date that it writes.

    Raises
    ------
    ModelNotFoundError
        If one is not in it.
    ParameterError
        If one cannot be a store of it.
    AggregationError
        If no other has released a cluster.
    CapabilityError
        If sparkfl 0.1.0 saved it, whose scores have no distribution.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store_id string, spend double")
    >>> model = FederatedClustering(inputCols=["spend"], k=2, globalK=2).fit(df)
    >>> alone = without_stores(model.data, ["north"])
    >>> alone.stores(), alone.clusters.n.tolist()
    (['south'], [20, 20])
    """
    if data.distribution is None:
        raise CapabilityError(
            "The model is of an earlier format, whose scores cannot be kept when stores go. Train "
            "it again first."
        )
    gone = stores_of(data, stores)
    require_stores(data, gone)
    tables = {
        name: data.tables[name].filter(pc.invert(pc.is_in(data.tables[name][0], gone)))
        for name in _OF_STORES
    }
    releases = summary_of(tables["releases"])
    if not len(releases):
        raise AggregationError(
            "No other store has released a cluster: without these there is no model. DROP MODEL "
            "takes it out of use."
        )
    params = data.params
    clusters = aggregate(
        releases,
        params["globalK"],
        params["globalSeed"],
        params["weighted"],
        params["aggregation"],
    )
    known = data.tables["verdicts"][0]
    change = pc.if_else(pc.is_in(known, gone), "gone", "kept")
    unknown = pa.nulls(len(known), pa.float64())
    tables["changes"] = arrow_table(
        "changes", data.inputs, [known, change, pa.chunked_array([unknown])]
    )
    tables["global_model"] = global_table(clusters, data.inputs)
    scaling = pooled_scaling(tables) if data.scaled_by == "store" else data.scaling
    return replace(data, tables=tables, scaling=scaling, large=None)


def stores_of(data: FederationData, stores: Iterable[object]) -> pa.Array:
    """Return stores as the federation has them.

    Raises
    ------
    ParameterError
        If one cannot be one of its stores.
    """
    type_ = data.tables["verdicts"].schema.field(0).type
    read: list[Any] = []
    for store in stores:
        try:
            read.append(pa.scalar(store).cast(type_).as_py())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ParameterError(
                f"{store!r} is no store of the model: its column {data.inputs.store_col} is "
                f"{data.inputs.store_type}."
            ) from error
    return pa.array(read, type_)


def require_stores(data: FederationData, stores: pa.Array) -> None:
    """Refuse stores that a federation does not have.

    Raises
    ------
    ModelNotFoundError
        With the first of them.
    """
    known = data.tables["verdicts"][0]
    absent = stores.filter(pc.invert(pc.is_in(stores, known)))
    if len(absent):
        shown = ", ".join(repr(store) for store in known.slice(0, 5).to_pylist())
        raise ModelNotFoundError(
            f"The model has no store {absent[0].as_py()!r}; its {len(known)} stores are {shown}"
            f"{', …' if len(known) > 5 else ''}. The verdicts list them."
        )
