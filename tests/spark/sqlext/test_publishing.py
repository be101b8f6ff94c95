"""A published function says what `model_predict` says, row by row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import Row, SparkSession

from sparkfl.models.stock import trees
from sparkfl.serving import publishing

STRANGE = (None, float("nan"), float("inf"), float("-inf"), 1e6, 0.0)


def view(
    spark: SparkSession, name: str, types: dict[str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Make a view of rows."""
    schema = ", ".join(f"`{column.replace('`', '``')}` {type_}" for column, type_ in types.items())
    spark.createDataFrame(rows, schema).createOrReplaceTempView(name)


def strange(rng: np.random.Generator, values: np.ndarray, share: float = 0.04) -> list[object]:
    """Put what is no finite number in the place of some numbers."""
    return [
        STRANGE[rng.integers(len(STRANGE))] if rng.random() < share else float(value)
        for value in values
    ]


def quoted(names: Sequence[str]) -> str:
    return ", ".join("`" + name.replace("`", "``") + "`" for name in names)


def is_same(told: object, said: object) -> bool:
    """Tell whether two values are the same, numbers to nine digits."""
    if isinstance(told, float) and isinstance(said, float):
        same = math.isclose(told, said, rel_tol=1e-9, abs_tol=1e-9)
        return same or (math.isnan(told) and math.isnan(said))
    return type(told) is type(said) and told == said


def differences(
    spark: SparkSession, model: str, function: str, columns: Sequence[str], rows: str
) -> tuple[int, list[object]]:
    """Compare a function with `model_predict`: how many rows it predicts, and what differs."""
    given = ", ".join(c if " => " in c else quoted([c]) for c in columns)
    found = spark.sql(
        f"SELECT * FROM model_predict({model}, SELECT *, {function}({given}) AS told FROM {rows})"
    ).collect()
    wrong: list[object] = []
    predicted = 0
    for row in found:
        outputs = row.asDict()
        told = outputs["told"]
        said = list(outputs.values())[list(outputs).index("told") + 1 :]
        values = list(told) if isinstance(told, Row) else [told]
        predicted += said[0] is not None or said[-1] is not None
        if not all(map(is_same, values, said)) or len(values) != len(said):
            wrong.append((values, said))
    return predicted, wrong


