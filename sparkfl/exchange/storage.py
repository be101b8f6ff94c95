"""Where an exchange lies: files that are made whole, once, and never changed."""

from __future__ import annotations

import os
import stat
import uuid
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sparkfl.errors import StorageError
from sparkfl.exchange.reason import Reason, RefusalError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

__all__ = ["LocalStorage", "RemoteStorage", "Storage", "storage_at"]


class Storage(ABC):
    """A tree of files by paths with ``/``, relative to the exchange."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """List what is in a folder, sorted; nothing if it is not there, no unfinished files."""

    @abstractmethod
    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes, of which there are at most `limit`.

        Raises
        ------
        RefusalError
            As `TOO_LARGE` if there are more, which is known before any is read; as `GARBAGE` if
            it is no file.
        FileNotFoundError
            If it is not there.
        """

    @abstractmethod
    def create(self, path: str, data: bytes) -> bool:
        """Make a file, whole or not at all; return False if there is one, which stays.

        Raises
        ------
        StorageError
            If it cannot be written.
        """


class LocalStorage(Storage):
    """An exchange in a directory of a file system, perhaps one that several machines mount.

    Parameters
    ----------
    root : pathlib.Path
        The directory.

    Examples
    --------
    >>> import tempfile
    >>> storage = LocalStorage(Path(tempfile.mkdtemp()))
    >>> storage.create("a/b.json", b"{}"), storage.create("a/b.json", b"[]")
    (True, False)
    >>> storage.names("a"), storage.read("a/b.json", 10)
    (['b.json'], b'{}')
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    def names(self, folder: str) -> list[str]:
        """List what is in a folder."""
        try:
            found = [place.name for place in (self._root / folder).iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _failed(f"{self._root / folder}", "be listed", error) from error
        return sorted(name for name in found if not name.startswith("."))

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; what is no regular file (a pipe, a link) is never opened."""
        place = self._root / path
        try:
            there = place.lstat()
            if not stat.S_ISREG(there.st_mode):
                raise RefusalError(Reason.GARBAGE, "it is no regular file")
            _check_size(there.st_size, limit)
            with place.open("rb") as file:
                data = file.read(limit + 1)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _failed(str(place), "be read", error) from error
        _check_size(len(data), limit)
        return data

    def create(self, path: str, data: bytes) -> bool:
        """Make a file: written aside, brought to the disk, then linked under its name."""
        place = self._root / path
        aside = place.with_name(f".{uuid.uuid4().hex}.tmp")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with aside.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                return _appear(aside, place)
            finally:
                with suppress(FileNotFoundError):
                    aside.unlink()
        except OSError as error:
            raise _failed(str(place), "be written", error) from error


