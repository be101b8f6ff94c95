"""What a person reads before and after a training: a table in the terminal, a page with plots."""

from __future__ import annotations

from sparkfl.reporting.exploration import exploration_page
from sparkfl.reporting.page import html_page
from sparkfl.reporting.summary import Summary, summarize
from sparkfl.reporting.text import text_report, text_table

__all__ = ["Summary", "exploration_page", "html_page", "summarize", "text_report", "text_table"]
