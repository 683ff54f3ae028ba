"""One trial's face crops: found in its video, and laid on disk so that a kill leaves either all
of them or none."""

from __future__ import annotations

import glob
import hashlib
import io
import math
import os
import re
import shutil
import time
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import Preprocessing
from milmer_live.errors import DatasetError, reading
from milmer_live.processing.faces.detection import (
    Detect,
    crop_face,
    resize_crop,
)
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import (
    FaceBox,
    FaceCrop,
    Float32,
    Float64,
    FrameSample,
    Recording,
    UInt8,
)
from milmer_live.storage.dataset import RecordingRef
from milmer_live.storage.session.frames import SessionFrames
from milmer_live.system.private_files import (
    make_private_folder,
    open_private,
)

PART = ".part"
_SMALL = ("slots", "times", "boxes", "scores", "frames", "empty_slots")
STALE_S = 3600.0  # no trial takes that long: whoever wrote such a part is gone
_EDGE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class TrialFaces:
    """The face of each slot of a trial's grid, that of the slot's first frame, in order of time.

    `images` (n, size, size, 3) uint8 RGB, on disk until touched; `slots` (n,) as
    `WindowPlanner.slot` counts them from the recording's first sample; `times` (n,) seconds of
    the recording; `boxes` (n, 4) left, top, width, height in pixels of frame `frames` (n,);
    `scores` (n,). `empty_slots` had frames but no face.
    """

    images: UInt8
    slots: NDArray[np.int64]
    times: Float64
    boxes: Float32
    scores: Float32
    frames: NDArray[np.int64]
    empty_slots: int

    def __len__(self) -> int:
        return len(self.slots)


def find_faces(
    recording: Recording, detect: Detect, settings: Preprocessing, size: int
) -> TrialFaces:
    """Decode the video once, from its start, and look for a face in the first frame of each slot:
    what the live engine does. Of a session in which the engine did so, its own faces are taken:
    the participant's, and no other's. Raises DatasetError."""
    planner = WindowPlanner(settings.window, origin=float(recording.times[0]))
    end = float(recording.times[0]) + recording.duration_s
    found: dict[int, FaceCrop] = {}
    seen: set[int] = set()
    frames = recording.frames
    recorded = frames if isinstance(frames, SessionFrames) and frames.has_faces else None
    for frame in frames.frames() if frames else ():
        if frame.time >= end:
            break
        slot = planner.slot(frame.time)
        if slot in found or (slot in seen and recorded is None):
            continue
        seen.add(slot)
        box = detect(frame) if recorded is None else _recorded(recorded, frame, detect, settings)
        if box is not None:
            found[slot] = crop_face(frame, box, settings.faces)
    return _stacked(found, size, empty_slots=len(seen - set(found)))


def _recorded(
    frames: SessionFrames, frame: FrameSample, detect: Detect, settings: Preprocessing
) -> FaceBox | None:
    """The participant's face as it was recorded, with key points where the crop needs them."""
    face = frames.face(frame.index)
    if face is None or face.points or settings.faces.crop == "box":
        return face
    again = getattr(detect, "again", None)  # sessions of before had no key points
    return next(iter(again(frame, [face])), None) if again else None


def _stacked(found: dict[int, FaceCrop], size: int, empty_slots: int) -> TrialFaces:
    slots = sorted(found)
    faces = [found[slot] for slot in slots]
    images = np.empty((len(faces), size, size, 3), dtype=np.uint8)
    for row, face in enumerate(faces):
        images[row] = resize_crop(face.image, size)
    boxes = [(face.box.x, face.box.y, face.box.width, face.box.height) for face in faces]
    return TrialFaces(
        images=images,
        slots=np.array(slots, dtype=np.int64),
        times=np.array([face.time for face in faces], dtype=np.float64),
        boxes=np.array(boxes, dtype=np.float32).reshape(-1, 4),
        scores=np.array([face.box.score for face in faces], dtype=np.float32),
        frames=np.array([face.frame_index for face in faces], dtype=np.int64),
        empty_slots=empty_slots,
    )


def trial_folder(store: Path, ref: RecordingRef) -> Path:
    """Where a trial's crops belong; another video of the same name has another folder."""
    return store / _on_disk(ref.participant) / f"{_on_disk(ref.name)}-{video_id(ref.video)}"


