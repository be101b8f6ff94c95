"""What stores and aggregators refuse: altered, replayed, foreign, and asking for both."""

from __future__ import annotations

import importlib
import json
import sys

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from secure_sessions import Played, body_of, play

from sparkfl.errors import MissingPackageError, ProtocolError, QuorumError
from sparkfl.secure_aggregation import (
    Client,
    Ed25519PrivateKey,
    Server,
    Session,
    Step,
    keys,
    public_of,
)
from sparkfl.secure_aggregation.messages import Message, broadcast, text

SENT = {step: play(step) for step in Step}
NO_SET = r"are in the total; they are to be|not in the form"


def resigned(played: Played, name: str, step: Step, **changes: object) -> bytes:
    """What a store sends that lies, and signs it."""
    body = {**body_of(played.sent[name]), **changes}
    return Message(played.session.id, step, name, body).signed(played.identities[name])


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("kind", ["altered", "foreign", "stranger", "early", "twice", "garbage"])
def test_an_aggregator_refuses_by_name(step: Step, kind: str) -> None:
    played = play(step)
    message = played.sent["a"]
    content = json.loads(json.loads(message)["content"])
    other = next(each for each in Step if each is not step)
    if kind == "altered":
        outer = json.loads(message)
        outer["content"] = outer["content"].replace('"sender": "a"', '"sender": "b"')
        assert outer["content"] != json.loads(message)["content"]
        bad, says = json.dumps(outer).encode(), "says it is of 'b' is not signed"
    elif kind == "foreign":
        bad, says = SENT[step].sent["a"], "is of session .*, not of 'test'"
    elif kind == "stranger":
        own = Message(played.session.id, step, "z", content["body"])
        bad, says = own.signed(played.identities["a"]), "'z' is not in the roster"
    elif kind == "early":
        own = Message(played.session.id, other, "a", content["body"])
        bad, says = own.signed(played.identities["a"]), f"of round '{other}', and round '{step}'"
    elif kind == "twice":
        played.server.receive(message)
        bad, says = message, f"'a' has sent its part of round '{step}' already"
    else:
        bad, says = b"\x00\xff" * 9, "These 18 bytes are no message"
    with pytest.raises(ProtocolError, match=says):
        played.server.receive(bad)
    # It is as if it had not come.
    if kind != "twice":
        played.server.receive(message)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(Step)), st.integers(0, 10**6), st.integers(1, 255))
def test_no_altered_byte_passes(step: Step, place: int, change: int) -> None:
    played, server = SENT[step], Server(SENT[step].session)
    server.step, server.accepted = step, played.server.accepted
    server._told = played.server._told
    message = bytearray(played.sent["a"])
    message[place % len(message)] ^= change
    try:
        server.receive(bytes(message))
    except ProtocolError:
        pass
    else:
        # The last letter of base64 has bits that mean nothing.
        assert body_of(bytes(message)) == body_of(played.sent["a"])
    finally:
        played.server.accepted[step].pop("a", None)
        played.server._told[step].pop("a", None)


@settings(max_examples=40)
@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
@example(b'{"content": "\\ud800", "signature": ""}')
@example(b"[" * 100_000)
@example(b'{"session": 1, "step": 2, "body": 3}')
def test_garbage_is_refused_and_nothing_else_happens(data: bytes) -> None:
    played = SENT[Step.MASKED]
    with pytest.raises(ProtocolError):
        played.server.receive(data)
    with pytest.raises(ProtocolError):
        played.clients["a"].answer(data)
    with pytest.raises(ProtocolError):
        Session.of_bytes(data)


@pytest.mark.parametrize(
    ("step", "changes", "says"),
    [
        (Step.KEYS, {"mask": "AAAA"}, "3 bytes were sent where 32 belong"),
        (Step.KEYS, {"mask": "é"}, "is not base64"),
        (Step.SHARES, {"sealed": {"b": ""}}, "shares of other stores"),
        (Step.SHARES, {"sealed": 7}, "not in the form of round 'shares'"),
        (Step.MASKED, {"masked": text(b"1" * 63)}, "63 bytes were sent where 64"),
        (Step.CONSISTENCY, {"included": ["a"]}, "confirmed another set"),
        (Step.UNMASKING, {"seeds": {}}, "shares of other stores"),
        (Step.UNMASKING, {"keys": {"b": text(b"0" * 33)}}, "shares of other stores"),
    ],
)
def test_parts_in_another_form_are_refused(
    step: Step, changes: dict[str, object], says: str
) -> None:
    played = play(step)
    with pytest.raises(ProtocolError, match=says):
        played.server.receive(resigned(played, "a", step, **changes))


