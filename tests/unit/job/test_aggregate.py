"""The aggregator's job, and what of a store's job needs no Spark."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from stores_apart import FEATURES, Store, customers

from sparkfl.errors import CapabilityError
from sparkfl.exchange.member import Member
from sparkfl.job import aggregate, store
from sparkfl.registry import ModelRegistry
from sparkfl.serving.stores import require_of_releases

ROWS = {"north": customers(1), "south": customers(2, 80)}


def test_a_round_by_jobs(
    tmp_path: Path,
    mlflow_database,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = mlflow_database(tmp_path)
    party = ["--federation", "shops", "--home", str(tmp_path / "aggregator")]
    party += ["--tracking-uri", uri, "--name", "shoppers"]
    create = ["--exchange", str(tmp_path / "exchange"), "--features", *FEATURES, "--k", "3"]
    create += ["--scaling", "none", "--global-algorithm", "federated_lloyd", "--max-iter", "1"]
    assert aggregate.main([*party, *create, "--invite", *ROWS]) == 0
    invitations = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert list(invitations) == list(ROWS)
    assert aggregate.main(party) == 4
    assert "JOIN FEDERATION makes members" in capsys.readouterr().err
    for name, invitation in invitations.items():
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{invitation}\n"))
        own = ["--federation", "shops", "--home", str(tmp_path / name), "--join", "-"]
        assert store.main(own) == 0
        assert capsys.readouterr().out == f"store {name} is in federation shops\n"
    stores = [Store(Member("shops", tmp_path / name), rows) for name, rows in ROWS.items()]
    for step in ("clusters", "lloyd1", "scores"):
        for each in stores:
            each.release()
        assert aggregate.main(party) == 0
        assert f"round 1, {step}: 2 stores" in capsys.readouterr().out
    made = ModelRegistry(uri).get("shoppers")
    with pytest.raises(CapabilityError, match="LEAVE FEDERATION at the store"):
        require_of_releases(made)
    tags = made.tags
    assert tags["sparkfl.round"] == "1"
    assert tags["sparkfl.global_algorithm"].startswith("federated_lloyd: 1 iterations, ")
    assert store.main(["--federation", "shops", "--home", str(tmp_path / "north"), "--leave"]) == 0
    assert aggregate.main(party) == 0
    assert capsys.readouterr().out.endswith("next: step clusters of round 2\nshoppers version 2\n")


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (["--home", "HOME"], 3, "There is no federation 'federation' here, as aggregator"),
        (["--home", "HOME", "--exchange", "HOME/e"], 3, "A federation needs --features"),
        (
            ["--exchange", "HOME/e", "--features", "a", "--scaling", "auto"],
            3,
            "--scaling is 'auto'",
        ),
        (["--quorum", "0"], 2, "argument --quorum: must be a whole number"),
        (["--max-weight", "0"], 2, "--max-weight"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], code: int, message: str
) -> None:
    words = [word.replace("HOME", str(tmp_path)) for word in given]
    uri = ["--tracking-uri", f"sqlite:///{tmp_path}/m.db"]
    try:
        found = aggregate.main([*uri, *words, "--home", str(tmp_path / "h")])
    except SystemExit as stop:
        found = stop.code
    assert found == code
    assert message in capsys.readouterr().err


def test_a_store_needs_rows(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        store.main(["--federation", "shops"])
    assert "--input is required" in capsys.readouterr().err
