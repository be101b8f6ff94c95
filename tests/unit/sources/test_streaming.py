"""Options of a stream of Kafka: those of the source, and its secrets, which are given again."""

from __future__ import annotations

import pytest

from sparkfl.errors import ParameterError
from sparkfl.sources.catalog import StoredSource
from sparkfl.sources.streaming import _topic_options


def test_a_stream_of_a_topic_is_told_its_secrets() -> None:
    told = {
        "BOOTSTRAP_SERVERS": "k:9092", "TOPICS": "a, b", "SASL_JAAS_CONFIG": "********",
        "KAFKA.SASL.MECHANISM": "PLAIN", "ENDING_OFFSETS": "latest",
    }  # fmt: skip
    stored = StoredSource(("c", "s", "clicks"), "kafka", told, (), {}, ())
    with pytest.raises(ParameterError, match="needs SASL_JAAS_CONFIG, which"):
        _topic_options(stored, {})
    assert _topic_options(stored, {"sasl_jaas_config": "login"}) == {
        "kafka.bootstrap.servers": "k:9092", "subscribe": "a, b",
        "kafka.sasl.jaas.config": "login", "kafka.sasl.mechanism": "PLAIN",
        "startingOffsets": "earliest",
    }  # fmt: skip