def test_a_message_without_its_fields_is_refused() -> None:
    played = play(Step.KEYS)
    empty = Message(played.session.id, Step.KEYS, "a", {}).signed(played.identities["a"])
    with pytest.raises(ProtocolError, match="not in the form"):
        played.server.receive(empty)


def test_who_has_left_does_not_come_back() -> None:
    played = play(Step.MASKED)
    late = played.sent.pop("d")
    played.receive()
    with pytest.raises(ProtocolError, match="round 'masked', and round 'consistency' is on"):
        played.server.receive(late)
    message = Message(played.session.id, Step.CONSISTENCY, "d", {"included": ["a", "b", "c"]})
    with pytest.raises(ProtocolError, match=r"'d' .* took no part in the one before"):
        played.server.receive(message.signed(played.identities["d"]))


def test_a_store_whose_share_is_altered_is_named_and_there_is_no_total() -> None:
    played = play(Step.UNMASKING, gone="d")
    for changed in ("seeds", "keys"):
        shares = body_of(played.sent["a"])[changed]
        one = next(iter(shares))
        lie = {changed: {**shares, one: text(bytes(33))}}
        server = Server(played.session)
        server.step, server.accepted = Step.UNMASKING, dict(played.server.accepted)
        server.accepted[Step.UNMASKING] = {}
        server._told = {**played.server._told, Step.UNMASKING: {}}
        server.receive(resigned(played, "a", Step.UNMASKING, **lie))
        server.receive(played.sent["b"])
        server.receive(played.sent["c"])
        with pytest.raises(ProtocolError, match=f"of '{one}' do not give|are of no secret"):
            server.proceed()
        with pytest.raises(ProtocolError, match="no total yet"):
            server.total()


# What a store refuses an aggregator who does not keep to the protocol.


def test_a_store_takes_no_keys_that_the_aggregator_has_made() -> None:
    """A man in the middle of all pairs, who would know all masks."""
    played = play(Step.KEYS)
    played.receive()
    messages = body_of(played.told["a"])["messages"]
    forged = Message(
        played.session.id, Step.KEYS, "b", {"mask": text(b"1" * 32), "seal": text(b"2" * 32)}
    ).signed(Ed25519PrivateKey.generate())
    body = {"messages": [*messages[:1], text(forged), *messages[2:]]}
    with pytest.raises(ProtocolError, match="of 'b' is not signed with its key"):
        played.clients["a"].answer(broadcast(played.session, Step.KEYS, body))


def test_a_store_takes_no_keys_twice_nor_without_its_own() -> None:
    played = play(Step.KEYS)
    played.receive()
    messages = body_of(played.told["a"])["messages"]

    def told(*places: int) -> bytes:
        body = {"messages": [messages[place] for place in places]}
        return broadcast(played.session, Step.KEYS, body)

    for places, says in (((0, 1, 1), "'b' has sent keys twice"), ((1, 2, 3), "begun with other")):
        with pytest.raises(ProtocolError, match=says):
            played.clients["a"].answer(told(*places))
    with pytest.raises(QuorumError, match="2 stores are left"):
        played.clients["a"].answer(told(0, 1))
    copied = resigned(played, "b", Step.KEYS, **body_of(played.sent["c"]))
    body = {"messages": [messages[0], text(copied), *messages[2:]]}
    with pytest.raises(ProtocolError, match="have sent the same key"):
        played.clients["a"].answer(broadcast(played.session, Step.KEYS, body))


def test_shares_that_were_altered_or_are_anothers_are_refused() -> None:
    played = play(Step.SHARES)
    played.receive()
    sealed = body_of(played.told["a"])["sealed"]
    for wrong in (
        {**sealed, "b": sealed["c"]},
        {**sealed, "b": body_of(played.told["c"])["sealed"]["b"]},
        {**sealed, "b": sealed["b"][:-8] + "AAAAAAA="},
        {**sealed, "b": ""},
    ):
        with pytest.raises(ProtocolError, match="shares of 'b' are not what it has sealed for 'a'"):
            played.clients["a"].answer(broadcast(played.session, Step.SHARES, {"sealed": wrong}))
    body = {"sealed": {**sealed, "z": sealed["b"]}}
    with pytest.raises(ProtocolError, match="'z' has shared secrets"):
        played.clients["a"].answer(broadcast(played.session, Step.SHARES, body))


