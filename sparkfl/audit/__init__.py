"""Attacks on what stores release, tried without protection and with each: what privacy is worth.

`search` looks for raw cells of customers in everything outside of a store; `attacks` are the
attackers' arithmetic, on what stores tell alone; `trials` measure them on stores behind a
`Protection`; `epsilon_lower_bound` audits any mechanism; `sparkfl audit` does all of it, on
releases of one's own too. A protection counts only if the attack works without it.
"""

from __future__ import annotations
