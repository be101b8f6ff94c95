"""What the examples of docs/sql say; `tests/spark/sqlext/test_documented.py` runs all of them."""

from __future__ import annotations

import json

from sparkfl.models.types import ALL_TYPES, FrameType, ModelType, RelationType, SeriesType
from sparkfl.options import Option
from sparkfl.transforms import TRANSFORMERS, TransformFunction

__all__ = ["MODELS", "TABLES", "of_transformer", "of_type"]

TABLES = """CREATE OR REPLACE TEMP VIEW customers AS
SELECT id AS customer_id, element_at(array('north', 'south', 'west'), int(id % 3) + 1) AS store_id,
  element_at(array('Lyon', 'Köln', 'Graz'), int(id % 5 % 3) + 1) AS city,
  20.0D + id % 41 AS age, int(id % 9 + 5 * (id % 2)) AS total_orders,
  15.0D + 40 * (id % 2) + id % 7 AS avg_order_value, 10.0D + 3 * (id % 41) + id % 9 AS spend,
  id % 2 = 0 AS churned, id % 4 = 0 AS newsletter,
  date_add(DATE '2026-01-01', int(id)) AS since,
  slice(array('shoes', 'hats', 'bags'), 1, int(id % 3) + 1) AS interests,
  array(id % 5 + 1.0D, id % 3 + 0.0D) AS profile, int(id % 3) AS stars
FROM range(120);

CREATE OR REPLACE TEMP VIEW sales AS
SELECT store_id, date_add(DATE '2026-01-01', int(day)) AS day,
  100.0D + day + 10 * (day % 7) + 3 * (day * day % 5) AS revenue
FROM range(60) AS d(day) CROSS JOIN (VALUES ('north'), ('south')) AS s(store_id);

CREATE OR REPLACE TEMP VIEW ratings AS
SELECT id % 12 AS customer_id, id % 7 AS product, 1.0D + id % 5 AS stars FROM range(80);

CREATE OR REPLACE TEMP VIEW baskets AS
SELECT slice(array('bread', 'butter', 'jam'), int(id % 2) + 1, 2) AS products,
  array(array('home'), array('shop', 'cart')) AS visits FROM range(40);

CREATE OR REPLACE TEMP VIEW visits AS
SELECT id % 120 AS customer_id,
  element_at(array('north', 'south', 'west'), int(id % 3) + 1) AS store_id,
  timestamp_seconds(1772236800 - 7200 * id) AS visited, 5.0D + id % 11 AS spent,
  element_at(array('web', 'shop'), int(id % 2) + 1) AS channel
FROM range(600);

CREATE OR REPLACE TEMP VIEW links AS
SELECT id AS one, (id + 1) % 8 + 8 * (id DIV 8) AS other FROM range(16);

CREATE OR REPLACE TEMP VIEW requests AS
SELECT X'00' AS encrypted_features;

CREATE OR REPLACE TEMP VIEW told AS
SELECT stars AS actual, stars + id % 3 - 1 AS predicted, id % 2 = 0 AS weekend
FROM (SELECT id, 1.0D + id % 5 AS stars FROM range(60));
"""
"""Views that the examples read."""

MODELS = """CREATE OR REPLACE MODEL segments
OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3, SEED = 1)
AS SELECT total_orders, avg_order_value FROM customers;
UPDATE MODEL segments AS SELECT total_orders, avg_order_value FROM customers WHERE age > 21;

CREATE OR REPLACE MODEL churn
OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL = 'churned', NUM_TREES = 5, SEED = 1)
AS SELECT age, total_orders, churned FROM customers;

CREATE OR REPLACE MODEL worth
TRANSFORM (vector_assembler(age, total_orders) v, pca(v, 2) AS f)
OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'spend')
AS SELECT age, total_orders, spend FROM customers;

CREATE OR REPLACE MODEL searched
OPTIONS (MODEL_TYPE = 'decision_tree_classifier', LABEL = 'churned',
         MAX_DEPTH = HPARAM_RANGE(1, 4), NUM_TRIALS = 2)
AS SELECT age, total_orders, churned FROM customers;

CREATE OR REPLACE MODEL weekly PARTITION BY store_id
OPTIONS (MODEL_TYPE = 'ets', TIME_COL = 'day', LABEL = 'revenue')
AS SELECT * FROM sales;

CREATE OR REPLACE MODEL taste
OPTIONS (MODEL_TYPE = 'als', USER_COL = 'customer_id', ITEM_COL = 'product', RATING_COL = 'stars',
         MAX_ITER = 2)
AS SELECT * FROM ratings;

CREATE OR REPLACE MODEL basket_rules
OPTIONS (MODEL_TYPE = 'fp_growth', ITEMS_COL = 'products')
AS SELECT products FROM baskets;

CREATE OR REPLACE FEDERATED MODEL shops PARTITION BY store_id
OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, GLOBAL_NUM_CLUSTERS = 2, MIN_CLUSTER_SIZE = 5)
AS SELECT store_id, total_orders, avg_order_value FROM customers;

CREATE OR REPLACE FEATURE VIEW customer_value ENTITY customer_id TIMESTAMP visited
TILE INTERVAL 1 DAY EXPECT visits_7d <= 168
AS SELECT count(*) OVER LAST 7 DAYS AS visits_7d, avg(spent) OVER LAST 30 DAYS AS avg_spent_30d
FROM visits;
REFRESH FEATURE VIEW customer_value UNTIL '2026-03-01';
"""
"""Models and a feature view that the examples ask."""

