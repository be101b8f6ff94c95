"""A recurrent network for one time series: trained by Keras, asked by numpy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from sparkfl.statistics.summary import Matrix

__all__ = ["Lstm", "forward", "pooled_weights"]

_FARTHEST = 50
"""Steps ahead whose errors are measured on the training values."""


@dataclass
class Lstm:
    """A long short-term memory [1]_ that tells the next value from a window of those before.

    Values are standardised. The last value of a window is taken from all of it and added to what
    the network says, so that a trend goes on; further ahead, forecasts stand in for values. The
    interval has the root mean square of the errors so many steps ahead on the training values.

    Parameters
    ----------
    window : int
        Values before the next one; fewer, if the series is short.
    units : int
        Width of the memory.
    epochs : int
        How often all windows are seen.
    learning_rate : float
        Of Adam.
    seed : int
        Of the weights at the start.
    trained : sequence of numpy.ndarray, default ()
        The weights of a network that is trained already, see `pooled_weights`.

    References
    ----------
    .. [1] Hochreiter, Schmidhuber, "Long short-term memory", Neural Computation, 1997.
    """

    window: int
    units: int
    epochs: int
    learning_rate: float
    seed: int
    trained: Sequence[Matrix] = field(default=(), repr=False)
    _weights: Sequence[Matrix] = field(default=(), repr=False)
    _scaled: Matrix = field(default_factory=lambda: np.zeros(0), repr=False)
    _moments: tuple[float, float] = (0.0, 1.0)
    _errors: Matrix = field(default_factory=lambda: np.zeros(0), repr=False)

    def fit(self, y: Matrix) -> Lstm:
        """Fit the values of a series, shape (n,).

        Raises
        ------
        NotImplementedError
            If they are too few, as statsforecast does.
        """
        self.window = min(self.window, len(y) // 3)
        if self.window < 2:
            raise NotImplementedError
        self._scaled, self._moments = _standardised(y)
        x, following = _windows(self._scaled, self.window)
        network = (self.units, self.epochs, self.learning_rate, self.seed)
        self._weights = self.trained or _trained(x, following, *network)
        self._errors = self._ahead_errors()
        return self

    def _next(self, windows: Matrix) -> Matrix:
        """Return the standardised value after each window, shape (rows,)."""
        last = windows[:, -1]
        return last + forward(windows - last[:, None], self._weights)

    def _ahead(self, windows: Matrix, steps: int) -> Matrix:
        """Return the standardised values after each window, shape (rows, steps)."""
        found = np.empty((len(windows), steps))
        for step in range(steps):
            found[:, step] = self._next(windows)
            windows = np.hstack([windows[:, 1:], found[:, step : step + 1]])
        return found

    def _ahead_errors(self) -> Matrix:
        """Return the root mean square errors 1, 2, … steps ahead, none less than one before."""
        windows = np.lib.stride_tricks.sliding_window_view(self._scaled, self.window)[:-1]
        steps = min(_FARTHEST, max(1, len(windows) // 2))
        found = self._ahead(windows, steps)
        errors = [
            np.sqrt(np.mean((found[: len(found) - h, h] - self._scaled[self.window + h :]) ** 2))
            for h in range(steps)
        ]
        return np.maximum.accumulate(np.array(errors))

    def predict(self, h: int, level: Sequence[float]) -> Mapping[str, Matrix]:
        """Return ``mean`` and ``lo-95``, ``hi-95`` of the next h steps."""
        mean, deviation = self._moments
        found = mean + deviation * self._ahead(self._scaled[None, -self.window :], h)[0]
        steps, known = np.arange(1, h + 1), len(self._errors)
        # Beyond what is measured errors grow as those of a random walk.
        error = self._errors[np.minimum(steps, known) - 1] * np.sqrt(np.maximum(steps / known, 1.0))
        told = {"mean": found}
        for percent in level:
            width = NormalDist().inv_cdf(0.5 + percent / 200) * deviation * error
            told |= {f"lo-{percent:g}": found - width, f"hi-{percent:g}": found + width}
        return told

    def predict_in_sample(self) -> Mapping[str, Matrix]:
        """Return ``fitted``: each value of the series, forecast from those before."""
        mean, deviation = self._moments
        windows = np.lib.stride_tricks.sliding_window_view(self._scaled, self.window)[:-1]
        return {
            "fitted": np.append(
                np.full(self.window, np.nan), mean + deviation * self._next(windows)
            )
        }


def pooled_weights(
    series: Iterable[Matrix],
    window: int,
    units: int,
    epochs: int,
    learning_rate: float,
    seed: int,
) -> list[Matrix]:
    """Train one network on the windows of many series, each standardised by itself.

    Parameters
    ----------
    series : iterable of numpy.ndarray, shape (n,)
        Their values; a series that is not longer than the window teaches nothing.
    window, units, epochs, learning_rate, seed
        As of `Lstm`.

    Raises
    ------
    ValueError
        If no series is long enough.
    """
    pairs = [_windows(_standardised(y)[0], window) for y in series if len(y) > window]
    if not pairs:
        raise ValueError(f"no series has more than {window} values, which a window is told from")
    x, following = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return _trained(x, following, units, epochs, learning_rate, seed)


def _standardised(y: Matrix) -> tuple[Matrix, tuple[float, float]]:
    """Return values in deviations from their mean, and both."""
    mean, deviation = float(y.mean()), float(y.std()) or 1.0
    return (y - mean) / deviation, (mean, deviation)


def _windows(scaled: Matrix, window: int) -> tuple[Matrix, Matrix]:
    """Return all windows and the values that follow, both less the last value of the window."""
    whole = np.lib.stride_tricks.sliding_window_view(scaled, window + 1)
    last = whole[:, -2]
    return whole[:, :-1] - last[:, None], whole[:, -1] - last


def _trained(
    x: Matrix, y: Matrix, units: int, epochs: int, learning_rate: float, seed: int
) -> list[Matrix]:
    """Return the weights that Keras finds for windows, shape (rows, window), and what follows."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    keras.utils.set_random_seed(seed)
    network = keras.Sequential(
        [
            keras.layers.Input((x.shape[1], 1)),
            keras.layers.LSTM(units),
            keras.layers.Dense(1),
        ]
    )
    network.compile(keras.optimizers.Adam(learning_rate), "mse")
    batch = max(1, min(64, len(x) // 4))
    network.fit(x[..., None], y, batch_size=batch, epochs=epochs, verbose=0)
    return [np.asarray(weight, np.float64) for weight in network.get_weights()]


def forward(windows: Matrix, weights: Sequence[Any]) -> Matrix:
    """Return what a layer of LSTM and a dense one say of windows, as Keras computes it.

    Parameters
    ----------
    windows : numpy.ndarray, shape (rows, window)
        Inputs, one number a step.
    weights : sequence of numpy.ndarray
        Those of `keras.Sequential.get_weights`: kernel, recurrent kernel and bias of the four
        gates, then kernel and bias of the output.

    Returns
    -------
    numpy.ndarray, shape (rows,)
        The outputs.

    Examples
    --------
    >>> kernel, bias = np.zeros((1, 4)), np.array([0.0, 0.0, 100.0, 0.0])
    >>> weights = [kernel, kernel, bias, np.ones((1, 1)), np.zeros(1)]
    >>> bool(np.isclose(forward(np.ones((1, 1)), weights)[0], 0.5 * np.tanh(0.5)))
    True
    """
    kernel, recurrent, bias, dense, offset = weights
    hidden = np.zeros((len(windows), recurrent.shape[0]))
    memory = np.zeros_like(hidden)
    for step in range(windows.shape[1]):
        gates = windows[:, step : step + 1] @ kernel + hidden @ recurrent + bias
        enter, forget, candidate, leave = np.split(gates, 4, axis=1)
        memory = _sigmoid(forget) * memory + _sigmoid(enter) * np.tanh(candidate)
        hidden = _sigmoid(leave) * np.tanh(memory)
    return np.asarray((hidden @ dense + offset)[:, 0])


def _sigmoid(x: Matrix) -> Matrix:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))
