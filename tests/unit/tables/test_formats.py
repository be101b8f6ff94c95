from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.tables.formats import FORMATS, format_of

ENDINGS = [(ending, name) for name, each in FORMATS.items() for ending in each.endings]


@given(
    st.text(min_size=1).filter(lambda text: not text.endswith("/")),
    st.sampled_from(ENDINGS),
    st.sampled_from(["", ".gz", ".bz2", ".zst"]),
)
def test_the_last_ending_tells_the_format(stem, ending, compression):
    text, name = ending
    assert format_of(f"{stem}.{text}{compression}") == name
    assert format_of(f"{stem}.{text.upper()}{compression}") == name
    assert format_of(f"{stem}.{text}x{compression}") is None


@pytest.mark.parametrize("name", ["", "csv", ".csv", "a.csv.txt", "a.gz", "features", "a.xlsx"])
def test_no_ending_tells_nothing(name):
    assert format_of(name) is None
