"""What has become of the columns of sources, and what depends on them."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

from sparkfl.errors import StorageError
from sparkfl.features.views import Aggregation, Source
from sparkfl.features.views.changes import changes, columns_read

SOURCE = Source(
    "t",
    [
        Aggregation("sum", "net", name="spent"),
        Aggregation("count", name="n"),
        Aggregation("distinct", "Town", name="towns", where="kind = 'price'"),
    ],
    time="at",
    columns={"net": "price * (1 - `tax rate`)"},
    keys={"c": "customer id"},
)
BEFORE = (
    "customer id:bigint,at:timestamp,price:double,tax rate:double,town:string,kind:string,other:int"
)
DERIVED = {"each": "spent / n", "rich": "each > 7", "past": "as_of > 1"}


def rows(columns: str) -> SimpleNamespace:
    fields = [column.split(":") for column in columns.split(",")]
    typed = [(name, SimpleNamespace(simpleString=partial(str, type_))) for name, type_ in fields]
    schema = SimpleNamespace(fields=[SimpleNamespace(name=n, dataType=t) for n, t in typed])
    table = SimpleNamespace(schema=schema)
    return SimpleNamespace(source=SOURCE, table=table)


def told(columns: str) -> list[tuple]:
    known = columns_read([rows(BEFORE)], ["c"])
    found = changes([rows(columns)], ["c"], DERIVED, known)
    return [(c.column, c.now, c.renamed, c.features) for c in found]


def test_only_what_is_read_is_known() -> None:
    read = columns_read([rows(BEFORE)], ["c"])
    assert read == {"t": {"customer id": "bigint", "at": "timestamp", "price": "double",
                          "tax rate": "double", "town": "string", "kind": "string"}}  # fmt: skip


def test_each_change_names_what_depends_on_it() -> None:
    assert told(BEFORE) == told(BEFORE.replace("other:int", "more:string")) == []
    assert told(BEFORE.replace("town", "TOWN")) == []
    assert told(BEFORE.replace("price", "prices")) == [
        ("price", None, "prices", ("spent", "each", "rich"))
    ]
    assert told(BEFORE.replace("town:string", "town:int")) == [("town", "int", None, ("towns",))]
    assert told(BEFORE.replace("kind:string,", "")) == [("kind", None, None, ("towns",))]
    (change,) = told(BEFORE.replace("at:timestamp", "at:string"))
    assert change == ("at", "string", None, ("spent", "n", "towns", "each", "rich"))


def test_a_source_that_is_gone_is_named_with_all_of_its_features() -> None:
    class Gone:
        source = SOURCE

        @property
        def table(self) -> None:
            raise StorageError("t cannot be read")

    (change,) = changes([Gone()], ["c"], DERIVED, columns_read([rows(BEFORE)], ["c"]))
    assert str(change) == "t is gone: spent, n, towns, each, rich"
