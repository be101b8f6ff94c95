"""The only way out of a store: what may leave it, decided in a worker before anything leaves.

A store's rows end here. `screen` says which stores may be looked at any further, and what may leave
of the others is one of three: the summaries of its clusters (`release`), the moments of its
features (`moments`), the counts of its scores over a fixed grid (`histogram`). Each is a pure
function of figures and the minimum size, and gives what may leave, never what may not.
"""

from __future__ import annotations
