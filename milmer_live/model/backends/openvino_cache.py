"""What OpenVINO needs of a checkpoint: converted once, by a process of its own, and kept.

The conversion takes PyTorch, which would stay in the memory of the program that runs live
(0.85 GB with timm and torchvision), and 2 to 3 s to import at each start.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from milmer_live.errors import MilmerError
from milmer_live.model.backends.openvino_ import SPEC
from milmer_live.model.card import CheckpointFile
from milmer_live.paths import cache_dir
from milmer_live.system.processes import (
    begin_worker,
    step_back,
)

PARTIAL = ".partial-"  # before the number of the process that makes it
KEPT = 3  # networks; one of full size takes 0.54 GB on the disk


def prepared(file: CheckpointFile) -> Path:
    """The folder with the parts of `file`, made now where they are not there yet.

    Raises ImportError without OpenVINO, RuntimeError where it cannot take the network, OSError
    where the disk refuses, ModelError for a checkpoint that is not what its card says.
    """
    folder = _folder(file)
    home = folder.parent
    _drop_abandoned(home)
    if (folder / SPEC).is_file():
        folder.touch()
        return folder
    home.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{os.getpid()}-", dir=home))
    try:
        _in_a_worker(file.path, partial)
        _put(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _drop_old(home)
    return folder


def is_prepared(file: CheckpointFile) -> bool:
    """Whether `prepared` has nothing to do."""
    return (_folder(file) / SPEC).is_file()


def _folder(file: CheckpointFile) -> Path:
    return cache_dir() / "openvino" / f"{file.card.weights_sha256[:16]}-{_maker()}"


def _in_a_worker(checkpoint: Path, folder: Path) -> None:
    """A daemon: a program that is closed meanwhile does not wait for it."""
    spawning = get_context("spawn")  # a fork would copy the threads' locks of cv2, mediapipe and Qt
    said, says = spawning.Pipe(duplex=False)
    worker = spawning.Process(target=_convert, args=(checkpoint, folder, says), daemon=True)
    worker.start()
    says.close()
    try:
        problem = said.recv()
    except EOFError as error:
        raise RuntimeError("The process that converts the model has died.") from error
    finally:
        worker.join()
    if problem is not None:
        raise problem


def _convert(checkpoint: Path, folder: Path, says: Connection) -> None:
    begin_worker()
    step_back()
    from milmer_live.model.backends.openvino_export import write_parts
    from milmer_live.model.checkpoint import load

    try:
        write_parts(load(checkpoint).network, folder)
    except (MilmerError, ImportError, OSError, RuntimeError) as error:
        says.send(error)
    else:
        says.send(None)


def _put(partial: Path, folder: Path) -> None:
    """Another process may have been faster: then its parts stay."""
    try:
        partial.rename(folder)
    except OSError:
        if not (folder / SPEC).is_file():
            raise


def _drop_abandoned(home: Path) -> None:
    """What programs have left that were ended while they converted, of up to 0.5 GB each."""
    for path in home.glob(f"{PARTIAL}*"):
        owner = path.name.removeprefix(PARTIAL).split("-")[0]
        if not owner.isdecimal() or not psutil.pid_exists(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def _drop_old(home: Path) -> None:
    folders = [path for path in home.iterdir() if (path / SPEC).is_file()]
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _maker() -> str:
    """Names what converts: parts of an older program or OpenVINO are never met again."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    for library in ("openvino", "torch", "timm"):
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()[:8]