def session_crops(stores: Path, participant: str, session: str) -> Iterator[Path]:
    """Folders with crops of a session's trials, unfinished ones included, of all settings."""
    trials = glob.escape(_on_disk(f"{participant}/{session}/"))
    yield from stores.glob(f"*/{glob.escape(_on_disk(participant))}/{trials}*")


def _on_disk(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)


def video_id(path: Path | None) -> str:
    """A file's size and both its ends as a short hash: the same on every copy of it."""
    if path is None:
        return "0" * 12
    try:
        status = path.stat()
        return _video_id(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise DatasetError(f"The video {path} cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=4096)
def _video_id(path: Path, size: int, _stamp: int) -> str:
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_EDGE_BYTES))
        file.seek(max(0, size - _EDGE_BYTES))
        digest.update(file.read(_EDGE_BYTES))
    return digest.hexdigest()[:12]


def write_faces(folder: Path, faces: TrialFaces) -> None:
    """All of a trial's files appear at once, by a rename. Raises DatasetError."""
    part = folder.with_name(f"{folder.name}.{os.getpid()}{PART}")
    try:
        shutil.rmtree(part, ignore_errors=True)
        make_private_folder(part)
        _write_arrays(part, faces)
        _appear(part, folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise DatasetError(
            f"The face crops of {folder} cannot be written: {error.strerror}.",
            "Is the disk full?",
        ) from error


def _write_arrays(part: Path, faces: TrialFaces) -> None:
    with open_private(part / "images.npy", "xb") as file:
        np.save(file, faces.images)
    with open_private(part / "faces.npz", "xb") as file:
        np.savez(
            file,
            slots=faces.slots,
            times=faces.times,
            boxes=faces.boxes,
            scores=faces.scores,
            frames=faces.frames,
            empty_slots=np.int64(faces.empty_slots),
        )


def _appear(part: Path, folder: Path) -> None:
    try:
        part.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(part)  # another process has finished the same trial meanwhile


def read_faces(folder: Path) -> TrialFaces:
    """Raises DatasetError where a file is missing or damaged."""
    with reading(folder, DatasetError, "Delete that folder; its crops are then extracted again."):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy warns of headers that are not its own
            images = np.load(folder / "images.npy", mmap_mode="r")
        named = _small_arrays(folder / "faces.npz")
        empty_slots = int(named.pop("empty_slots"))
        faces = TrialFaces(images, **named, empty_slots=empty_slots)
        _refuse_unlike(folder, faces)
        return faces


def _small_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All that lies beside the images. They are stored as they are: what says that it is larger
    than the file, or is compressed, is not ours."""
    size = path.stat().st_size
    named: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive:
        for name in _SMALL:
            entry = archive.getinfo(f"{name}.npy")
            if entry.file_size > size or entry.compress_type != zipfile.ZIP_STORED:
                raise DatasetError(f"{path}: '{name}' is larger than the file.")
            with archive.open(entry) as member:
                named[name] = _array(member.read(entry.file_size))
    return named


def _array(content: bytes) -> NDArray[Any]:
    """From the bytes of an .npy file. Raises ValueError."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("another version of numpy's format")
    shape, by_column, dtype = np.lib.format.read_array_header_1_0(file)
    count = math.prod(shape)
    if dtype.hasobject or by_column or count * dtype.itemsize > len(content):
        raise ValueError(f"an array of the shape {shape} in {len(content)} bytes")
    return np.frombuffer(content, dtype, count, file.tell()).reshape(shape)


def _refuse_unlike(folder: Path, faces: TrialFaces) -> None:
    n, images = len(faces.slots), faces.images
    rows = (images, faces.times, faces.boxes, faces.scores, faces.frames)
    whole = images.dtype == np.uint8 and images.ndim == 4 and images.shape[3] == 3
    numbers = all(one.dtype.kind in "fiu" for one in (faces.slots, *rows))
    if not whole or not numbers or any(len(one) != n for one in rows):
        raise DatasetError(f"The face crops in {folder} do not fit together.")
    if faces.boxes.shape != (n, 4) or images.shape[1] != images.shape[2]:
        raise DatasetError(f"The face crops in {folder} have another shape than ours.")


def remove_stale_parts(store: Path) -> None:
    """What a killed extraction left half-written."""
    for part in store.glob(f"*/*{PART}"):
        if time.time() - part.stat().st_mtime > STALE_S:
            shutil.rmtree(part, ignore_errors=True)
