"""A function that is published keeps no settings of catalogs, also from a client."""

from __future__ import annotations

import pytest

from sparkfl.serving.publishing import _recreate

CATALOG = "spark.sql.catalog.spark_catalog"


class Client:
    """A session of Spark Connect, as far as it is asked here."""

    session_id = "one"

    def __init__(self, settings: dict[str, str], error: Exception | None = None) -> None:
        self.getAll = settings
        self.conf, self.error = self, error
        self.seen: list[set[str]] = []

    def set(self, key: str, value: str) -> None:
        self.getAll[key] = value

    def unset(self, key: str) -> None:
        del self.getAll[key]

    def sql(self, text: str) -> None:
        self.seen.append(set(self.getAll))
        if self.error:
            raise self.error


@pytest.mark.parametrize("error", [None, ValueError("refused")])
def test_a_client_does_without_its_catalogs_for_a_moment(error: Exception | None) -> None:
    client = Client({CATALOG: "delta", "spark.sql.ansi.enabled": "true"}, error)
    if error:
        with pytest.raises(ValueError, match="refused"):
            _recreate(client, "CREATE FUNCTION …")  # type: ignore[arg-type]
    else:
        _recreate(client, "CREATE FUNCTION …")  # type: ignore[arg-type]
    assert client.seen == [{"spark.sql.ansi.enabled"}]
    assert client.getAll == {CATALOG: "delta", "spark.sql.ansi.enabled": "true"}


def test_without_catalogs_nothing_is_created_again() -> None:
    client = Client({"spark.sql.ansi.enabled": "true"})
    _recreate(client, "CREATE FUNCTION …")  # type: ignore[arg-type]
    assert client.seen == []
