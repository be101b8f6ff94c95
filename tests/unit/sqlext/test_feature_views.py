"""The text of feature views: what it means, and where it is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sparkfl.errors import ParameterError, SqlSyntaxError
from sparkfl.features.views import FeatureView
from sparkfl.sqlext.calls.reading import calls
from sparkfl.sqlext.heads import statement_name
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.statements import parse
from sparkfl.sqlext.statements.create_feature_view import CreateFeatureView
from sparkfl.sqlext.views.changed import with_items, without_columns

ONE = "CREATE FEATURE VIEW v ENTITY c TIMESTAMP at AS SELECT "


def view_of(text: str) -> dict:
    """Read a CREATE FEATURE VIEW; what it means is read again from its own text."""
    statement = parse(text, lex(text))
    assert isinstance(statement, CreateFeatureView)
    assert parse(statement.sql, lex(statement.sql)) == statement
    FeatureView.from_dict({"name": statement.name, **statement.definition.view})
    return dict(statement.definition.view)


def features(items: str, source: str = "t") -> dict[str, dict]:
    """Return the features of a view of one source, without their names, by these."""
    (own,) = view_of(f"{ONE}{items} FROM {source}")["sources"]
    return {f["name"]: {k: v for k, v in f.items() if k != "name"} for f in own["features"]}


@pytest.mark.parametrize(
    ("item", "feature"),
    [
        ("count(*) AS n", {"function": "count"}),
        ("COUNT(1) n", {"function": "count"}),
        ("count(t.*) OVER LAST 1 DAY AS n", {"function": "count", "window": "1 days"}),
        ("count(t.x) n", {"function": "count", "of": "x"}),
        ("count(DISTINCT `a b`) n", {"function": "distinct", "of": "`a b`"}),
        ("distinct(x) n", {"function": "distinct", "of": "x"}),
        ("Mean(x) OVER (LAST 2 WEEKS) n", {"function": "avg", "of": "x", "window": "14 days"}),
        ("STDDEV(x * t.y) AS n", {"function": "std_samp", "of": "x * y"}),
        ("stddev_pop(x) AS n", {"function": "std_pop", "of": "x"}),
        ("percentile(x, 0.95) AS n", {"function": "percentile", "of": "x", "q": 0.95}),
        (
            "percentile(x, q => 0.5) FILTER (WHERE t.y > ',') OVER LAST 7 DAYS AS n",
            {"function": "percentile", "of": "x", "q": 0.5, "where": "y > ','",
             "window": "7 days"},
        ),
        ("share(*, when => k = 'a') n", {"function": "share", "when": "k = 'a'"}),
        ("basket_size(x, by => t.inv) n", {"function": "basket_size", "of": "x", "by": "inv"}),
        ("slope(x, empty => 'missing') OVER LAST 7 DAYS n",
         {"function": "slope", "of": "x", "empty": "missing", "window": "7 days"}),
        ("max(at) OVER LAST 7 DAYS n", {"function": "last_time", "window": "7 days"}),
        ("min(t.at) n", {"function": "first_time"}),
        ("avg(CASE WHEN x IS DISTINCT FROM y THEN f(x, y) END) n",
         {"function": "avg", "of": "CASE WHEN x IS DISTINCT FROM y THEN f(x, y) END"}),
    ],
)  # fmt: skip
def test_aggregates(item: str, feature: dict) -> None:
    assert features(item) == {"n": feature}


def test_without_a_name_an_aggregate_has_its_own() -> None:
    assert list(features("avg(x) OVER LAST 30 DAYS, count(*)")) == ["avg_x_30d", "count"]


def test_sources_by_comma_and_by_the_entity_are_aggregated_apart() -> None:
    comma = view_of(
        "CREATE VDS v ENTITY c PER s AS SELECT sum(b.x) OVER LAST 7 DAYS AS x, count(d.*) AS n, "
        "x / n AS each FROM shop.bought AS b TIMESTAMP paid ARRIVAL (to_timestamp(came)), "
        "`my db`.clicks d ENTITY (who, `the shop`) TIMESTAMP d.seen FILTER (WHERE d.ok) "
        "WHERE b.x > 0 GROUP BY c, s"
    )
    bought = {
        "table": "shop.bought", "name": "b", "time": "paid", "arrival": "to_timestamp(came)",
        "where": "x > 0",
        "features": [{"function": "sum", "of": "x", "window": "7 days", "name": "x"}],
    }  # fmt: skip
    clicks = {
        "table": "`my db`.clicks", "name": "d", "keys": {"c": "who", "s": "the shop"},
        "time": "seen", "where": "ok", "features": [{"function": "count", "name": "n"}],
    }  # fmt: skip
    assert comma == {
        "entity": ["c"], "per": "s", "sources": [bought, clicks], "derived": {"each": "x / n"}
    }  # fmt: skip
    joined = view_of(
        "CREATE FEATURE VIEW v ENTITY c AS SELECT p.age, p.town AS city, avg(x) n "
        "FROM people p LEFT JOIN bought b TIMESTAMP paid ON p.c = b.c WHERE b.x > 0"
    )
    assert joined["entities"] == {
        "table": "people", "name": "p", "columns": {"age": "age", "city": "town"}
    }  # fmt: skip
    assert joined["sources"][0]["where"] == "x > 0"
    about = view_of(
        "CREATE FEATURE VIEW v ENTITY c AS SELECT p.age, upper(p.town) AS city, "
        "p.age < 30 AS young, "
        "count(b.*) n, n > 1 AND young AS keen FROM people p, bought b TIMESTAMP paid"
    )
    columns = {"age": "age", "city": "upper(town)", "young": "age < 30"}
    assert about["entities"]["columns"] == columns
    assert about["derived"] == {"keen": "n > 1 AND young"}
    assert view_of("CREATE FEATURE VIEW v ENTITY c AS SELECT p.c, count(b.*) n FROM people p, b")[
        "entities"
    ] == {"table": "people", "name": "p"}


def test_a_join_by_other_columns_says_more_of_rows() -> None:
    view = view_of(
        ONE + "sum(t.x) FILTER (WHERE p.kind = 'a') AS x FROM t JOIN db.products p ON t.pid = p.id "
        "LEFT JOIN q USING (kind)"
    )
    (own,) = view["sources"]
    assert own["query"] == (
        "SELECT * FROM t JOIN db.products AS `p` ON t.pid = p.id LEFT JOIN q USING (kind)"
    )
    assert own["features"][0]["where"] == "kind = 'a'"
    assert view_of(f"{ONE}avg(x) a FROM (SELECT * FROM t WHERE b) AS u")["sources"][0] == {
        "query": "SELECT * FROM t WHERE b", "name": "u", "time": "at",
        "features": [{"function": "avg", "of": "x", "name": "a"}],
    }  # fmt: skip


def test_a_window_in_where_is_that_of_all_aggregates() -> None:
    view = view_of(
        "CREATE FEATURE VIEW v ENTITY c AS SELECT count(*) n, avg(x) OVER LAST 7 DAYS a FROM t "
        "WHERE t.at >= CURRENT_DATE - INTERVAL 30 DAY AND x BETWEEN 1 AND 2 AND (y OR z)"
    )
    (own,) = view["sources"]
    assert own["time"] == "at"
    assert own["where"] == "(x BETWEEN 1 AND 2) AND ((y OR z))"
    assert [feature["window"] for feature in own["features"]] == ["30 days", "7 days"]
    either = view_of(f"{ONE}count(*) n FROM t WHERE x AND y OR z")
    assert either["sources"][0]["where"] == "x AND y OR z"
    quoted = view_of(f"{ONE}count(*) n FROM t WHERE `at` >= now() - INTERVAL '2' WEEKS")
    assert quoted["sources"][0]["features"][0]["window"] == "14 days"


def test_several_selects_and_one_that_puts_them_together() -> None:
    view = view_of(
        "CREATE VDS v ENTITY c AS WITH one AS (SELECT age, count(t.*) OVER LAST 7 DAYS n, "
        "max(t.at) OVER LAST 7 DAYS last FROM people p LEFT JOIN t TIMESTAMP at ON p.c = t.c), "
        "two AS (SELECT c, sum(x) s FROM u GROUP BY c) "
        "SELECT b.s, a.age, a.n AS visits, a.n * b.s AS product, "
        "timestampdiff(DAY, a.last, CURRENT_TIMESTAMP) AS days, now() > last AS past "
        "FROM one a LEFT JOIN two b ON a.c = b.c"
    )
    assert view["derived"] == {
        "visits": "n",
        "product": "n * s",
        "days": "timestampdiff(DAY, last, as_of)",
        "past": "as_of > last",
    }
    assert view["select"] == ["s", "age", "visits", "product", "days", "past"]
    assert [source["name"] for source in view["sources"]] == ["t", "u"]
    star = view_of(
        "CREATE VDS v ENTITY c AS WITH one AS (SELECT count(*) n FROM t), two AS "
        "(SELECT sum(x) s, s + n AS m FROM u) SELECT b.*, a.n FROM one a, two b"
    )
    assert star["select"] == ["s", "m", "n"]


def test_tiles_have_a_day_and_a_table() -> None:
    def tiles(clause: str) -> str | None:
        text = f"CREATE FEATURE VIEW v ENTITY c TIMESTAMP at {clause} AS SELECT count(*) FROM t"
        statement = parse(text, lex(text))
        assert parse(statement.sql, lex(statement.sql)) == statement
        return statement.definition.tiles

    assert [tiles(""), tiles("TILE INTERVAL 1 DAY"), tiles("TILE INTERVAL '1' DAY IN a.`b c`")] == [
        None, "", "`a`.`b c`",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("CREATE FEATURE VIEW v AS SELECT count(*) FROM t", "SELECT", "ENTITY is missing"),
        ("CREATE FEATURE VIEW v ENTITY c TILE INTERVAL 2 DAYS AS", "2", "tiles are of one day"),
        ("CREATE FEATURE VIEW v ENTITY c EXPECT AS SELECT", "AS", "an expectation was expected"),
        ("CREATE FEATURE VIEW v ENTITY c EXPECT nulls(n) AS", "nulls", "is no expectation"),
        ("CREATE FEATURE VIEW v ENTITY c EXPECT n > 1 ON VIOLATION DROP ROW AS", "DROP", "FAIL or"),
        (f"{ONE}medain(x) OVER LAST 7 DAYS AS a FROM t", "medain", "Did you mean median?"),
        (f"{ONE}avg(x) OVER LAST 7 HOURS AS a FROM t", "HOURS", "whole days"),
        (f"{ONE}avg(x) OVER LAST 0 DAYS AS a FROM t", "0", "from 1 to 36500"),
        (f"{ONE}avg(x) OVER LAST many DAYS AS a FROM t", "many", "a number of days"),
        (f"{ONE}avg() AS a FROM t", "avg", "avg needs 'of'"),
        (f"{ONE}avg(x, 2) AS a FROM t", "2", "takes no such argument"),
        (f"{ONE}percentile(x, 95) AS a FROM t", "percentile", "q must be a number from 0 to 1"),
        (f"{ONE}sum(DISTINCT x) AS a FROM t", "DISTINCT", "count(DISTINCT"),
        (f"{ONE}sum(x) / 2 AS a FROM t", "/", "a name of its own"),
        (f"{ONE}1 + sum(x) AS a FROM t", "sum", "stands in an expression"),
        (f"{ONE}count(*) n, n + 1 FROM t", "1", "needs a name"),
        (f"{ONE}count(*) n, avg(x) N FROM t", "avg", "There is a column N already"),
        (f"{ONE}count(*) c FROM t", "count", "There is a column c already"),
        (f"{ONE}age, count(*) FROM t", "age", "is no aggregate, and t has many rows"),
        (f"{ONE}*, count(*) FROM t", "*, c", "Name the columns"),
        (f"{ONE}DISTINCT count(*) FROM t", "DISTINCT", "a row an entity"),
        (f"{ONE}count(*) FROM t ORDER BY c", "ORDER", "has no place in a feature view"),
        (f"{ONE}count(*) FROM t HAVING x", "HAVING", "has no place in a feature view"),
        (f"{ONE}count(*) FROM t GROUP BY d", "d", "grouped by its entity: `c`"),
        (f"{ONE}avg(x) FILTER (WHERE y > now()) a FROM t", "now", "of the time that a query runs"),
        (f"{ONE}count(*) FROM t WHERE d < current_date", "current_date", "as_of"),
        (f"{ONE}count(*) n, date(current_date) AS d FROM t", "current_date", "date(as_of)"),
        (f"{ONE}avg(a.x + b.y) AS z FROM a, b", "b.y", "of two sources, a and b"),
        (f"{ONE}avg(x) AS z FROM a, b", "x", "Of which source is it?"),
        (f"{ONE}count(*) AS z FROM a, b", "count", "count(a.*)"),
        (f"{ONE}count(a.*) AS z FROM a, b", "b", "Nothing is selected of b"),
        (f"{ONE}count(a.*) AS z, b.x + 1 AS y FROM a, b", "b.x", "is no aggregate of it"),
        (f"{ONE}count(a.*) n FROM a JOIN b ON a.c = b.c", "JOIN", "would drop entities"),
        (f"{ONE}count(a.*) n, count(b.*) m FROM a LEFT JOIN b ON a.c = b.c", "a LEFT",
         "has a time and is no table of entities"),
        (f"{ONE}count(*) FROM a LEFT b", "b", "JOIN was expected"),
        (f"{ONE}count(*) FROM a JOIN b", None, "ON or USING was expected"),
        (f"{ONE}count(*) FROM a JOIN b TIMESTAMP z ON a.x = b.x", "b TIM", "no TIMESTAMP"),
        (f"{ONE}count(*) FROM (SELECT 1)", None, "needs an alias"),
        (f"{ONE}count(*) FROM range(3)", "(3", "a function is no source"),
        (f"{ONE}count(*) FROM a ENTITY (x, y)", "ENTITY (", "a column for each of c, in order"),
        (f"{ONE}x FROM a WITHOUT TIMESTAMP", "a WITHOUT", "There is no aggregate in the view"),
        (f"{ONE}avg(x) OVER LAST 3 DAYS z FROM a WITHOUT TIMESTAMP", "avg", "has no time"),
        ("CREATE VDS v ENTITY c AS SELECT year(now()) - p.born AS age, count(b.*) FROM p, b", "now",
         "of the time that a query runs at"),
        ("CREATE VDS v ENTITY c AS SELECT p.age, count(b.*) FROM p, b WHERE p.age > 3", "p, b",
         "would leave entities of p out"),
        (f"{ONE}count(*) FROM", "", "a source was expected"),
        (f"{ONE}FROM t", "FROM", "an aggregate was expected"),
        ("CREATE VDS v ENTITY c AS WITH a AS (SELECT count(*) n FROM t) SELECT n FROM b", "b",
         "is none of a of WITH"),
        ("CREATE VDS v ENTITY c AS WITH a AS (SELECT count(*) n FROM t) SELECT m FROM a", "m FROM",
         "is no column of a"),
        ("CREATE VDS v ENTITY c AS WITH a AS (SELECT count(*) n FROM t) SELECT a.m + 1 AS x FROM a",
         "m + 1", "a has no column m; it has n"),
        ("CREATE VDS v ENTITY c AS WITH a AS (SELECT count(*) n FROM t), b AS (SELECT count(*) m "
         "FROM u) SELECT n FROM a", "a\n", "b of WITH is missing in FROM"),
        ("CREATE VDS v ENTITY c AS WITH a AS (SELECT count(*) n FROM t), b AS (SELECT count(*) m "
         "FROM u) SELECT n FROM a LEFT JOIN b ON a.c = b.c", "a LEFT", "no table of entities"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_is(text: str, at: str | None, says: str) -> None:
    with pytest.raises(SqlSyntaxError) as raised:
        parse(text, lex(text))
    assert says in str(raised.value)
    place = len(text) if not at else (f"{text}\n").rindex(at)
    assert (raised.value.line, raised.value.position) == (1, place)


def test_a_view_of_200_columns_and_names_of_all_kinds() -> None:
    names = ["a b", "x.y", "tick`s", "ünïcode", "select", "Σ"]
    items = [f"sum(`{n.replace('`', '``')}`) OVER LAST {d} DAYS AS `{d} {n.replace('`', '``')}`"
             for n in names for d in range(1, 35)]  # fmt: skip
    view = view_of(f"{ONE}{', '.join(items)} FROM `a``b`.`t u`")
    made = [feature["name"] for feature in view["sources"][0]["features"]]
    assert len(made) == 204
    assert made[0] == "1 a b"


def test_heads_of_views() -> None:
    for text, name in {
        "create or replace feature view v ENTITY c": "CreateFeatureView",
        "CREATE VDS v": "CreateFeatureView",
        "CREATE OR REPLACE VDS v": "CreateFeatureView",
        "DESC FEATURE VIEW v": "DescribeFeatureView",
        "DESCRIBE VDS v": "DescribeFeatureView",
        "DESCRIBE feature view": None,
        "SHOW VDS": "ShowFeatureViews",
        "REFRESH FEATURE VIEW v": "RefreshFeatureView",
        "REFRESH TABLE v": None,
        "CREATE VIEW feature AS SELECT 1": None,
        "ALTER VDS v DROP COLUMN x": "AlterFeatureView",
        "DROP VIEW vds": None,
    }.items():
        assert statement_name(lex(text)) == name, text


def test_the_page_of_features_says_what_can_be_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "features.md").read_text("utf-8")
    block, expected, found = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    view = view_of(block.partition(";\n")[0])
    assert list(view["entities"]["columns"]) == ["age", "income_bracket"]
    assert [len(source["features"]) for source in view["sources"]] == [4, 4]
    called = [call.function.name for call in calls(lex(block))]
    assert called == ["feature_view"] * 2 + ["feature_join"] * 2 + ["model_predict"]
    create, refresh, _, alter, _ = re.split(r";.*\n", expected)
    told = view_of(create)["expectations"]
    assert len(told) == 8
    assert [each.get("on_violation") for each in told].count("fail") == 3
    for text in (refresh, alter):
        assert statement_name(lex(text)) is not None
    first, second, join, third, _ = re.split(r";.*\n(?:--.*\n)?", found)
    names = [type(parse(text, lex(text))).__name__ for text in (first, second, third)]
    assert names == ["AutoFeatures", "AutoFeatures", "MlAutoFeatureEngineer"]
    assert [call.function.name for call in calls(lex(join))] == ["feature_join"]


def test_what_is_expected_is_read_and_written() -> None:
    told = view_of(
        "CREATE FEATURE VIEW v ENTITY c TIMESTAMP at EXPECT n IN (1, 2) AND `a on` > 0 -- so\n, "
        "CONSTRAINT `few as` EXPECT nulls(n) <= 0.5 ON VIOLATION FAIL UPDATE EXPECT schema ON "
        "VIOLATION WARN AS SELECT count(*) n, sum(x) `a on` FROM t"
    )["expectations"]
    assert told == [
        {"expect": "n IN (1, 2) AND `a on` > 0"},
        {"expect": "nulls(n) <= 0.5", "on_violation": "fail", "name": "few as"},
        {"expect": "schema"},
    ]


def test_views_are_altered() -> None:
    view = view_of(
        "CREATE VDS v ENTITY c AS SELECT p.age, max(p.visits) top, count(t.*) n, n + 1 AS m "
        "FROM people p, t TIMESTAMP at"
    )
    more = with_items(view, "sum(t.x) OVER LAST 7 DAYS AS s, p.town, s / n AS each")
    assert more["sources"][1]["features"][1]["of"] == "x"
    assert more["entities"]["columns"] == {"age": "age", "town": "town"}
    assert list(more["derived"]) == ["m", "each"]
    assert without_columns(more, ["S", "each", "town"]) == view | {"derived": {"m": "n + 1"}}
    with pytest.raises(SqlSyntaxError, match="There is a column n already") as raised:
        with_items(view, "\n  count(t.x) AS n")
    assert (raised.value.line, raised.value.position) == (2, 2)
    for dropped, says in ((["n"], "m is made of it"), (["q"], "no column 'q'; it has age, top")):
        with pytest.raises(ParameterError, match=says):
            without_columns(view, dropped)
    with pytest.raises(ParameterError, match="DROP FEATURE VIEW instead"):
        without_columns(view, ["top", "n", "m"])
