from __future__ import annotations

import pytest

from sparkfl.tables.cause import advice, cause

TRACE = "\n\tat org.apache.hadoop.fs.FileSystem.get(FileSystem.java:1)\n\t... 8 more"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("An error occurred while calling o1.save.\n: a.b.CException: no disk" + TRACE, "no disk"),
        ("java.lang.RuntimeException: java.io.IOException: Mkdirs failed" + TRACE, "Mkdirs failed"),
        (
            "a.SparkException: Job aborted due to stage failure: Task 0 failed" + TRACE
            + "\nCaused by: java.io.IOException: Mkdirs failed to create /x" + TRACE,
            "Mkdirs failed to create /x",
        ),
        ("[A_B.C_D] No such file: /x. SQLSTATE: 42K03", "No such file: /x"),
        ("[A_B] First line.\nSecond line.", "First line"),
        ("plain", "plain"),
    ],
)  # fmt: skip
def test_the_cause_is_one_line_without_java(text, told):
    assert cause(ValueError(text)) == told


def test_all_of_the_advice_is_kept_and_no_plan():
    text = (
        "[DELTA_INVALID_CHARACTERS] Found invalid characters.\nInvalid names: a b.\n"
        "Enable Column Mapping. SQLSTATE: 42K05; line 1 pos 0;\n'Project [a]\n+- Range"
    )
    assert advice(ValueError(text)) == (
        "Found invalid characters. Invalid names: a b. Enable Column Mapping."
    )
