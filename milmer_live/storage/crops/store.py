"""Face crops of whole data sets, extracted once, so that training reads crops and not video."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from milmer_live import paths
from milmer_live.config import Preprocessing
from milmer_live.errors import DatasetError
from milmer_live.processing.faces.detection import require_model
from milmer_live.storage import face_model
from milmer_live.storage.crops.files import (
    TrialFaces,
    read_faces,
    remove_stale_parts,
    trial_folder,
)
from milmer_live.storage.crops.workers import (
    CropTask,
    in_processes,
    in_this_process,
)
from milmer_live.storage.dataset import RecordingRef
from milmer_live.system.private_files import (
    make_private,
    make_private_folder,
    open_private,
)

FORMAT = 2  # 1: one look at the whole picture, in every frame of a slot until a face was found
_ROW_BYTES = 64  # what a face takes beside its image
_RESERVE = 0.02  # share of the need that must stay free


@dataclass(frozen=True, slots=True)
class ExtractionPlan:
    """What `extract` would do. `bytes_needed` is an upper bound: a face in every slot."""

    folder: Path
    pending: tuple[RecordingRef, ...]
    done: tuple[RecordingRef, ...]
    without_video: tuple[RecordingRef, ...]
    bytes_needed: int
    bytes_free: int

    def __str__(self) -> str:
        return (
            f"Face crops of {len(self.pending)} trials need up to {_size(self.bytes_needed)} in "
            f"{self.folder} ({_size(self.bytes_free)} free); {len(self.done)} are there already, "
            f"{len(self.without_video)} trials have no video."
        )


@dataclass(frozen=True, slots=True)
class ExtractionProgress:
    """After each trial; first of all once with `done` 0."""

    plan: ExtractionPlan
    done: int
    name: str = ""
    faces: int = 0
    empty_slots: int = 0

    @property
    def total(self) -> int:
        return len(self.plan.pending)


@dataclass(frozen=True, slots=True)
class CropReport:
    """What the store holds of the trials asked for. `faceless` had a video and not one face."""

    trials: int
    faces: int
    empty_slots: int
    faceless: tuple[str, ...]
    without_video: tuple[str, ...]


Progress = Callable[[ExtractionProgress], None]


class CropStore:
    """Crops of one set of settings below `folder`; other settings have another folder.

    A face is that of the first frame of its slot of the grid, cut and scaled as the live engine
    does it.
    """

    def __init__(self, folder: Path, preprocessing: Preprocessing, crop_size: int) -> None:
        self.preprocessing = preprocessing
        self.crop_size = crop_size
        self._settings = _settings(preprocessing, crop_size)
        text = json.dumps(self._settings, sort_keys=True)
        self.folder = folder / hashlib.sha256(text.encode()).hexdigest()[:16]

    def load(self, ref: RecordingRef) -> TrialFaces | None:
        """A trial's faces, None where it has no video. Raises DatasetError where they have
        not been extracted, or are damaged."""
        if not ref.has_video:
            return None
        folder = trial_folder(self.folder, ref)
        if not folder.is_dir():
            raise DatasetError(f"The face crops of {ref.name} have not been extracted yet.")
        return read_faces(folder)

    def plan(self, refs: Sequence[RecordingRef]) -> ExtractionPlan:
        """What is to do, and the disk that it takes. Raises DatasetError."""
        with_video = [ref for ref in refs if ref.has_video]
        done = [ref for ref in with_video if trial_folder(self.folder, ref).is_dir()]
        names = {ref.name for ref in done}
        pending = tuple(ref for ref in with_video if ref.name not in names)
        return ExtractionPlan(
            folder=self.folder,
            pending=pending,
            done=tuple(done),
            without_video=tuple(ref for ref in refs if not ref.has_video),
            bytes_needed=sum(self._bytes_of(ref) for ref in pending),
            bytes_free=_free_bytes(self.folder),
        )

    def _bytes_of(self, ref: RecordingRef) -> int:
        label = ref.label
        seconds = ref.open().duration_s if label is None else label.stop - label.start
        slots = math.ceil(seconds / self.preprocessing.window.slot_s) + 1
        return slots * (3 * self.crop_size**2 + _ROW_BYTES)

    def extract(
        self,
        refs: Sequence[RecordingRef],
        *,
        processes: int | None = None,
        progress: Progress | None = None,
    ) -> CropReport:
        """Extract what is not there yet, with `processes` (default: one a core; 0: in this
        one). What is done stays done when this is killed.

        Raises DatasetError: too little disk (before it starts), or trials whose video cannot
        be read (after all others are done); ModelError without the face-detection model.
        """
        plan = self.plan(refs)
        _refuse_small_disk(plan)
        say = progress or (lambda _: None)
        say(ExtractionProgress(plan, 0))
        if plan.pending:
            self._begin()
            faults = [fault for fault in self._run(plan, _workers(processes, plan), say) if fault]
            _refuse_faults(faults, len(plan.pending))
        return self.report(refs)

    def _begin(self) -> None:
        """Fail here, not in ten processes; say in words what the folder is."""
        require_model(paths.face_model())
        try:
            make_private_folder(self.folder)
            make_private(self.folder)  # also one of a version that did not
            remove_stale_parts(self.folder)
            text = json.dumps(self._settings, indent=2, sort_keys=True)
            with open_private(self.folder / "settings.json", "w", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError as error:
            raise DatasetError(
                f"The folder {self.folder} cannot be written: {error.strerror}.",
                "Set MILMER_LIVE_CACHE to a folder that can be.",
            ) from error

    def _run(self, plan: ExtractionPlan, workers: int, say: Progress) -> Iterator[str]:
        """One sentence for each trial that failed, nothing for the others."""
        task = CropTask(self.folder, self.preprocessing, self.crop_size)
        refs = plan.pending
        outcomes = in_processes(task, refs, workers) if workers else in_this_process(task, refs)
        faces = empty = 0
        for done, outcome in enumerate(outcomes, start=1):
            faces += outcome.faces
            empty += outcome.empty_slots
            say(ExtractionProgress(plan, done, outcome.name, faces, empty))
            yield outcome.fault

    def report(self, refs: Sequence[RecordingRef]) -> CropReport:
        """Count what is there. Raises DatasetError where a trial has not been extracted."""
        loaded = [(ref.name, self.load(ref)) for ref in refs]
        there = [(name, faces) for name, faces in loaded if faces is not None]
        return CropReport(
            trials=len(there),
            faces=sum(len(faces) for _, faces in there),
            empty_slots=sum(faces.empty_slots for _, faces in there),
            faceless=tuple(name for name, faces in there if not len(faces)),
            without_video=tuple(name for name, faces in loaded if faces is None),
        )


def _settings(preprocessing: Preprocessing, crop_size: int) -> dict[str, Any]:
    """All that decides what a crop looks like and which frame it is of. The length, hop and
    rate of a window do not: only its slots."""
    model = paths.face_model()
    content = model.read_bytes() if model.is_file() else None
    return {
        "format": FORMAT,
        "slot_s": preprocessing.window.slot_s,
        "faces": preprocessing.faces.model_dump(),
        "crop_size": crop_size,
        "face_model": hashlib.sha256(content).hexdigest() if content else face_model.SHA256,
    }


def _free_bytes(folder: Path) -> int:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return shutil.disk_usage(there).free


def _refuse_small_disk(plan: ExtractionPlan) -> None:
    if plan.bytes_needed * (1 + _RESERVE) > plan.bytes_free:
        raise DatasetError(
            f"Face crops of {len(plan.pending)} trials need up to {_size(plan.bytes_needed)} in "
            f"{plan.folder}; only {_size(plan.bytes_free)} are free.",
            "Free some space, or set MILMER_LIVE_CACHE to a folder on another disk.",
        )


def _refuse_faults(faults: list[str], total: int) -> None:
    if faults:
        raise DatasetError(
            f"{len(faults)} of {total} trials gave no face crops: {' '.join(faults[:5])}"
            + (" …" if len(faults) > 5 else ""),
            "All others are done. Replace those files, or remove them to go on without.",
        )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def _workers(processes: int | None, plan: ExtractionPlan) -> int:
    wanted = (os.cpu_count() or 1) if processes is None else processes
    return min(wanted, len(plan.pending))
