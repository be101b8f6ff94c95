"""What a person reads after a training: a table in the terminal, a page with plots."""

from __future__ import annotations

from sparkfl.reporting.page import html_page
from sparkfl.reporting.summary import Summary, summarize
from sparkfl.reporting.text import text_report, text_table

__all__ = ["Summary", "html_page", "summarize", "text_report", "text_table"]
