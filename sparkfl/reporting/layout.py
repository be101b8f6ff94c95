"""The page that reports are laid out on: self-contained, nothing loaded from anywhere."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from string import Template
from typing import TYPE_CHECKING

from sparkfl.errors import MissingPackageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["page", "require_plots", "section", "svg", "table"]


def require_plots() -> None:
    """Refuse to draw without matplotlib.

    Raises
    ------
    MissingPackageError
        If it is not installed.
    """
    if find_spec("matplotlib") is None:
        raise MissingPackageError("The page of a report", "matplotlib", "report")


def page(
    title: str,
    origin: str,
    *,
    lead: str,
    notice: str,
    figures: Iterable[tuple[str, float]],
    sections: Iterable[str],
    guide: str,
) -> str:
    """Lay out a page.

    Parameters
    ----------
    title, origin, lead : str
        Texts: the heading, where it comes from, and what was found.
    notice : str
        HTML: whom the page belongs to.
    figures : iterable of (str, int)
        Numbers in large type, by what they count.
    sections : iterable of str
        HTML.
    guide : str
        File of this room with what the words mean.
    """
    room = files("sparkfl.reporting")
    numbers = "".join(f"<div><b>{int(n):,}</b>{escape(label)}</div>" for label, n in figures)
    return Template(room.joinpath("page.html").read_text("utf-8")).substitute(
        title=escape(title),
        origin=escape(origin),
        lead=escape(lead),
        notice=notice,
        figures=numbers,
        sections="\n".join(sections),
        guide=room.joinpath(guide).read_text("utf-8"),
    )


def section(heading: str, text: str, content: str) -> str:
    """Frame a part of the page."""
    return f'<section><h2>{heading}</h2><p class="muted">{text}</p>{content}</section>'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], text: int) -> str:
    """Lay out cells that are HTML already; the first `text` columns are aligned left."""
    kinds = [' class="text"' if i < text else "" for i in range(len(headings))]
    head = "".join(f"<th{kind}>{name}</th>" for kind, name in zip(kinds, headings, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{value}</td>" for kind, value in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def svg(figure: Figure, description: str) -> str:
    """Draw a figure as SVG that can stand inside HTML beside others."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with (
        mpl.rc_context({"svg.hashsalt": description, "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # Text stays text: the reader's browser has the letters that our font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    return f'<figure role="img" aria-label="{escape(description)}">{drawing}</figure>'
