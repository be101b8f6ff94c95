"""What an event is.

`schema` is the shape of a web event, `field` finds and checks a field of one, `period` is the time
that events are read from, and `purchases` are the events that are orders: a row each, customers
known or not. What is made of a customer's purchases is a feature, and stands in `features`.
"""

from __future__ import annotations
