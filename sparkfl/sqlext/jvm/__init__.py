"""The only way to the JVM: bridge, child process, jar and configuration."""

from __future__ import annotations
