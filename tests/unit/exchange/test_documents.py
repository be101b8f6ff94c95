"""Keys, signed documents, invitations, memberships and storage, each by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.fs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores_apart import apart, customers

from sparkfl.errors import (
    ExchangeError,
    FederationExistsError,
    FederationNotFoundError,
    ParameterError,
    StorageError,
)
from sparkfl.exchange.aggregator import Aggregator
from sparkfl.exchange.canonical import decode, encode
from sparkfl.exchange.contract import Contract
from sparkfl.exchange.invitation import Invitation
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.layout import check_store, folder_of
from sparkfl.exchange.member import Member
from sparkfl.exchange.overview import overview
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.storage import LocalStorage, RemoteStorage, Storage

DOCS = Path(__file__).parents[3] / "docs"
ROWS = {"north": customers(1), "south": customers(2, 80)}
KEY = PrivateKey.of_hex("01" * 32)
TEXTS = st.text(max_size=5)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(JSON)
def test_canonical_json_is_read_as_it_was_written(content: object) -> None:
    assert decode(encode(content)) == content
    assert encode(decode(encode(content))) == encode(content)


@given(st.dictionaries(TEXTS, JSON, max_size=3))
def test_a_document_is_the_same_bytes_always(content: dict[str, object]) -> None:
    one, other = (SignedDocument.of("sparkfl.test", content, [KEY]) for _ in range(2))
    assert one.data == other.data
    assert SignedDocument.read(one.data) == one
    found = SignedDocument.read(one.data).content("sparkfl.test", KEY.public)
    assert found == {k: v for k, v in content.items() if k not in ("type", "format")}


@given(st.data())
def test_a_document_of_which_a_bit_is_another_is_refused(data: st.DataObject) -> None:
    document = SignedDocument.of("sparkfl.test", {"store": "north", "n": [1, 2]}, [KEY])
    bits = bytearray(document.data)
    place = data.draw(st.integers(0, len(bits) - 2))
    bits[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(RefusalError):
        SignedDocument.read(bytes(bits)).content("sparkfl.test", KEY.public)


def test_a_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home/key.pem"
    key = PrivateKey.at(path)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert PrivateKey.at(path).public == key.public
    path.chmod(0o640)
    with pytest.raises(StorageError, match=r"can be read or written by others.*chmod 600"):
        PrivateKey.at(path)
    path.chmod(0o600)
    path.write_text("nothing")
    with pytest.raises(StorageError, match="holds no private key"):
        PrivateKey.at(path)


def test_no_private_key_is_in_the_exchange(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    federation.round()
    secrets = [PrivateKey.at(path).hex for path in tmp_path.rglob("key.pem")]
    assert len(secrets) == 3
    for path in federation.exchange.rglob("*.json"):
        written = path.read_text()
        assert not any(secret in written for secret in secrets)
        assert "PRIVATE" not in written


STRANGE = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20
)


@given(STRANGE, STRANGE)
def test_every_store_has_a_folder_of_its_own(one: str, other: str) -> None:
    folder = folder_of(one)
    assert re.fullmatch(r"[A-Za-z0-9_%~-][A-Za-z0-9_.%~-]*", folder)
    assert (folder == folder_of(other)) == (one == other)


@pytest.mark.parametrize("store", ["", " a", "a\nb", "x" * 61])
def test_what_cannot_be_a_store(store: str) -> None:
    with pytest.raises(ParameterError, match="cannot be called"):
        check_store(store)


def test_strange_names_of_stores(tmp_path: Path) -> None:
    names = ["..", "a/b", "Zürich `x`", "select", "SELECT", "日本"]
    federation = apart(tmp_path, {name: customers(i) for i, name in enumerate(names)})
    data = federation.round().standing.data
    assert data.stores() == sorted(names)


@pytest.mark.parametrize("remote", [False, True])
def test_a_file_is_made_once(tmp_path: Path, remote: bool) -> None:
    storage: Storage = LocalStorage(tmp_path)
    if remote:
        storage = RemoteStorage(pyarrow.fs.LocalFileSystem(), str(tmp_path))
    assert storage.names("a") == []
    assert storage.create("a/b.json", b"one")
    assert not storage.create("a/b.json", b"two")
    assert (storage.read("a/b.json", 3), storage.names("a")) == (b"one", ["b.json"])
    with pytest.raises(RefusalError, match="too_large"):
        storage.read("a/b.json", 2)
    with pytest.raises(FileNotFoundError):
        storage.read("a/c.json", 2)
    with pytest.raises(RefusalError, match="garbage"):
        storage.read("a", 10)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.json"]


def test_an_exchange_in_an_object_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a round through pyarrow's file systems, as of s3 or hdfs."""
    import sparkfl.exchange.aggregator
    import sparkfl.exchange.member

    remote = RemoteStorage(pyarrow.fs.LocalFileSystem(), str(tmp_path / "exchange"))
    for module in (sparkfl.exchange.aggregator, sparkfl.exchange.member):
        monkeypatch.setattr(module, "storage_at", lambda exchange: remote)
    assert apart(tmp_path, ROWS).round().standing.data.stores() == ["north", "south"]


