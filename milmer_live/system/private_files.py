"""Folders and files that only their user may read: recordings of people, and what is made of them.

The umask only takes rights away from what is asked for here, and a lab's is often 0022 or 0002.
Windows has no such rights: there a folder passes on its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, TextIO, overload

Bytes = Literal["wb", "xb", "ab", "x+b", "a+b"]

FOLDER, FILE = 0o700, 0o600


def make_private_folder(path: Path) -> None:
    """Make `path`, and those above it that are missing. One that is there keeps its rights: a lab
    may share it on purpose. Raises OSError."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for folder in reversed(missing):
        folder.mkdir(FOLDER, exist_ok=True)
        make_private(folder)


def make_private(folder: Path) -> None:
    """Take others' rights from a folder of ours; some disks have none to take."""
    with suppress(OSError):
        folder.chmod(FOLDER)


def make_all_private(folder: Path) -> None:
    """Take others' rights from all that is in a folder: another library wrote it."""
    for path in folder.rglob("*"):
        with suppress(OSError):
            path.chmod(FOLDER if path.is_dir() else FILE)


@overload
def open_private(path: Path, mode: Bytes, *, buffering: int = -1) -> BinaryIO: ...


@overload
def open_private(path: Path, mode: str, *, encoding: str | None) -> TextIO: ...


def open_private(path: Path, mode: str, **options: Any) -> IO[Any]:
    """As `path.open`. Also a file that is there loses the rights of others. Raises OSError."""
    return open(path, mode, opener=_opener, **options)


def _opener(path: str, flags: int) -> int:
    file = os.open(path, flags, FILE)
    if hasattr(os, "fchmod"):
        with suppress(OSError):  # a disk without rights, or the file of another user
            os.fchmod(file, FILE)
    return file
