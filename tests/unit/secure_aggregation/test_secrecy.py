"""Nothing of one store can be read from all that the aggregator has: only the total has content."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare
from secure_sessions import Played, body_of, play

from sparkfl.audit.attacks.aggregator import unmasked
from sparkfl.secure_aggregation import FixedPoint, Step
from sparkfl.secure_aggregation.client import pairwise
from sparkfl.secure_aggregation.fixed_point import Words, reduced
from sparkfl.secure_aggregation.keys import derived, mask
from sparkfl.secure_aggregation.messages import binary, text

VECTOR = np.random.default_rng(0).normal(1000.0, 1.0, size=400).tolist()
IMPROBABLE = 1e-7


def is_noise(words: Words) -> bool:
    """Whether bytes are as uniform as random ones, by chi-square over their 256 values."""
    values = np.frombuffer(FixedPoint().to_bytes(words), np.uint8)
    return bool(chisquare(np.bincount(values, minlength=256)).pvalue > IMPROBABLE)


def ended(gone: str) -> tuple[Played, dict[str, Words]]:
    """A session of five, and what is left of their vectors for an aggregator who does all it can.

    It has the vectors of stores that it took for gone, too: they came late, or it kept them back.
    """
    played = play(Step.UNMASKING, "abcde", gone, VECTOR)
    played.receive()
    numbers = played.session.numbers
    late = {n: numbers.of_bytes(binary(body_of(m)["masked"])) for n, m in played.late.items()}
    return played, unmasked(played.server, late)


@pytest.mark.parametrize("gone", ["", "e"])
def test_no_sum_of_vectors_but_the_total_can_be_read(gone: str) -> None:
    """Of all sets of stores: the total's alone gives anything but noise."""
    played, left = ended(gone)
    assert set(left) == set("abcde")
    sets = [set(some) for n in range(1, 6) for some in combinations("abcde", n)]
    read = [some for some in sets if not is_noise(reduced(sum(left[name] for name in some)))]
    assert read == [set("abcde") - set(gone)]
    numbers = played.session.numbers
    total = numbers.decode(sum(left[name] for name in read[0]))
    assert total == played.server.total() == [len(read[0]) * value for value in exact(numbers)]


def exact(numbers: FixedPoint) -> list[object]:
    return list(numbers.decode(numbers.encode(VECTOR, 5)))


def test_one_secret_more_and_it_could() -> None:
    """What is left is protected by the masks it should be, and noise is not all the test sees."""
    played, left = ended("e")
    session, clients = played.session, played.clients
    # A vector that came late, whose pairs are undone: by its own mask alone.
    own = mask(derived(clients["e"]._seed, session, "mask"), session.numbers, session.length)
    assert session.numbers.decode(left["e"] - own) == exact(session.numbers)
    # A vector in the total, whose own mask is undone: by its pairs with the others there.
    for other in "bcd":
        assert is_noise(reduced(left["a"]))
        public = played.server.public(other)
        left["a"] = left["a"] - pairwise(session, clients["a"]._masking, "a", other, public)
    assert session.numbers.decode(left["a"]) == exact(session.numbers)


def test_masked_vectors_are_noise_and_have_nothing_in_common() -> None:
    """Of the same numbers, in one session and in two."""
    one, other = (play(Step.CONSISTENCY, vector=VECTOR).server.masked() for _ in range(2))
    assert all(map(is_noise, one.values()))
    assert is_noise(reduced(one["a"] - one["b"]))
    assert is_noise(reduced(one["a"] - other["a"]))
    assert not is_noise(FixedPoint().encode(VECTOR, 4))


def test_no_secret_passes_the_aggregator_unsealed() -> None:
    played = play(Step.CONSISTENCY, "abcd")
    seen = b"".join(m for step in Step for m in played.server.accepted[step].values())
    for client in played.clients.values():
        secrets = [client._seed, client._masking.private, client._sealing.private, client.secret]
        secrets += [share for pair in client._shares.values() for share in pair]
        assert not [s for s in secrets if text(s).encode() in seen or s.hex().encode() in seen]


@pytest.mark.parametrize("gone", ["", "d", "de"])
def test_of_no_store_both_secrets_are_asked(gone: str) -> None:
    """Of who is in the total shares of the own mask, of who left those of the key, at any count."""
    played = play(Step.UNMASKING, "abcdefg", gone)
    bodies = [body_of(message) for message in played.sent.values()]
    assert {frozenset(body["seeds"]) for body in bodies} == {frozenset(set("abcdefg") - set(gone))}
    assert {frozenset(body["keys"]) for body in bodies} == {frozenset(gone)}
