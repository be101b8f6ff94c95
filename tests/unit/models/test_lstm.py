"""The network, against Keras."""

from __future__ import annotations

import os

import numpy as np
import pytest

from sparkfl.models.estimators.lstm import Lstm, forward, pooled_weights


@pytest.fixture(scope="module")
def wave() -> tuple[np.ndarray, Lstm]:
    t = np.arange(90)
    values = 50 + 0.3 * t + 10 * np.sin(2 * np.pi * t / 12)
    return values, Lstm(12, 12, 60, 0.02, 1).fit(values[:80])


def test_numpy_says_what_keras_says() -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    network = keras.Sequential(
        [keras.layers.Input((5, 1)), keras.layers.LSTM(3), keras.layers.Dense(1)]
    )
    windows = np.random.default_rng(1).normal(size=(7, 5))
    expected = network.predict(windows[..., None], verbose=0)[:, 0]
    found = forward(windows, [np.asarray(w, np.float64) for w in network.get_weights()])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_wave_on_a_slope_goes_on(wave: tuple[np.ndarray, Lstm]) -> None:
    values, fitted = wave
    told = fitted.predict(10, [90.0])
    assert np.abs(told["mean"] - values[80:]).mean() < 3
    inside = fitted.predict_in_sample()["fitted"]
    assert np.isnan(inside[:12]).all()
    assert np.abs(inside[12:] - values[12:80]).mean() < 2


def test_intervals_grow_with_the_steps_and_the_level(wave: tuple[np.ndarray, Lstm]) -> None:
    told = wave[1].predict(120, [90.0, 50.0])
    width = told["hi-90"] - told["lo-90"]
    assert (np.diff(width) >= -1e-9).all()
    assert (width > told["hi-50"] - told["lo-50"]).all()
    assert width[-1] > width[40] * 1.2


@pytest.mark.parametrize("values", [np.zeros(0), np.ones(5)])
def test_too_few_values(values: np.ndarray) -> None:
    with pytest.raises(NotImplementedError):
        Lstm(12, 4, 1, 0.01, 0).fit(values)


def test_a_constant_stays_one() -> None:
    told = Lstm(12, 4, 2, 0.01, 0).fit(np.full(30, 7.0)).predict(2, [95.0])
    np.testing.assert_allclose(told["mean"], 7.0, atol=1.0)


def test_many_short_series_teach_one_network() -> None:
    """Each by itself has too few windows to learn the wave that all share."""
    rng = np.random.default_rng(2)
    t = np.arange(32)
    series = [
        level + level / 5 * np.sin(2 * np.pi * (t + shift) / 12)
        for level, shift in zip(rng.uniform(10, 1000, 30), rng.integers(0, 12, 30), strict=True)
    ]
    network = {"units": 12, "epochs": 30, "learning_rate": 0.02, "seed": 1}
    weights = pooled_weights([y[:24] for y in series], 8, **network)
    for y in series[:5]:
        told = Lstm(8, **network, trained=weights).fit(y[:24]).predict(8, [95.0])
        alone = Lstm(8, **network).fit(y[:24]).predict(8, [95.0])
        off = [np.abs(each["mean"] - y[24:]).mean() / y.std() for each in (told, alone)]
        assert off[0] < 0.2
        assert off[0] < off[1]


def test_series_no_longer_than_the_window_teach_nothing() -> None:
    with pytest.raises(ValueError, match="no series has more than 12 values"):
        pooled_weights([np.arange(12.0)], 12, 4, 1, 0.01, 0)
