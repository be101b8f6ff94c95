"""MLlib's latent Dirichlet allocation of a row of counts, in numpy, as workers run it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sparkfl.statistics.digamma import digamma
from sparkfl.statistics.summary import Matrix

__all__ = ["topic_shares"]

_SHAPE = 100.0
"""Of the gamma distribution that the search begins from."""
_SEED = 1421925485
"""What MLlib draws the beginning by: Java's hash of its class's name, whatever the model's seed."""


def topic_shares(fitted: Any) -> Callable[[Matrix], Matrix]:
    """Return the shares of the topics, by variational inference [1]_ from where MLlib begins.

    It ends when the shares hardly change any more: from elsewhere it would end a little elsewhere.

    Parameters
    ----------
    fitted : pyspark.ml.clustering.LDAModel
        The fitted estimator.

    Returns
    -------
    callable
        ``shares(x)`` of counts, shape (rows, terms), gives shape (rows, topics); of a row without
        counts zeros.

    References
    ----------
    .. [1] Hoffman, Blei, Bach, "Online Learning for Latent Dirichlet Allocation", NIPS 2010.
    """
    topics, alpha = fitted.topicsMatrix().toArray(), fitted.estimatedDocConcentration().toArray()
    beta = np.exp(digamma(topics) - digamma(topics.sum(axis=0, keepdims=True)))
    start = _gammas(_SEED, len(alpha))

    def shares(x: Matrix) -> Matrix:
        gamma = np.tile(start, (len(x), 1))
        theta = np.exp(digamma(gamma) - digamma(gamma.sum(axis=1, keepdims=True)))
        rows = np.flatnonzero((x != 0).any(axis=1))
        none = np.setdiff1d(np.arange(len(x)), rows)
        while len(rows):
            counts, own = x[rows], theta[rows]
            found = own * ((counts / (own @ beta.T + 1e-100)) @ beta) + alpha
            theta[rows] = np.exp(digamma(found) - digamma(found.sum(axis=1, keepdims=True)))
            changed = np.abs(found - gamma[rows]).mean(axis=1)
            gamma[rows] = found
            rows = rows[changed > 1e-3]
        gamma[none] = 0.0
        whole = gamma.sum(axis=1, keepdims=True)
        return np.asarray(gamma / np.where(whole == 0, 1.0, whole))

    return shares


def _gammas(seed: int, count: int) -> Matrix:
    """Draw from the gamma distribution with mean 1, by Marsaglia and Tsang, as Breeze does."""
    uniform, normal = _uniform(seed), None
    d = _SHAPE - 1.0 / 3.0
    found: list[float] = []
    while len(found) < count:
        if normal is None:
            angle, length = 2 * math.pi * next(uniform), math.sqrt(-2 * math.log(next(uniform)))
            x, normal = length * math.cos(angle), length * math.sin(angle)
        else:
            x, normal = normal, None
        v = 1.0 + x / math.sqrt(9.0 * d)
        if v <= 0:
            continue
        v, u = v**3, next(uniform)
        near = u < 1.0 - 0.0331 * x**4
        if near or math.log(u) < 0.5 * x * x + d * (1.0 - v + math.log(v)):
            found.append(d * v / _SHAPE)
    return np.array(found)


def _uniform(seed: int) -> Iterator[float]:
    """Give the numbers of Commons Math's Mersenne Twister, 52 bits of two draws each."""
    twister = np.random.RandomState([seed >> 32 & 0xFFFFFFFF, seed & 0xFFFFFFFF])
    while True:
        high, low = (int(word) >> 6 for word in twister.randint(0, 2**32, 2, np.uint32))
        yield ((high << 26) | low) * 2.0**-52