def included(played: Played, *names: str) -> bytes:
    return broadcast(played.session, Step.MASKED, {"included": list(names)})


def test_a_store_signs_one_set_and_no_other() -> None:
    """Asked for the own mask of d by one set, and for its key by another."""
    played = play(Step.MASKED)
    a = played.clients["a"]
    a.answer(included(played, "a", "b", "c", "d"))
    with pytest.raises(ProtocolError, match="of round 'masked', and round 'consistency' is on"):
        a.answer(included(played, "a", "b", "c"))


@pytest.mark.parametrize(
    "names", [("b", "c", "d"), ("a", "b", "z"), ("a", "b", "b"), ("c", "b", "a"), ("a", "b", 7)]
)
def test_a_store_signs_no_set_that_cannot_be(names: tuple[str, ...]) -> None:
    played = play(Step.MASKED)
    with pytest.raises(ProtocolError, match=NO_SET):
        played.clients["a"].answer(included(played, *names))


def test_an_aggregator_that_asks_for_both_gets_neither() -> None:
    """It tells a and b that d is in the total, and c and d that it is not: for its key and seed."""
    played = play(Step.MASKED)
    sets = {"a": "abcd", "b": "abcd", "c": "abc"}
    signed = {
        name: played.clients[name].answer(included(played, *names)) for name, names in sets.items()
    }
    body = {"messages": [text(message) for message in signed.values()]}
    for name in sets:
        with pytest.raises(ProtocolError, match="asks for two sets of masks"):
            played.clients[name].answer(broadcast(played.session, Step.CONSISTENCY, body))


def test_confirmations_that_are_too_few_or_not_the_own_undo_nothing() -> None:
    played = play(Step.CONSISTENCY)
    a, b, c, d = (text(played.sent[name]) for name in "abcd")
    for messages, error, says in (
        ([a, b], QuorumError, "2 stores are left"),
        ([a, b, b], QuorumError, "2 stores are left"),
        ([b, c, d], ProtocolError, "leaves out what 'a' has confirmed"),
    ):
        told = broadcast(played.session, Step.CONSISTENCY, {"messages": messages})
        with pytest.raises(error, match=says):
            played.clients["a"].answer(told)


def test_a_store_that_has_told_all_tells_no_more() -> None:
    played = play(Step.UNMASKING)
    with pytest.raises(ProtocolError, match="'a' has told all"):
        played.clients["a"].answer(played.told["a"])
    with pytest.raises(ProtocolError, match="'a' has begun"):
        played.clients["a"].begin()
    assert not any(
        set(body["seeds"]) & set(body["keys"]) for body in map(body_of, played.sent.values())
    )


def test_a_store_takes_part_in_no_session_that_does_not_protect_it() -> None:
    own = {name: Ed25519PrivateKey.generate() for name in "abcd"}
    roster = {name: public_of(key) for name, key in own.items()}
    session = Session("sum", roster, 1)
    for name, trusted, fewest, says in (
        ("a", {n: k for n, k in roster.items() if n != "d"}, 3, "has 'd', whose key 'a' does not"),
        ("a", {**roster, "d": b"0" * 32}, 3, "has 'd', whose key 'a' does not"),
        ("a", roster, 4, "sums 3 stores or more, and 'a' takes part in totals of 4"),
        ("z", roster, 3, "has no 'z'"),
    ):
        with pytest.raises(ProtocolError, match=says):
            Client(session, name, own["a"], [1], trusted, fewest)
    with pytest.raises(ProtocolError, match="another key of it"):
        Client(session, "a", own["b"], [1], roster)


def test_keys_of_low_order_are_refused() -> None:
    """With them everybody agrees on the same, and so does whoever listens."""
    played = play(Step.KEYS)
    played.sent["b"] = resigned(played, "b", Step.KEYS, seal=text(bytes(32)))
    played.receive()
    with pytest.raises(ProtocolError, match="of low order"):
        played.clients["a"].answer(played.told["a"])


def test_without_cryptography_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackageError, match=r"pip install 'sparkfl\[secure-aggregation\]'"):
        importlib.reload(keys)


def test_another_version_s_session_says_so() -> None:
    data = SENT[Step.KEYS].session.to_bytes().replace(b'"format": 1', b'"format": 2')
    with pytest.raises(ProtocolError, match="has format 2, and this version of sparkfl reads 1"):
        Session.of_bytes(data)