class RemoteStorage(Storage):
    """An exchange in an object store or in HDFS, by pyarrow's file systems.

    An object appears when its upload is done. Where two make one path at once the later may
    replace the earlier, since not every store refuses that: releases have their hash in the
    name, so only an aggregator that runs twice at once is concerned. Let one run.

    Parameters
    ----------
    filesystem : pyarrow.fs.FileSystem
        The file system.
    root : str
        The path of the exchange in it.

    Examples
    --------
    >>> import tempfile
    >>> from pyarrow.fs import LocalFileSystem
    >>> storage = RemoteStorage(LocalFileSystem(), tempfile.mkdtemp())
    >>> storage.create("a/b.json", b"{}"), storage.create("a/b.json", b"[]")
    (True, False)
    >>> storage.names("a"), storage.read("a/b.json", 10)
    (['b.json'], b'{}')
    """

    def __init__(self, filesystem: FileSystem, root: str) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")

    def __str__(self) -> str:
        return f"{self._filesystem.type_name}:{self._root}"

    def names(self, folder: str) -> list[str]:
        """List what is in a folder."""
        from pyarrow.fs import FileSelector

        selector = FileSelector(self._at(folder), allow_not_found=True)
        try:
            found = [info.base_name for info in self._filesystem.get_file_info(selector)]
        except OSError as error:
            raise _failed(self._at(folder), "be listed", error) from error
        return sorted(name for name in found if name and not name.startswith("."))

    def read(self, path: str, limit: int) -> bytes:
        """Return an object's bytes."""
        from pyarrow.fs import FileType

        try:
            info = self._filesystem.get_file_info(self._at(path))
            if info.type == FileType.NotFound:
                raise FileNotFoundError(self._at(path))
            if info.type != FileType.File:
                raise RefusalError(Reason.GARBAGE, "it is no file")
            _check_size(info.size, limit)
            with self._filesystem.open_input_stream(self._at(path), compression=None) as stream:
                data: bytes = stream.read(limit + 1)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _failed(self._at(path), "be read", error) from error
        _check_size(len(data), limit)
        return data

    def create(self, path: str, data: bytes) -> bool:
        """Make an object; on a file system it is written aside and moved."""
        from pyarrow.fs import FileType

        place = self._at(path)
        aside = str(PurePosixPath(place).with_name(f".{uuid.uuid4().hex}.tmp"))
        objects = self._filesystem.type_name in ("s3", "gcs", "abfs")
        try:
            if self._filesystem.get_file_info(place).type != FileType.NotFound:
                return False
            if not objects:
                self._filesystem.create_dir(str(PurePosixPath(place).parent), recursive=True)
            target = place if objects else aside
            with self._filesystem.open_output_stream(target, compression=None) as stream:
                stream.write(data)
            if not objects:
                self._filesystem.move(aside, place)
        except OSError as error:
            raise _failed(place, "be written", error) from error
        return True

    def _at(self, path: str) -> str:
        """Return a path in the file system."""
        return f"{self._root}/{path}".rstrip("/")


def storage_at(exchange: str) -> Storage:
    """Return the storage of an exchange: a directory, or an address such as ``s3://…``.

    Parameters
    ----------
    exchange : str
        A path of a local or mounted file system, or a URI of one that pyarrow knows: ``file``,
        ``s3``, ``gs``, ``abfs``, ``hdfs``. Credentials are those of that library's own settings.

    Raises
    ------
    StorageError
        If it is no such address.

    Examples
    --------
    >>> print(storage_at("file:///data/exchange"))
    /data/exchange
    >>> storage_at("ftp://host/exchange")
    Traceback (most recent call last):
    sparkfl.errors.StorageError: The exchange 'ftp://host/exchange' cannot be reached: ...
    """
    import pyarrow as pa
    from pyarrow.fs import FileSystem, LocalFileSystem

    if "://" not in exchange and not exchange.startswith("file:"):
        return LocalStorage(Path(exchange).expanduser().absolute())
    try:
        filesystem, root = FileSystem.from_uri(exchange)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StorageError(
            f"The exchange {exchange!r} cannot be reached: {error} Give a directory, or an address "
            "of file, s3, gs, abfs or hdfs."
        ) from error
    if isinstance(filesystem, LocalFileSystem):
        return LocalStorage(Path(root))
    return RemoteStorage(filesystem, root)


def _appear(aside: Path, place: Path) -> bool:
    """Let a finished file appear under its name, unless that is taken."""
    try:
        os.link(aside, place)
    except FileExistsError:
        return False
    except OSError:
        # A file system without links, as some that are mounted: a rename is as whole.
        if place.exists():
            return False
        aside.replace(place)
    return True


def _check_size(size: int, limit: int) -> None:
    """Refuse what is larger than anything that is expected."""
    if size > limit:
        raise RefusalError(Reason.TOO_LARGE, f"it has more than {limit:,} bytes")


def _failed(path: str, what: str, error: OSError) -> StorageError:
    """Say that a file of the exchange is out of reach."""
    return StorageError(
        f"{path} cannot {what}: {error.strerror or error}. Check the path of the exchange and "
        "who may do that."
    )