_LABELS = {"classification": "churned", "ranking": "stars", "regression": "spend"}
_COLUMNS = {
    "censorCol": ("CENSOR_COL", "churned"),
    "queryCol": ("QUERY_COL", "store_id"),
    "userCol": ("USER_COL", "customer_id"),
    "itemCol": ("ITEM_COL", "product"),
    "ratingCol": ("RATING_COL", "stars"),
    "itemsCol": ("ITEMS_COL", "products"),
    "sequenceCol": ("SEQUENCE_COL", "visits"),
    "srcCol": ("SRC_COL", "one"),
    "dstCol": ("DST_COL", "other"),
}
_RELATIONS = {"products": "baskets", "visits": "baskets", "one": "links", "product": "ratings"}
_KINDS = {
    "number": "total_orders",
    "boolean": "newsletter",
    "date": "since",
    "string": "city",
    "tokens": "interests",
    "vector": "profile",
}
_NEXT = {"tokens": "hashing_tf({}, 16)", "string": "string_indexer({})"}
"""What makes numbers of what a transformer makes."""
_ARGUMENTS: dict[str, object] = {
    "SPLITS": ["-inf", 4.0, "inf"],
    "BUCKET_LENGTH": 2.0,
    "K": 2,
    "INDICES": [0],
    "NUM_FEATURES": 1000,
}
"""Values of parameters without a default, or with one that no example needs."""


def of_type(name: str) -> str:
    """Return a statement that trains a model of a type."""
    row = ALL_TYPES[name]
    if isinstance(row, SeriesType):
        return _create(name, ["TIME_COL = 'day'", "LABEL = 'revenue'"], "*", "sales", True)
    # The censor has a default, which is no column of the examples.
    needed = [o.param for o in row.options if o.required or o.param == "censorCol"]
    named = [_COLUMNS[param] for param in needed if param in _COLUMNS]
    given = [f"{key} = '{column}'" for key, column in named]
    columns = [column for _, column in named]
    if isinstance(row, RelationType):
        table = next(_RELATIONS[column] for column in columns if column in _RELATIONS)
        return _create(name, given, ", ".join(columns), table)
    assert isinstance(row, ModelType | FrameType)
    if row.task.name in _LABELS:
        given.insert(0, f"LABEL = '{_LABELS[row.task.name]}'")
        columns.append(_LABELS[row.task.name])
    features = ", ".join(["age", "total_orders", *columns])
    return _create(name, given, features, "customers")


def _create(
    name: str, given: list[str], columns: str, table: str, partitioned: bool = False
) -> str:
    partition = " PARTITION BY store_id" if partitioned else ""
    options = ", ".join([f"MODEL_TYPE = '{name}'", *given])
    return (
        f"CREATE OR REPLACE MODEL example{partition}\nOPTIONS ({options})\n"
        f"AS SELECT {columns} FROM {table}"
    )


def of_transformer(name: str) -> str:
    """Return a statement that trains a model on what a transformer makes."""
    row = TRANSFORMERS[name]
    column = _KINDS[row.accepts[0]]
    group = ", store_id" if row.grouped else ""
    items = [f"{name}({_inputs(row, column)}{group}{_arguments(row.parameters)}) AS made"]
    made = row.accepts[0] if row.returns == "same" else row.returns
    last = "made"
    if made in _NEXT:
        items.append(f"{_NEXT[made].format('made')} AS counted")
        last = "counted"
    items.append(f"vector_assembler({last}, age) AS features")
    label, columns = "", f"{column}, age{group}"
    kind = "kmeans"
    if row.labelled:
        kind, label, columns = "logistic_reg", ", LABEL = 'churned'", f"{columns}, churned"
    return (
        f"CREATE OR REPLACE MODEL example\nTRANSFORM ({', '.join(items)})\n"
        f"OPTIONS (MODEL_TYPE = '{kind}'{label})\nAS SELECT {columns} FROM customers"
    )


def _inputs(row: TransformFunction, column: str) -> str:
    return f"array({column}, age)" if row.many and row.accepts[0] == "number" else column


def _arguments(parameters: tuple[Option, ...]) -> str:
    """Write arguments up to the last that has no default."""
    keys = [option.key for option in parameters]
    needed = max((i for i, key in enumerate(keys) if key in _ARGUMENTS), default=-1)
    values = [_ARGUMENTS.get(o.key, o.default) for o in parameters[: needed + 1]]
    return "".join(f", {_literal(value)}" for value in values)


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"array({', '.join(map(_literal, value))})"
    return json.dumps(value).replace('"', "'")
