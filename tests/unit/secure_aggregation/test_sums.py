"""Sessions as they should go: the exact total, whoever leaves and whenever."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkfl.errors import ParameterError, ProtocolError, QuorumError
from sparkfl.secure_aggregation import Client, Ed25519PrivateKey, Server, Session, Step, public_of
from sparkfl.secure_aggregation.messages import broadcast, text
from sparkfl.secure_aggregation.rehearsal import rehearse

NAMES = ["north", "süd `1`.", "WHERE", "", "west\n", "6", "seven", "eight", "nine"]
FIRST_TOLD = (Step.KEYS, Step.SHARES, Step.MASKED)


def plain(vectors: Mapping[str, list[float]]) -> list[Fraction]:
    return [sum(map(Fraction, column)) for column in zip(*vectors.values(), strict=True)]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_total_is_the_plain_sum_with_a_third_gone(data: st.DataObject) -> None:
    """Exactly, of those whose vectors had come, wherever in the session the others leave."""
    names = NAMES[: data.draw(st.integers(3, len(NAMES)))]
    length = data.draw(st.integers(1, 4))
    value = st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-20)
    vectors = {name: data.draw(st.lists(value, min_size=length, max_size=length)) for name in names}
    goes = data.draw(
        st.sets(st.sampled_from(names), max_size=len(names) // 3 if len(names) > 3 else 0)
    )
    leave = {name: data.draw(st.sampled_from(list(Step))) for name in sorted(goes)}
    rehearsal = rehearse(vectors, leave)
    counted = {n: vectors[n] for n in names if leave.get(n) not in FIRST_TOLD}
    assert rehearsal.server.included == sorted(counted)
    assert rehearsal.total == plain(counted)


@pytest.mark.parametrize("step", list(Step))
def test_below_the_threshold_there_is_no_total_at_any_round(step: Step) -> None:
    vectors = {name: [1.0] for name in NAMES[:6]}
    leave = dict.fromkeys(NAMES[:3], step)
    with pytest.raises(QuorumError, match=f"3 of 6 stores .* round '{step}', .* takes 4"):
        rehearse(vectors, leave)


def test_a_store_by_itself_does_not_tell_below_the_threshold_either() -> None:
    """Whatever the aggregator thinks of quorums."""
    session, clients = begun(4)
    keys = [text(client.begin()) for client in clients.values()][:2]
    with pytest.raises(QuorumError, match="2 stores are left"):
        clients["north"].answer(broadcast(session, Step.KEYS, {"messages": keys}))


def begun(stores: int) -> tuple[Session, dict[str, Client]]:
    keys = {name: Ed25519PrivateKey.generate() for name in NAMES[:stores]}
    roster = {name: public_of(key) for name, key in keys.items()}
    session = Session("sum", roster, 1)
    return session, {n: Client(session, n, keys[n], [1], trusted=roster) for n in keys}


def test_a_process_that_ends_goes_on_by_what_it_kept() -> None:
    """The same messages again, from the store's secret; and the aggregator's from what came."""
    keys = {name: Ed25519PrivateKey.generate() for name in NAMES[:4]}
    roster = {name: public_of(key) for name, key in keys.items()}
    session = Session("sum", roster, 2)
    vectors = {name: [1.5, place] for place, name in enumerate(keys)}

    def client(name: str, vector: list[float], secret: bytes | None = None) -> Client:
        return Client(session, name, keys[name], vector, trusted=roster, secret=secret)

    stores = {name: client(name, vectors[name]) for name in keys}
    kept: list[bytes] = []
    server = Server(session)
    sent = {name: store.begin() for name, store in stores.items()}
    while server.step:
        for message in sent.values():
            server.receive(message)
        told = server.proceed()
        if told:
            kept.append(told["north"])
        sent = {}
        for name, message in told.items():
            again = client(name, vectors[name], stores[name].secret)
            if name == "north":
                answers = [again.begin(), *map(again.answer, kept)]
                sent[name] = answers[-1]
            else:
                sent[name] = stores[name].answer(message)
    assert server.total() == plain(vectors)
    replayed = Server(session)
    for step in Step:
        for message in server.accepted[step].values():
            replayed.receive(message)
        replayed.proceed()
    assert replayed.total() == server.total()

    # Under the same masks another vector would give the difference of the two.
    changed = client("north", [2.5, 0], stores["north"].secret)
    changed.begin()
    with pytest.raises(ProtocolError, match="begun with other rows"):
        changed.answer(kept[0])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"roster": {"a": b"1" * 32, "b": b"2" * 32}}, "The roster has 2 stores"),
        ({"threshold": 2}, "threshold is 2; of 4 stores it may be 3 to 4"),
        ({"threshold": 5}, "threshold is 5"),
        ({"length": 0}, "length is 0"),
        ({"roster": dict.fromkeys("abc", b"1" * 31)}, "The key of 'a' has 31 bytes"),
        ({"roster": dict.fromkeys("abc", b"1" * 32)}, "'a' and 'b' have the same key"),
    ],
)
def test_sessions_that_would_not_protect_are_refused(change: dict[str, object], says: str) -> None:
    roster = {name: name.encode() * 32 for name in "abcd"}
    with pytest.raises(ParameterError, match=says):
        Session(**{"name": "sum", "roster": roster, "length": 1, **change})  # type: ignore[arg-type]


@settings(max_examples=200)
@given(st.integers(3, 3000))
def test_the_default_threshold_leaves_a_third_go_and_stops_a_third_from_colluding(n: int) -> None:
    roster = {str(i): i.to_bytes(32, "big") for i in range(n)}
    threshold = Session("", roster, 1).threshold
    assert n - threshold >= n // 3 or n == 3
    colluding = -(-n // 3) - 1
    # Two sets of answers need t each; who is honest is in one, who colludes in both.
    assert 2 * threshold > n + colluding


def test_vectors_of_another_length_are_refused() -> None:
    with pytest.raises(ParameterError, match="'b' has 1 numbers, and session 'rehearsal' sums 2"):
        rehearse({"a": [1, 2], "b": [1], "c": [1, 2]})
