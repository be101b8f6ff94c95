"""The accountant: nothing is spent twice or given back, whoever asks at once, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sparkfl.errors import ParameterError, StorageError
from sparkfl.privacy.accountant import Accountant, Asked
from sparkfl.privacy.noise import Noise

TENTH = Asked(Noise.of("laplace", 0.1), 0.1, 0.0, budget=1.0)
ASK = """
import sys
from sparkfl.privacy.accountant import Accountant, Asked
from sparkfl.privacy.noise import Noise
asked = Asked(Noise("laplace", 10.0), 0.1, 0.0, 1.0)
accountant = Accountant.at(sys.argv[1])
sys.stdin.readline()
print(sum(not accountant.charge(["north"], asked) for _ in range(8)))
"""


def test_a_budget_is_spent_to_its_end(tmp_path: Path) -> None:
    accountant = Accountant.at(f"file://{tmp_path}/new/place")
    assert accountant.accounts() == []
    granted = [not accountant.charge(["north"], TENTH) for _ in range(12)]
    assert granted == [True] * 10 + [False] * 2
    (account,) = accountant.accounts()
    assert (account.store, account.releases, account.budget) == ("north", 10, 1.0)
    assert account.remaining == pytest.approx(0, abs=1e-9)
    assert oct((tmp_path / "new/place/spent.jsonl").stat().st_mode)[-3:] == "600"


def test_stores_have_budgets_of_their_own(tmp_path: Path) -> None:
    accountant = Accountant.at(str(tmp_path))
    accountant.charge(["a b'`", "ö"], TENTH)
    large = Asked(Noise.of("laplace", 0.95), 0.95, 0.0, budget=1.0)
    refused = accountant.charge(["ö", "new"], large)
    assert list(refused) == ["ö"]
    said = refused["ö"].refusal(large)
    for part in ("'ö'", "spent epsilon 0.1", "budget of 1", "0.9 remain", "epsilon 0.95 is asked"):
        assert part in said
    assert {a.store: a.releases for a in accountant.accounts()} == {"a b'`": 1, "new": 1, "ö": 1}


def test_gaussian_releases_cost_less_than_their_sum(tmp_path: Path) -> None:
    accountant = Accountant.at(str(tmp_path))
    asked = Asked(Noise.of("gaussian", 1.0, 1e-6), 1.0, 1e-6, budget=4.0)
    granted = sum(not accountant.charge(["north"], asked) for _ in range(20))
    assert 10 < granted < 16


def test_threads_never_overspend(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = threads.map(
            lambda _: not Accountant.at(str(tmp_path)).charge(["north", "south"], TENTH), range(40)
        )
        assert sum(asked) == 10


def test_processes_never_overspend(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [process.communicate("go\n", timeout=60)[0] for process in started]
    assert sum(map(int, told)) == 10


def test_a_process_that_dies_gives_nothing_back(tmp_path: Path) -> None:
    """Killed as soon as it may tell: what it was charged stays charged, and nobody waits."""
    die = ASK.replace("print(", "import os, signal\nx = (").replace(
        "for _ in range(8)))", "for _ in range(1)))\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", die, str(tmp_path)], input="go\n", text=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    accountant = Accountant.at(str(tmp_path))
    assert [account.releases for account in accountant.accounts()] == [1]
    assert sum(not accountant.charge(["north"], TENTH) for _ in range(12)) == 9


@pytest.mark.parametrize("cut", [1, 20, 90])
def test_a_line_cut_short_has_told_nothing(tmp_path: Path, cut: int) -> None:
    """A crash while a line is written: the release was not made, and later lines are read."""
    accountant = Accountant.at(str(tmp_path))
    accountant.charge(["north"], TENTH)
    file = tmp_path / "spent.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:cut])
    assert [account.releases for account in accountant.accounts()] == [1]
    accountant.charge(["north"], TENTH)
    accountant.charge(["south"], TENTH)
    assert {a.store: a.releases for a in accountant.accounts()} == {"north": 2, "south": 1}


@pytest.mark.parametrize(
    "damaged",
    [b"{}", b"garbage", b"[1]", json.dumps({"mechanism": "gaussian", "multiplier": -1.0}).encode()],
)
def test_a_damaged_file_is_not_taken_for_an_empty_one(tmp_path: Path, damaged: bytes) -> None:
    accountant = Accountant.at(str(tmp_path))
    accountant.charge(["north"], TENTH)
    file = tmp_path / "spent.jsonl"
    file.write_bytes(damaged + b"\n" + file.read_bytes())
    for use in (accountant.accounts, lambda: accountant.charge(["north"], TENTH)):
        with pytest.raises(StorageError, match=r"Line 1 of .*spent\.jsonl cannot be read"):
            use()


@pytest.mark.parametrize("path", ["s3://bucket/budget", "hdfs:///budget", "dbfs:/budget"])
def test_a_place_without_locks_is_refused(path: str) -> None:
    with pytest.raises(ParameterError, match="file system that has locks"):
        Accountant.at(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"ACCOUNTANT_PATH .*/file/budget cannot be used"):
        Accountant.at(str(tmp_path / "file/budget")).charge(["north"], TENTH)


def test_the_line_is_on_disk_before_anything_may_be_told(tmp_path: Path, monkeypatch) -> None:
    """`charge` returns after fsync, and raises where that fails."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    Accountant.at(str(tmp_path)).charge(["north"], TENTH)
    assert synced

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"No space left on device\. Nothing was told"):
        Accountant.at(str(tmp_path)).charge(["north"], TENTH)
