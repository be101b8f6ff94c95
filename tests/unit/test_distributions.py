"""What the wheel and the source distribution have in them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from environments import clean, shell
from shipping import ROOT, build_wheel, python_without

from sparkfl.sqlext.jvm.jar import jar_name
from sparkfl.sqlext.jvm.releases import spark_home

SDIST = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_not_python_travels(wheel: Path) -> None:
    files = content(wheel)
    bundled = {
        f"sparkfl/bundled/{path.relative_to(ROOT).as_posix()}": path.read_bytes()
        for folder in ("jobs", "notebooks")
        for path in (ROOT / folder).glob("*.py")
    }
    assert {name for name in files if "/bundled/" in name} == set(bundled)
    assert bundled.items() <= files.items()
    data = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "sparkfl").rglob("*")
        if path.suffix in (".json", ".html", ".scala", ".parquet", ".conf", ".properties")
    }
    assert len(data) > 30
    assert data <= set(files)
    jars = {name for name in files if name.endswith(".jar")}
    assert f"sparkfl/sqlext/jars/{jar_name(spark_home())}" in jars
    # Others may have been compiled here.
    assert all(name.startswith("sparkfl/sqlext/jars/sparkfl-sqlext-4.") for name in jars)
    assert not [name for name in files if "__pycache__" in name or name.startswith("tests")]


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SDIST, str(tmp_path)], cwd=ROOT, check=True)
    (sdist,) = tmp_path.glob("sparkfl-*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert not [path for path in source.iterdir() if path.name in ("tests", "benchmarks")]
    assert content(build_wheel(tmp_path / "wheel", source)) == content(wheel)


def test_installed_it_finds_its_own(wheel: Path, tmp_path: Path) -> None:
    """Jar, jobs and notebooks are those of the wheel, and the doctor is content."""
    python = python_without(tmp_path / "environment")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = clean(python.parent, XDG_CACHE_HOME=str(tmp_path / "cache"))
    ask = "sparkfl doctor; echo $?; sparkfl job score; sparkfl spark-options --no-delta"
    told = shell(f"{ask}; sparkfl notebooks; python $(sparkfl job score) -h", folder, environment)
    assert told.stderr == ""
    lines = told.stdout.splitlines()
    end = lines.index("0")
    assert {line.split()[0] for line in lines[:end]} == {"ok"}, told.stdout
    package = next((tmp_path / "environment").rglob("sparkfl/__init__.py")).parent
    assert lines[end + 1] == str(package / "bundled" / "jobs" / "score.py")
    assert lines[end + 2].startswith(f"--jars {package}/sqlext/jars/sparkfl-sqlext-")
    assert lines[end + 3] == "notebooks/01_features.py"
    assert "exit codes:" in lines
    assert [path.name for path in folder.iterdir()] == ["notebooks"]
