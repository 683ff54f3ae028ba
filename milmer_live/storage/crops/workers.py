"""Extracting the face crops of many trials, in several processes that end when they should."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from milmer_live import paths
from milmer_live.config import Preprocessing
from milmer_live.errors import DatasetError, MilmerError
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.storage.crops.files import (
    find_faces,
    trial_folder,
    write_faces,
)
from milmer_live.storage.dataset import RecordingRef
from milmer_live.system.processes import begin_worker


@dataclass(frozen=True, slots=True)
class CropTask:
    """What every worker needs to know."""

    folder: Path
    preprocessing: Preprocessing
    crop_size: int

    def run(self, ref: RecordingRef, detect: FaceDetector) -> Outcome:
        try:
            faces = find_faces(ref.open(), detect, self.preprocessing, self.crop_size)
            write_faces(trial_folder(self.folder, ref), faces)
        except MilmerError as error:
            return Outcome(ref.name, fault=f"{ref.name}: {error.message}")
        return Outcome(ref.name, len(faces), faces.empty_slots)


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    faces: int = 0
    empty_slots: int = 0
    fault: str = ""


def in_this_process(task: CropTask, refs: Sequence[RecordingRef]) -> Iterator[Outcome]:
    with FaceDetector(paths.face_model(), task.preprocessing.faces) as detect:
        for ref in refs:
            yield task.run(ref, detect)


def in_processes(task: CropTask, refs: Sequence[RecordingRef], workers: int) -> Iterator[Outcome]:
    # spawn: a fork would copy the threads' locks of cv2, mediapipe and Qt
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin_worker, (task,))
    try:
        futures: list[Future[Outcome]] = [pool.submit(_run_in_worker, ref) for ref in refs]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise DatasetError(
            "A process of the face extraction ended on its own.",
            "It may have run out of memory: use fewer processes. What is done is kept.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_worker: tuple[CropTask, FaceDetector] | None = None  # of this process; one a worker process


def _begin_worker(task: CropTask) -> None:
    global _worker
    begin_worker()
    _silence_native_log()
    _worker = task, FaceDetector(paths.face_model(), task.preprocessing.faces)


def _silence_native_log() -> None:
    """MediaPipe writes to the standard error itself, into the middle of the progress bar.
    Errors come back to the parent as exceptions."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _run_in_worker(ref: RecordingRef) -> Outcome:
    assert _worker is not None, "the pool begins every worker with _begin_worker"
    task, detect = _worker
    return task.run(ref, detect)
