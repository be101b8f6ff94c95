"""Secure aggregation: an aggregator has the total of the stores' vectors, and none of them.

Stores agree on masks by pairs, which cancel in the total; shares of the masks' secrets let the
total be had where stores leave on the way. A `Session` says what is summed, a store is a `Client`,
the aggregator a `Server`; they exchange bytes in five rounds, by files or any other way. What may
be summed is made by `vectors`, and `lloyd` is k-means by totals alone.

There is protection only where each client runs with its store, apart from the aggregator. In one
process, as `rehearse` does, all of it is for trying out.
"""

from __future__ import annotations

from sparkfl.secure_aggregation.client import Client
from sparkfl.secure_aggregation.fixed_point import FixedPoint
from sparkfl.secure_aggregation.keys import Ed25519PrivateKey, public_of
from sparkfl.secure_aggregation.messages import Step
from sparkfl.secure_aggregation.server import Server
from sparkfl.secure_aggregation.session import Session

__all__ = ["Client", "Ed25519PrivateKey", "FixedPoint", "Server", "Session", "Step", "public_of"]