def test_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        Aggregator.create("f", str(tmp_path / "file/x"), {"inputCols": ["a"]}, home=tmp_path / "h")


def test_a_stolen_invitation_that_comes_second_is_worth_nothing(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    aggregator = federation.aggregator
    text = aggregator.invite("west").text
    first = Member.join("shops", text, home=tmp_path / "west")
    for store in (*federation.stores.values(),):
        store.release()
    aggregator.aggregate(quorum=2)
    known = aggregator.membership.keys["west"]
    Member.join("shops", text, home=tmp_path / "thief")
    assert aggregator.membership.keys["west"] == known
    assert aggregator.invite("west").serial == 2
    again = Member.join("mine", aggregator.invite("west").text, home=tmp_path / "west")
    assert again.store == first.store
    assert aggregator.membership.keys["west"] not in (known, None)


def test_two_keys_of_one_invitation_at_once_are_nobody_s(tmp_path: Path) -> None:
    aggregator = apart(tmp_path, ROWS).aggregator
    text = aggregator.invite("west").text
    for place in ("one", "two"):
        Member.join("shops", text, home=tmp_path / place)
    assert "west" not in aggregator.membership.keys


def test_who_invites_oneself_is_no_member(tmp_path: Path) -> None:
    aggregator = apart(tmp_path, ROWS).aggregator
    invitation = aggregator.invite("west")
    forged = Invitation(
        invitation.exchange, invitation.federation, invitation.aggregator, "east", 1, KEY.hex
    )
    Member.join("shops", forged.text, home=tmp_path / "east")
    assert sorted(aggregator.membership.keys) == ["north", "south"]


def test_an_exchange_of_somebody_else_is_not_joined(tmp_path: Path) -> None:
    good, bad = (apart(tmp_path / name, {}) for name in ("good", "bad"))
    invitation = good.aggregator.invite("north").text
    with pytest.raises(ExchangeError, match="not its own, or was altered"):
        Member.join("f", invitation, tmp_path / "h", exchange=str(bad.exchange))
    with pytest.raises(FederationNotFoundError):
        Member.join("f", invitation, tmp_path / "h", exchange=str(tmp_path / "nowhere"))
    assert not (tmp_path / "h").exists()


def test_a_published_step_that_was_altered_stops_everybody(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    federation.until("asinh")
    (path,) = (federation.exchange / "rounds").rglob("1-moments.json")
    path.write_bytes(path.read_bytes().replace(b'"rows":60', b'"rows":61'))
    for act in (federation.stores["north"].release, federation.aggregator.aggregate):
        with pytest.raises(ExchangeError, match="altered"):
            act()


def test_names_that_are_taken(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    params = {"inputCols": ["a"]}
    with pytest.raises(FederationExistsError, match="Here, federation 'shops'"):
        Aggregator.create("shops", str(tmp_path / "e"), params, home=tmp_path / "aggregator")
    with pytest.raises(FederationExistsError, match="The exchange"):
        Aggregator.create("other", str(federation.exchange), params, home=tmp_path / "x")
    with pytest.raises(FederationNotFoundError):
        Aggregator("other", home=tmp_path / "x")
    invitation = federation.aggregator.invite("west").text
    with pytest.raises(FederationExistsError, match="was joined here, as store 'north'"):
        Member.join("shops", invitation, home=tmp_path / "homes/north")


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        ({}, {}, "needs inputCols"),
        ({"k": 0}, {}, "k must be an integer"),
        ({"guardPath": "x"}, {}, "guardPath is a store's own"),
        ({"scaling": "quantile"}, {}, "take one of federation, store, none"),
        ({"algorithm": "sklearn.cluster.KMeans"}, {}, "no store runs a class"),
        ({"releasePolicy": "careful"}, {}, "a name; say what it asks"),
        ({"releasePolicy": {"min_size": 1}}, {}, "MIN_SIZE"),
        ({}, {"bounds": {"b": [0, 1]}}, "'b', which is no feature"),
        ({}, {"bounds": {"a": [1, 0]}}, "a least and a greatest number"),
        ({}, {"bounds": {"a": [0]}}, "a least and a greatest number"),
        ({}, {"global_algorithm": "fedavg"}, "one of one_shot, federated_lloyd"),
        ({}, {"max_iter": 5}, "maxIter is 5, and there are no iterations"),
        ({}, {"global_algorithm": "federated_lloyd", "max_iter": 100}, "from 1 to 99"),
        (
            {"scaling": "store"},
            {"global_algorithm": "federated_lloyd"},
            "over centres of one space",
        ),
    ],
)
def test_what_cannot_be_agreed_on(
    params: dict[str, object], given: dict[str, object], message: str
) -> None:
    features = {} if message == "needs inputCols" else {"inputCols": ["a"]}
    with pytest.raises(ParameterError, match=message):
        Contract.made("f", "f", KEY.public, {**features, **params}, **given)


def test_a_one_shot_contract_is_written_as_before() -> None:
    made = [
        Contract.made("f", "f", KEY.public, {"inputCols": ["a"]}, global_algorithm=name)
        for name in ("one_shot", "federated_lloyd")
    ]
    assert set(made[1].content()) - set(made[0].content()) == {
        "global_algorithm",
        "max_iter",
        "tol",
        "iteration_guard",
    }
    assert [Contract.of_content(decode(encode(each.content()))) for each in made] == made


def test_an_overview_tells_who_is_late(tmp_path: Path) -> None:
    federation = apart(tmp_path, {**ROWS, "west": customers(3)})
    federation.aggregator.invite("east")
    turn = federation.until("moments")
    late = federation.content("west", turn)
    for name in ROWS:
        federation.stores[name].release()
    federation.aggregator.aggregate(quorum=2)
    federation.put_signed("west", turn, late)
    federation.stores["north"].release()
    found = overview(federation.aggregator.storage, federation.aggregator.history)
    told = {(each.store, each.step): (each.member, each.verdict) for each in found}
    assert told == {
        ("east", "asinh"): ("invited", "invited"),
        ("north", "moments"): ("joined", "accepted"),
        ("north", "asinh"): ("joined", "released"),
        ("south", "moments"): ("joined", "accepted"),
        ("south", "asinh"): ("joined", "waiting"),
        ("west", "moments"): ("joined", "late"),
        ("west", "asinh"): ("joined", "waiting"),
    }


def test_every_reason_is_in_the_documentation() -> None:
    text = (DOCS / "federation.md").read_text("utf-8")
    assert [reason for reason in Reason if f"`{reason}`" not in text] == []
