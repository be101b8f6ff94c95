"""Encrypted prediction against plain prediction, within the error that is stated."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.encryption import Description, Forms, PredictionClient, evaluate
from sparkfl.encryption.finish import FINISHES
from sparkfl.encryption.messages import pack, unpack
from sparkfl.errors import FormatError, ParameterError, ProtocolError, SchemaError
from sparkfl.statistics.anomaly import AnomalyRule
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary, Matrix

LINE = Forms(Description(("age", "orders"), "identity"), np.array([0.5]), np.array([[2.0, -1.0]]))
KEYS = PredictionClient(LINE.description).to_bytes()


def client(forms: Forms) -> PredictionClient:
    return PredictionClient(forms.description, KEYS)


def asked(forms: Forms, rows: Matrix, **options: object):  # type: ignore[no-untyped-def]
    own = client(forms)
    requests = own.encrypt(rows, **options)  # type: ignore[arg-type]
    return own.decrypt([evaluate(forms, request) for request in requests])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_sums_are_those_of_plain_rows_within_the_stated_error(data: st.DataObject) -> None:
    """Of any sizes of weights and features, squares too, zeros and rows alike."""
    seed, d = data.draw(st.integers(0, 2**32)), data.draw(st.integers(1, 5))
    rng = np.random.default_rng(seed)
    sums, rows = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 6))

    def numbers(*shape: int) -> Matrix:
        sizes = 10.0 ** rng.uniform(-6, 6, shape)
        return np.where(rng.random(shape) < 0.2, 0.0, rng.normal(size=shape) * sizes)

    squares = data.draw(st.booleans())
    names = tuple(f"f {i}" for i in range(d))
    forms = Forms(
        Description(names, "identity", squares=squares),
        numbers(sums),
        numbers(sums, d),
        numbers(sums, d) if squares else None,
    )
    x = numbers(rows, d)
    found = asked(forms, x)
    rounding = 1e-14 * (np.abs(forms.sums(np.abs(x))).max() + found.error / 2.0**-40)
    assert np.abs(found.sums - forms.sums(x)).max() <= found.error + rounding
    assert_allclose(found.predictions, found.sums[:, 0])


def test_the_stated_error_is_small_and_not_too_small() -> None:
    """A thousand rows of 47 features: 2**-40 of the largest sum, and a tenth of it is kept."""
    rng = np.random.default_rng(0)
    names = tuple(f"f{i}" for i in range(47))
    forms = Forms(Description(names, "identity"), rng.normal(size=1), rng.normal(size=(1, 47)))
    rows = rng.normal(0.0, 10.0, size=(1000, 47))
    found = asked(forms, rows)
    worst = np.abs(found.sums - forms.sums(rows)).max()
    assert worst < found.error / 10
    assert found.error < 1e-8


def test_more_rows_than_a_ciphertext_holds_are_several_requests() -> None:
    rows = np.random.default_rng(0).normal(size=(4100, 2))
    own = client(LINE)
    requests = own.encrypt(rows)
    found = own.decrypt(evaluate(LINE, request) for request in requests)
    assert len(requests) == 2
    assert_allclose(found.predictions, LINE.predict(rows), atol=found.error)
    none = own.decrypt([evaluate(LINE, each) for each in own.encrypt(np.empty((0, 2)))])
    assert (none.predictions.shape, none.error) == ((0,), 0.0)


def test_the_holder_sees_noise_and_bounds_alone() -> None:
    """Nothing of the rows, and nothing twice for equal rows; bounds may be given, too."""
    rows = np.array([[40.0, 3.0]] * 50)
    one, other = (client(LINE).encrypt(rows)[0] for _ in range(2))
    head, parts = unpack("request", one)
    assert head["exponents"] == [6, 2]
    assert (set(head), len(parts)) == (
        {"kind", "id", "rows", "features", "squares", "exponents", "sizes"},
        3,
    )
    assert not set(parts) & set(unpack("request", other)[1])
    for value in (40.0, 3.0):
        assert np.float64(value).tobytes() not in one
    bounded = client(LINE).encrypt(rows, bounds={"age": 128.0, "orders": 1000.0})[0]
    assert unpack("request", bounded)[0]["exponents"] == [7, 10]


def test_the_holder_cannot_decrypt() -> None:
    request = client(LINE).encrypt(np.ones((3, 2)))[0]
    response = evaluate(LINE, request)
    with pytest.raises(ProtocolError, match="to a request of another key"):
        PredictionClient(LINE.description).decrypt([response])
    public = client(LINE)._context.serialize(
        save_public_key=True, save_secret_key=False, save_galois_keys=False, save_relin_keys=False
    )
    with pytest.raises(ProtocolError, match="no secret key"):
        PredictionClient(LINE.description, public)


@pytest.mark.parametrize(
    ("rows", "bounds", "error", "says"),
    [
        ([[1.0]], None, SchemaError, r"shape \(1, 1\); the model reads 2 numbers a row: age, ord"),
        ([1.0, 2.0], None, SchemaError, r"shape \(2,\)"),
        ([[1.0, 2.0], [np.nan, 1.0]], None, SchemaError, "Row 1 has nan for age"),
        ([[1.0, np.inf]], None, SchemaError, "Row 0 has inf for orders"),
        ([[1.0, 2.0]], {"age": 1.0}, ParameterError, "a positive number for each of age, orders"),
        ([[1.0, 2.0]], {"age": 1.0, "orders": -2}, ParameterError, "a positive number"),
        ([[1.0, 9.0]], {"age": 1.0, "orders": 8}, ParameterError, "Row 0 has a orders .* beyond"),
    ],
)
def test_rows_that_cannot_be_asked_about_are_refused(
    rows: object, bounds: dict[str, float] | None, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        client(LINE).encrypt(rows, bounds)  # type: ignore[arg-type]


def changed(request: bytes, **changes: object) -> bytes:
    head, parts = unpack("request", request)
    return pack("request", {**head, **changes}, parts)


def test_requests_that_are_not_of_the_model_are_refused() -> None:
    request = client(LINE).encrypt(np.ones((3, 2)))[0]
    head, parts = unpack("request", request)
    other = Forms(Description(("x", "y"), "identity"), LINE.constant, LINE.linear)
    for bad, says in (
        (client(other).encrypt(np.ones((3, 2)))[0], r"is of \['x', 'y'\]; the model reads \['age'"),
        (b"", "These 0 bytes are no request"),
        (request[:-1], "or not all of one"),
        (evaluate(LINE, request), "are no request"),
        (changed(request, rows=4), "has 3 numbers, and 4 belong there"),
        (changed(request, rows=0), "has 0 rows"),
        (changed(request, rows=None), "lacks its rows"),
        (changed(request, exponents=[1]), "3 ciphertexts and 1 bounds"),
        (changed(request, exponents=[1, 1500]), "are too large for the model"),
        (changed(request, squares=True), "Make it by the model's description"),
        (pack("request", head, [b"0" * 99, *parts[1:]]), "are no ciphertext"),
        (pack("request", head, [parts[0][:5000], *parts[1:]]), "are no ciphertext"),
    ):
        with pytest.raises(ProtocolError, match=says):
            evaluate(LINE, bad)


def test_responses_that_are_none_are_refused() -> None:
    own = client(LINE)
    response = evaluate(LINE, own.encrypt(np.ones((3, 2)))[0])
    head, parts = unpack("response", response)
    for bad, says in (
        (b"x", "are no response"),
        (pack("response", {"rows": 3}, parts), "lacks how many rows"),
        (pack("response", {**head, "exponent": 5000}, parts), "lacks how many rows"),
        (pack("response", {**head, "rows": 2}, parts), "has 3 numbers, and 2 belong"),
        (pack("response", head, []), "0 sums of 3 rows"),
    ):
        with pytest.raises(ProtocolError, match=says):
            own.decrypt([bad])


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_garbage_is_refused(data: bytes) -> None:
    for garbage in (data, b"sparkfl encrypted prediction 1\n" + data):
        with pytest.raises(ProtocolError):
            evaluate(LINE, garbage)
    with pytest.raises(ProtocolError):
        PredictionClient(LINE.description, data)


@pytest.mark.parametrize("text", ["", "7", "{}", json.dumps({"format": 2}), '{"format": 1}'])
def test_descriptions_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(FormatError, match="Ask the model's holder"):
        Description.of_json(text)


def test_each_finish_says_what_its_model_says() -> None:
    sums = np.array([[0.0, 2.0, -1.0], [800.0, -900.0, 3.0], [-800.0, 1.0, 0.5]])
    two = {"classes": ["no", "yes"], "threshold": 0.0}
    with np.errstate(over="ignore"):
        told = {
            name: FINISHES[name](sums, {**two, "classes": ["no", "yes", "perhaps"]}).tolist()
            for name in ("identity", "exponential", "square", "logistic", "nearest", "strongest")
        }
    assert told["identity"] == [0.0, 800.0, -800.0]
    assert told["logistic"] == [0.5, 1.0, 0.0]
    assert told["square"] == [0.0, 640_000.0, 640_000.0]
    assert told["exponential"] == [1.0, np.inf, 0.0]
    assert told["nearest"] == [2, 1, 0]
    assert told["strongest"] == ["yes", "no", "yes"]
    assert FINISHES["above"](sums, two).tolist() == ["no", "yes", "no"]
    assert FINISHES["reciprocal"](sums[1:], {}).tolist() == [1 / 800.0, -1 / 800.0]
    assert FINISHES["above"](sums, {**two, "classes": [0.0, 1.0]}).tolist() == [0.0, 1.0, 0.0]


def test_distances_are_those_to_the_centres() -> None:
    rng = np.random.default_rng(0)
    rows, centres = rng.normal(50.0, 9.0, size=(40, 3)), rng.normal(0.0, 2.0, size=(4, 3))
    factor, shift = np.array([0.1, 0.2, 0.3]), np.array([-5.0, -10.0, -15.0])
    away = shift - centres
    forms = Forms(
        Description(("a", "b", "c"), "nearest", squares=True),
        (away**2).sum(axis=1),
        2 * factor * away,
        np.tile(factor**2, (4, 1)),
    )
    found = asked(forms, rows)
    label, distance = nearest(rows * factor + shift, centres)
    assert found.predictions.tolist() == label.tolist()
    assert_allclose(found.sums.min(axis=1), distance**2, atol=2 * found.error)


def test_anomaly_scores_are_those_of_the_rule() -> None:
    """By a scaling that is none of weighted sums, which the client does."""
    rng = np.random.default_rng(1)
    raw = rng.lognormal(3.0, 1.0, size=(300, 2))
    total = ClusterSummary.of_rows(raw, np.zeros(300, np.int64))
    scaling = Scaling.of_moments(total)
    z = np.arcsinh(scaling.transform(raw))
    scaling = Scaling(
        scaling.mean,
        scaling.std,
        Scaling.of_moments(ClusterSummary.of_rows(z, np.zeros(300, np.int64))),
    )
    rows = scaling.transform(raw)
    rule = AnomalyRule.of_clusters(ClusterSummary.of_rows(rows, (rows[:, 0] > 0).astype(int)))
    centres = np.concatenate([rule.mean[None], rule.centres]).ravel()
    precisions = np.concatenate([rule.precision[None], rule.precisions]).ravel()
    one = np.tile(np.eye(2), (1 + len(rule.centres), 1))
    forms = Forms(
        Description(("x", "y"), "anomaly", {"degrees_of_freedom": 4.0, "features": 2}, True,
                    scaling=scaling),
        1 + centres**2 * precisions,
        one * (-2 * centres * precisions)[:, None],
        one * precisions[:, None],
    )  # fmt: skip
    description = Description.of_json(forms.description.to_json())
    own = PredictionClient(description, KEYS)
    found = own.decrypt([evaluate(forms, each) for each in own.encrypt(raw)])
    score, _ = rule.score(rows, ("x", "y"))
    assert_allclose(found.predictions, score, atol=1e-7)
