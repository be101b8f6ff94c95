"""Encrypted prediction: a model is asked by ciphertext, and answers by ciphertext.

Who has the rows is a `PredictionClient`, and keeps the only key. Who has the model evaluates its
`Forms` on what the client has encrypted, by `evaluate`, and sees neither rows nor answers. What
cannot be had from sums of weighted features and squares the client does itself, before and after,
as the model's `Description` says.
"""

from __future__ import annotations

from sparkfl.encryption.client import Decrypted, PredictionClient
from sparkfl.encryption.forms import Description, Forms
from sparkfl.encryption.server import evaluate

__all__ = ["Decrypted", "Description", "Forms", "PredictionClient", "evaluate"]
