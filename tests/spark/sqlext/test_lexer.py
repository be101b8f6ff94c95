"""Python's tokens are those of Spark's lexer, over all texts of the tests and the documentation."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import SparkSession

from sparkfl.sqlext.lexer import lex

ROOT = Path(__file__).parents[3]
STRANGE = [
    "1e5 1e+5x 1.5x t.1 a.1b 1. 1.a .5D 1L 2S 3Y 4BD 5F 1Fx 1_000 1e-3BD",
    "a>>2 array<array<int>> struct<> x<>y a>>>b map<int,array<map<int,int>>>",
    "/*+ hint */ a /* x /* y */ z */ b -- c\\\nd\n e",
    'r\'a\\\' R"b" \'b\\\'c\' "x""y" `a``b` \'\' "" ``',
    "s3://bucket/a-b?c=1 a::int -> => |> || | ^ ~ ! @ # % ? : { } é_ü 名前 😀",
    "'open string",
    "`open",
    "/* open",
    "line\r\nnext\ttab",
    "".join(f"{mark}|" for mark in map(chr, range(sys.maxunicode)) if mark.isspace()),
]
TOKEN = re.compile(r"SqlToken\((\w+),.*,(\d+),(\d+),(\d+),(\d+)\)", re.S)
KINDS = re.compile(r"STRING_LITERAL|.*QUOTED_.*|.*_VALUE|.*_LITERAL")


def texts() -> Iterator[str]:
    """Give each string of the tests and the package, and each example of the documentation."""
    yield from STRANGE
    for path in [*ROOT.glob("tests/**/*.py"), *ROOT.glob("sparkfl/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]:
        yield from re.findall(r"```sql\n(.*?)```", path.read_text("utf-8"), re.S)


def test_tokens_are_those_of_spark(spark: SparkSession) -> None:
    """But for strings between dollars, whose pieces it places otherwise."""
    extension = spark._jvm.org.apache.spark.sql.sparkfl
    corpus = {text for text in texts() if not re.search(r"\$\w*\$|\0", text)}
    assert len(corpus) > 5000
    for text in corpus:
        shown = extension.SqlToken.lex(text).mkString("\0")
        theirs = [TOKEN.fullmatch(each).groups() for each in shown.split("\0") if each]
        ours = lex(text)
        assert [list(map(int, places)) for _, *places in theirs] == [
            [token.start, token.stop, token.line, token.column] for token in ours
        ], text
        for (kind, *_), token in zip(theirs, ours, strict=True):
            assert kind == token.kind or not (KINDS.fullmatch(kind) or KINDS.fullmatch(token.kind))
