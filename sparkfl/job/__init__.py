"""What the jobs share: their session, their steps, their exit codes."""

from __future__ import annotations
