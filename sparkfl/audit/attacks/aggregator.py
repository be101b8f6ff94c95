"""The aggregator against secure aggregation: undo every mask that what was sent undoes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sparkfl.audit.told import Told
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from sparkfl.secure_aggregation import Server
    from sparkfl.secure_aggregation.fixed_point import Words

__all__ = ["read_sums", "sums", "unmasked"]


def read_sums(told: Told) -> Matrix:
    """Read what may be the store's counts, sums and sums of squares.

    They are the moments that are told, and with secure aggregation what is left of each vector
    that the aggregator has been sent, and of all of them together.

    Parameters
    ----------
    told : Told
        What one store has told.

    Returns
    -------
    numpy.ndarray, shape (guesses, 3 d)
        Vectors of which one may be the store's.

    Examples
    --------
    >>> moments = Moments(np.array([[2]]), np.array([[3.0]]), np.array([[8.0]]))
    >>> read_sums(Told(moments=moments)).tolist()
    [[2.0, 6.0, 26.0]]
    """
    found = [] if told.moments is None else [sums(told.moments)]
    if told.aggregator is not None:
        server = told.aggregator()
        numbers = server.session.numbers
        found += [np.array(numbers.decode(each), float) for each in unmasked(server).values()]
        found.append(np.array(server.total(), float))
    return np.array(found) if found else np.empty((0, 0))


def sums(moments: Moments) -> Matrix:
    """Return count, sum and sum of squares of each feature of one store, shape (3 d,)."""
    n, mean, ss = moments.n[0], moments.mean[0], moments.ss[0]
    return np.concatenate([n, n * mean, ss + n * mean**2])


def unmasked(server: Server, late: Mapping[str, Words] | None = None) -> dict[str, Words]:
    """Take from each store's masked vector all masks that the aggregator has the secrets of.

    Those are the own masks of the stores in the total, and the masks that others share with those
    who left before; of the keys of who left, all their pairs follow [1]_.

    Parameters
    ----------
    server : Server
        An aggregator at the end of its session, with all that it was sent.
    late : mapping of str to numpy.ndarray, optional
        Masked vectors of stores that were taken for gone, and have come after all.

    Returns
    -------
    dict of str to numpy.ndarray
        What is left of each store's vector, as integers modulo a power of two.

    References
    ----------
    .. [1] Bonawitz et al., "Practical secure aggregation for privacy-preserving machine learning",
       CCS 2017, section 4: why a store needs a mask of its own.

    Examples
    --------
    >>> from sparkfl.secure_aggregation.rehearsal import rehearse
    >>> server = rehearse({"north": [1.0], "south": [2.0], "west": [3.0]}).server
    >>> left = unmasked(server)
    >>> numbers = server.session.numbers
    >>> numbers.decode(left["north"]) == [1.0], numbers.decode(sum(left.values())) == [6.0]
    (False, True)
    """
    from sparkfl.secure_aggregation.client import pairwise
    from sparkfl.secure_aggregation.fixed_point import reduced
    from sparkfl.secure_aggregation.keys import derived, mask
    from sparkfl.secure_aggregation.messages import Step

    session = server.session
    seeds, keys = server.seeds(), server.keys()
    left = {**server.masked(), **(late or {})}
    for name, vector in left.items():
        if name in seeds:
            own = derived(seeds[name], session, "mask")
            vector = vector - mask(own, session.numbers, session.length)
        for other in set(server.stores(Step.SHARES)) - {name}:
            if name in keys:
                vector = vector - pairwise(session, keys[name], name, other, server.public(other))
            elif other in keys:
                vector = vector + pairwise(session, keys[other], other, name, server.public(name))
        left[name] = reduced(vector)
    return left
