"""Without a package that an extra brings, what needs it says which one."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import sparkfl
from sparkfl.errors import SparkflError
from sparkfl.privacy.noise import Noise, require_opendp
from sparkfl.registry import ModelRegistry
from sparkfl.reporting import Summary, html_page
from sparkfl.sqlext.jvm.conf import spark_conf

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDS: dict[str, tuple[str, Callable[[], object]]] = {
    "pyspark": ("spark", lambda: sparkfl.FederatedClustering),
    "delta": ("delta", lambda: spark_conf({"spark.jars": "sparkfl-sqlext-own.jar"})),
    "mlflow": ("mlflow", lambda: ModelRegistry("http://127.0.0.1:1")),
    "opendp": ("privacy", require_opendp),
    "dp_accounting": ("privacy", lambda: Noise.of("gaussian", 1.0 + 2.0**-20, 1e-6)),
    "matplotlib": ("report", lambda: html_page(Summary(("x",), pd.DataFrame()), "", "")),
}


@pytest.mark.parametrize("package", NEEDS)
def test_what_is_missing_is_named_with_its_extra(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra, use = NEEDS[package]
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SparkflError) as raised:
        use()
    package = package.replace("_", "-")
    assert package in str(raised.value)
    assert f"pip install 'sparkfl[{extra}]'" in str(raised.value)
    assert any(package in requirement for requirement in EXTRAS[extra])


def test_the_package_itself_brings_neither_spark_nor_what_a_driver_needs() -> None:
    names = {re.match(r"[\w-]+", word)[0] for word in PROJECT["dependencies"]}  # type: ignore[index]
    assert names == {"numpy", "pandas", "pyarrow", "scikit-learn", "threadpoolctl"}


def test_the_table_of_extras_is_that_of_the_project() -> None:
    page = (Path(__file__).parents[2] / "docs" / "running.md").read_text("utf-8")
    table = page.split("| extra | brings | for |\n|---|---|---|\n")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
    told = {name.strip("`"): brings for name, brings, _ in rows}
    assert set(told) == set(EXTRAS) - {"dev"}
    (named,) = (re.findall(r"\[(.*)\]", word)[0].split(",") for word in EXTRAS["all"][:1])
    assert set(re.findall(r"`([\w-]+)`", told["all"])) == set(named)
    for name in set(told) - {"all"}:
        for word in EXTRAS[name]:
            package = re.match(r"[a-z]+", word.lower())[0]  # type: ignore[index]
            assert package.removesuffix("ql") in told[name].lower(), name


def test_all_is_what_the_readme_needs_and_no_second_pyspark() -> None:
    (named,) = (re.findall(r"\[(.*)\]", word)[0].split(",") for word in EXTRAS["all"][:1])
    assert set(named) == set(EXTRAS) - {"all", "connect", "dev", "encryption"}
    assert not any("pyspark-client" in word for name in named for word in EXTRAS[name])
