"""What models can be asked besides predictions and metrics: an answer a file."""

from __future__ import annotations
