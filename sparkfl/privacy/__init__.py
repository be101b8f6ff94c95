"""The only way out of a store: what may leave it, decided in a worker before anything leaves.

A store's rows end here. `screen` says which stores may be looked at any further, and what may
leave of the others is one of four: the summaries of its clusters (`release`), the moments of its
features (`moments`), cells of neighbouring values of one feature (`cells`), the counts of its
scores over a fixed grid (`histogram`). Each is a pure function of figures, of who is behind them,
and of the `rules`, and gives what may leave, never what may not. A `policy` is rules by a name.
"""

from __future__ import annotations