@pytest.fixture(scope="module")
def published(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    spark.sql("CREATE SCHEMA IF NOT EXISTS stock")
    yield spark
    spark.sql("DROP SCHEMA stock CASCADE")


@pytest.mark.parametrize(
    ("features", "options"),
    [
        (1, "SCALING = 'none'"),
        (4, "SCALING = 'store'"),
        (4, "SCALING = 'quantile'"),
        (47, "SCALING = 'federation'"),
        (200, "SCALING = 'federation'"),
    ],
)
def test_a_federated_model(published: SparkSession, features: int, options: str) -> None:
    rng = np.random.default_rng(features)
    names = ["net spend", "a`b", "größe.x", "order"][:features]
    names += [f"f{i}" for i in range(features - len(names))]
    types = {"the store": "string", **dict.fromkeys(names, "double")}
    n = 240
    centre = rng.normal(size=(3, features)) * 9
    x = centre[rng.integers(3, size=n)] + rng.normal(size=(n, features))
    stores = [("n'örd", "south", "è")[i % 3] for i in range(n)]
    view(published, "trained", types, [(s, *map(float, v)) for s, v in zip(stores, x, strict=True)])
    asked_of, share = ["n'örd", "è", "new", None] * 60, 0.2 / features
    asked = [(s, *strange(rng, v, share)) for s, v in zip(asked_of, 2 * x, strict=True)]
    view(published, "asked", types, asked)
    published.sql(
        "CREATE OR REPLACE FEDERATED MODEL fed PARTITION BY `the store` OPTIONS ("
        f"MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3, MIN_CLUSTER_SIZE = 5, {options}) "
        "AS SELECT * FROM trained"
    )
    published.sql("PUBLISH MODEL fed AS OR REPLACE FUNCTION stock.fed")
    predicted, wrong = differences(published, "fed", "stock.fed", list(types), "asked")
    assert wrong == []
    assert 100 < predicted < 240


SINGLE = {
    "decision_tree_classifier": "LABEL = 'word'",
    "generalized_linear_reg": "LABEL = 'count', FAMILY = 'poisson', MAX_ITER = 9",
    "gradient_boosted_tree_classifier": "LABEL = 'yes', MAX_ITER = 3",
    "gradient_boosted_tree_regression": "LABEL = 'y', MAX_ITER = 3",
    "kmeans": "K = 4, MAX_ITER = 4",
    "linear_reg": "LABEL = 'y'",
    "linear_svc_classifier": "LABEL = 'yes', MAX_ITER = 5",
    "logistic_reg": "LABEL = 'word', MAX_ITER = 9",
    "naive_bayes_classifier": "LABEL = 'word', NAIVE_BAYES_TYPE = 'gaussian'",
    "random_forest_classifier": "LABEL = 'word', NUM_TREES = 5",
    "random_forest_regression": "LABEL = 'y', NUM_TREES = 5",
}
LABELS = {"word": "string", "yes": "boolean", "y": "double", "count": "double"}
READ = {
    "net spend": "double",
    "a`b": "decimal(10,2)",
    "größe": "int",
    "order": "boolean",
    "since": "date",
    "at": "timestamp",
    "kind": "string",
    "v": "array<double>",
    "words": "array<string>",
}


@pytest.fixture(scope="module")
def mixed(published: SparkSession) -> SparkSession:
    """Make views of columns of all kinds, to train on and to ask with."""
    from datetime import date, datetime, timedelta
    from decimal import Decimal

    rng = np.random.default_rng(3)

    def row(wild: bool) -> tuple[object, ...]:
        x = rng.normal(size=6)
        kinds = ["a", "b'c", "é", "new", None] if wild else ["a", "b'c", "é"]
        kind = kinds[rng.integers(len(kinds))]
        moment = datetime(2026, 1, 1) + timedelta(hours=int(rng.integers(9000)))
        values: list[object] = [
            float(x[0]),
            Decimal(int(x[1] * 1000)) / 100,
            int(x[2] * 9),
            bool(x[3] > 0),
            date(2025, 1, 1) + timedelta(days=int(rng.integers(900))),
            moment,
            kind,
            [float(x[4]), float(x[5])],
            [["red", "blue", "it's"][i] for i in rng.integers(3, size=rng.integers(4))],
        ]
        if wild:
            values[0] = strange(rng, np.array([x[0]]), 0.2)[0]
            values = [None if rng.random() < 0.04 else value for value in values]
            if rng.random() < 0.1:
                values[-2] = [[1.0], [float("nan"), 1.0], [None, 2.0]][rng.integers(3)]
        y = float(x[0] + (kind == "a") * 2 + x[4] ** 2)
        labels = [
            ("low", "mid", "it's")[int(np.digitize(y, [0.5, 2]))],
            y > 1,
            y,
            float(abs(int(y))),
        ]
        return (*values, *labels)

    for name, wild in {"known": False, "wild": True}.items():
        view(published, name, {**READ, **LABELS}, [row(wild) for _ in range(250)])
    return published


@pytest.mark.parametrize("kind", SINGLE)
def test_a_single_model(mixed: SparkSession, kind: str) -> None:
    label = SINGLE[kind].partition("LABEL = '")[2].partition("'")[0]
    others = ", ".join(name for name in LABELS if name != label)
    mixed.sql(
        f"CREATE OR REPLACE MODEL single OPTIONS (MODEL_TYPE = '{kind}', {SINGLE[kind]}) AS "
        f"SELECT * EXCEPT ({others}) FROM known"
    )
    mixed.sql("PUBLISH MODEL single AS OR REPLACE FUNCTION stock.single")
    rows = mixed.sql("DESCRIBE FUNCTION EXTENDED stock.single").collect()
    described = " ".join(row[0] for row in rows)
    assert re.findall(r"(?<!_)sparkfl_\w+|spark.sql.catalog\S*", described) == []
    predicted, wrong = differences(mixed, "single", "stock.single", list(READ), "wild")
    assert wrong == []
    assert predicted > 150


STAGES = {
    "one_hot": (
        "string_indexer(kind) i, one_hot_encoder(i) h, vector_assembler(`net spend`, h, v) f",
        "HANDLE_INVALID = 'keep'",
    ),
    "turned": (
        "vector_assembler(`net spend`, `größe`, v) a, pca(a, 3) p, normalizer(p, 1.0) n, "
        "count_vectorizer(words) c, vector_assembler(n, c) f",
        "HANDLE_INVALID = 'skip'",
    ),
    "scaled": (
        "vector_assembler(`net spend`, `größe`) a, standard_scaler(a, TRUE, TRUE) s, "
        "min_max_scaler(s) m, vector_slicer(m, array(1, 0)) f",
        "HANDLE_INVALID = 'skip'",
    ),
    "waves": (
        "vector_assembler(`net spend`, v) w, dct(w) d, dct(d, TRUE) e, "
        "polynomial_expansion(e, 3) p, vector_assembler(p, `net spend`) f",
        "HANDLE_INVALID = 'skip'",
    ),
    "tokens": (
        "tokenizer(kind) t, regex_tokenizer(kind, '[b ]', TRUE, 0) r, ngram(words, 2) n, "
        "regex_tokenizer(kind, '[a-z]', FALSE) m, stop_words_remover(words, array('RED')) s, "
        "count_vectorizer(t) a, count_vectorizer(r) b, count_vectorizer(n) c, "
        "count_vectorizer(m) d, count_vectorizer(s) e, count_vectorizer(words) w, "
        "vector_assembler(a, b, c, d, e, w) f",
        "HANDLE_INVALID = 'skip'",
    ),
    "buckets": (
        "bucketizer(`größe`, array(-99, -5, 5, 99)) b, numeric_imputer(`net spend`, 'median') n, "
        "binarizer(`net spend`, 0.5) z, string_indexer(`größe`) t, vector_assembler(b, n, z, t) f",
        "HANDLE_INVALID = 'skip'",
    ),
    "hashes": (
        "hashing_tf(words, 16) h, tf_idf(words, 9, 2) t, hashing_tf(words, 3, TRUE) o, "
        "feature_hasher(`net spend`, kind, order, `größe`, 7) k, vector_assembler(`größe`, v) w, "
        "bucketed_random_projection_lsh(w, 1.5, 3) b, min_hash_lsh(h, 2) m, "
        "vector_assembler(h, t, o, k, b, m) f",
        "HANDLE_INVALID = 'skip'",
    ),
    "learnt": (
        "word2vec(words, 3, 1) w, string_indexer(kind) i, target_encoder(i, 2.0) e, "
        "vector_assembler(`net spend`, v) a, interaction(i, a, order) p, "
        "vector_assembler(w, e, p) f",
        "HANDLE_INVALID = 'skip'",
    ),
}


@pytest.mark.parametrize("stages", STAGES)
def test_what_transform_makes(mixed: SparkSession, stages: str) -> None:
    transform, options = STAGES[stages]
    mixed.sql(
        f"CREATE OR REPLACE MODEL staged TRANSFORM ({transform}) OPTIONS ("
        f"MODEL_TYPE = 'linear_reg', LABEL = 'y', {options}) AS SELECT * FROM known"
    )
    mixed.sql("PUBLISH MODEL staged AS OR REPLACE FUNCTION stock.staged")
    reads = [name for name in READ if re.search(rf"[(` ]{name}[)`,]", transform)]
    named = [f"`{name}` => `{name}`" for name in reads]
    predicted, wrong = differences(mixed, "staged", "stock.staged", named, "wild")
    assert wrong == []
    assert predicted > 80


def test_figures_in_a_table(mixed: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "LONGEST", 0)
    monkeypatch.setattr(trees, "_QUESTIONS", 0)
    rows = mixed.sql("SELECT kind AS store, `net spend` AS a, size(v) + `größe` AS b FROM wild")
    rows.createOrReplaceTempView("shop_rows")
    mixed.sql(
        "CREATE OR REPLACE FEDERATED MODEL shops PARTITION BY store OPTIONS ("
        "MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, MIN_CLUSTER_SIZE = 5, SCALING = 'store', "
        "HANDLE_INVALID = 'skip') AS SELECT * FROM shop_rows WHERE store IN ('a', 'é')"
    )
    mixed.sql(
        "CREATE OR REPLACE MODEL wood OPTIONS (MODEL_TYPE = 'random_forest_classifier', "
        "LABEL = 'word', NUM_TREES = 4) AS SELECT * EXCEPT (y, yes, count) FROM known"
    )
    for model, columns, asked in (
        ("shops", ["store", "a", "b"], "shop_rows"),
        ("wood", list(READ), "wild"),
    ):
        row = mixed.sql(f"PUBLISH MODEL {model} AS FUNCTION stock.`{model} of`").first()
        assert row is not None
        assert f"`stock`.`{model}_of_figures_" in row.figures
        predicted, wrong = differences(mixed, model, f"stock.`{model} of`", columns, asked)
        assert wrong == []
        assert predicted > 100
        mixed.sql(f"PUBLISH MODEL {model} AS OR REPLACE FUNCTION stock.`{model} of`")
        assert not mixed.catalog.tableExists(row.figures)
        told = f"stock.`{model} of`({quoted(columns)})"
        grouped = f"SELECT {told} AS said, count(*) AS n FROM {asked} GROUP BY ALL"
        assert mixed.sql(f"SELECT sum(n) FROM ({grouped})").first() == (250,)
    assert mixed.sql("SHOW TABLES IN stock LIKE '*figures*'").count() == 2
    mixed.sql("UNPUBLISH FUNCTION stock.`shops of`")
    mixed.sql("UNPUBLISH FUNCTION stock.`wood of`")
    assert mixed.sql("SHOW TABLES IN stock LIKE '*figures*'").count() == 0


FORMULAS = {
    "OPTIONS (MODEL_TYPE = 'glm', FAMILY = 'poisson', LABEL = y, OFFSET_COL = b, MAX_ITER = 5)": (
        "abs(id % 7)"
    ),
    "OPTIONS (MODEL_TYPE = 'linear_svc_classifier', LABEL = y, ONE_VS_REST = TRUE, MAX_ITER = 3)": (
        "id % 3"
    ),
}


@pytest.mark.parametrize("clauses", FORMULAS)
def test_formulas_that_the_extension_has_not(published: SparkSession, clauses: str) -> None:
    rows = f"SELECT id % 5 + 1D AS a, id % 3 / 3 AS b, {FORMULAS[clauses]} AS y FROM range(40)"
    published.sql(rows).createOrReplaceTempView("of_formula")
    published.sql(f"CREATE OR REPLACE MODEL odd {clauses} AS SELECT * FROM of_formula")
    published.sql("PUBLISH MODEL odd AS OR REPLACE FUNCTION stock.odd")
    predicted, wrong = differences(published, "odd", "stock.odd", ["a", "b"], "of_formula")
    assert (predicted, wrong) == (40, [])
    published.sql("UNPUBLISH FUNCTION stock.odd")


REFUSED = {
    "OPTIONS (MODEL_TYPE = 'kmeans', K = 2, DISTANCE_TYPE = 'cosine')": "kmeans with these options",
    "OPTIONS (MODEL_TYPE = 'gaussian_mixture', K = 2)": "gaussian_mixture has no formula",
    "OPTIONS (MODEL_TYPE = 'isolation_forest', NUM_TREES = 3)": "isolation_forest has no formula",
}


@pytest.mark.parametrize("clauses", REFUSED)
def test_what_cannot_be_published_says_so(published: SparkSession, clauses: str) -> None:
    published.sql(
        f"CREATE OR REPLACE MODEL odd {clauses} AS SELECT id % 5 + 1D AS a, id % 3 + 1D AS b "
        "FROM range(40)"
    )
    with pytest.raises(AnalysisException, match=f"UNSUPPORTED_BY_MODEL.*{REFUSED[clauses]}"):
        published.sql("PUBLISH MODEL odd AS FUNCTION stock.odd")
    assert not published.catalog.functionExists("stock.odd")
