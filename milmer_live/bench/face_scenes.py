"""Faces of known size in frames of known size: how many are found, with a cap and in dim light."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from milmer_live.config import FaceSettings
from milmer_live.errors import DatasetError
from milmer_live.paths import face_model
from milmer_live.processing.faces.detection import FaceDetector
from milmer_live.processing.faces.measures import eyes
from milmer_live.processing.faces.search import (
    SAME_FACE,
    overlap,
)
from milmer_live.samples import FaceBox, FacePoint, Float64, FrameSample, UInt8, frozen
from milmer_live.synthetic.face.cap import (
    GEL,
    RING,
)
from milmer_live.synthetic.face.looks import draw_looks
from milmer_live.synthetic.face.portrait import room
from milmer_live.synthetic.participant import Participant

SIZES = ((640, 480), (1280, 720), (1920, 1080))
SHARES = (0.08, 0.11, 0.15, 0.21)  # height of a face in heights of the picture
DIM = 1 / 8
DRAWN, DRAWN_PEOPLE = (960, 720), 12
LARGEST = 1000  # pixels of the longer side of a portrait
PICTURES = (".jpg", ".jpeg", ".png")
ROOMS = 24  # empty ones
ROOMS_DRAWN = 4  # behind portraits
STILL_FRAMES = 40  # of a still picture, for jitter and processor time
NOISE = 2.0  # levels of a camera's noise
CAP = (44, 58, 104)

# Outline of a cap from ear to ear and its electrodes, in distances between the eyes: x to the
# right, y down from the middle between them. The hem lies at the brows.
HEM = [(x, -0.42 + 0.1 * x * x) for x in np.linspace(1.35, -1.35, 30).tolist()]
CROWN = [(-1.35 * np.cos(t), -0.42 - 1.55 * np.sin(t)) for t in np.linspace(0, np.pi, 40).tolist()]
SITES = [
    (-1, -0.8), (-0.5, -0.75), (0, -0.72), (0.5, -0.75), (1, -0.8), (-0.75, -1.2), (-0.25, -1.15),
    (0.25, -1.15), (0.75, -1.2), (0, -1.6), (-0.5, -1.6), (0.5, -1.6),
]  # fmt: skip
STRAP = [(1.3, -0.4), (1.15, 0.6), (0.75, 1.5), (0.0, 1.95)]

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture of one person, bare and with a cap, and where the face is in it."""

    bare: UInt8
    capped: UInt8
    face: FaceBox


@dataclass(frozen=True, slots=True)
class Found:
    """Shares of `n` frames of `size` (width, height), with a face of `share` of their height, in
    which it was found at the published threshold: by one look at the whole picture, and in two
    steps. `others` is the share of frames in which something else was taken for a face."""

    size: tuple[int, int]
    share: float
    cap: bool
    dim: bool
    n: int
    one_look: float
    two_steps: float
    others: float


@dataclass(frozen=True, slots=True)
class Effort:
    """Processor time in milliseconds for a frame of `size`: one look at the whole of it; in two
    steps where a large face is in it, where a small one is, and where nobody is; where a face of a
    moment ago is found again."""

    size: tuple[int, int]
    one_look_ms: float
    large_face_ms: float
    small_face_ms: float
    nobody_ms: float
    again_ms: float


@dataclass(frozen=True, slots=True)
class Jitter:
    """Standard deviation of a still face's box in pixels, under a camera's noise."""

    one_look_place: float
    one_look_size: float
    two_steps_place: float
    two_steps_size: float


def measure_scenes(portraits: Path | None, empty: Path | None, say: Say) -> dict[str, Any]:
    """All figures; of synthetic participants where no folder of `portraits` is given. `empty` are
    pictures without anybody, beside drawn rooms. Raises DatasetError, ModelError."""
    with FaceDetector(face_model(), FaceSettings()) as detect:
        people = list(_drawn(detect) if portraits is None else _read(portraits, detect))
        say(f"{len(people)} portraits in frames of {len(SIZES)} sizes ...")
        found = [
            one
            for size in SIZES
            for cap in (False, True)
            for dim in (False, True)
            for one in _found(detect, people, size, cap=cap, dim=dim)
        ]
        rooms = list(_empty(empty))
        taken = sum(bool(detect.all(_frame(image))) for image in rooms)
        say("Processor time and jitter ...")
        return {
            "found": [asdict(one) for one in found],
            "empty": {"pictures": len(rooms), "with_a_face": taken},
            "effort": [asdict(_effort(detect, people[0], size)) for size in SIZES],
            "jitter_720p": asdict(jitter(detect, people[0])),
        }


def jitter(detect: FaceDetector, person: Portrait) -> Jitter:
    """Of a face of 21 % of the height of a 720p frame."""
    rng = np.random.default_rng(9)
    still = _scene(person, SIZES[1], SHARES[-1], cap=False).astype(np.float32)
    noisy = [
        _frame(_clipped(still + rng.normal(0, NOISE, still.shape))) for _ in range(STILL_FRAMES)
    ]
    one = [face for frame in noisy if (face := detect.one_look(frame)) is not None]
    two = [face for frame in noisy if (face := detect(frame)) is not None]
    return Jitter(*_spread(one), *_spread(two))


def _spread(faces: Sequence[FaceBox]) -> tuple[float, float]:
    """Standard deviation of the centres and of the sizes."""
    if len(faces) < 2:
        return float("nan"), float("nan")
    centres = [(face.x + face.width / 2, face.y + face.height / 2) for face in faces]
    return (
        float(np.std(centres, axis=0).mean()),
        float(np.std([face.height for face in faces])),
    )


def _found(
    detect: FaceDetector, people: Sequence[Portrait], size: tuple[int, int], *, cap: bool, dim: bool
) -> Iterator[Found]:
    for share in SHARES:
        one = two = others = 0
        for person in people:
            image = _scene(person, size, share, cap=cap)
            frame = _frame(_clipped(image * np.float32(DIM)) if dim else image)
            true = _placed(person, size, share)
            faces = detect.all(frame)
            first = detect.one_look(frame)
            one += first is not None and overlap(first, true) > SAME_FACE
            two += any(overlap(face, true) > SAME_FACE for face in faces)
            others += any(overlap(face, true) <= SAME_FACE for face in faces)
        n = len(people)
        yield Found(size, share, cap, dim, n, one / n, two / n, others / n)


def _effort(detect: FaceDetector, person: Portrait, size: tuple[int, int]) -> Effort:
    small, large = (_frame(_scene(person, size, share, cap=True)) for share in (0.12, 0.35))
    nobody = _frame(_room(size, 0))
    known = detect.all(large)
    return Effort(
        size,
        _processor_ms(lambda: detect.one_look(large)),
        _processor_ms(lambda: detect.all(large)),
        _processor_ms(lambda: detect.all(small)),
        _processor_ms(lambda: detect.all(nobody)),
        _processor_ms(lambda: detect.again(large, known)),
    )


def _processor_ms(call: Callable[[], object]) -> float:
    call()
    began = time.process_time()
    for _ in range(STILL_FRAMES):
        call()
    return 1e3 * (time.process_time() - began) / STILL_FRAMES


def _drawn(detect: FaceDetector) -> Iterator[Portrait]:
    for number in range(1, DRAWN_PEOPLE + 1):
        bare, capped = (_portrait(number, cap=cap) for cap in (False, True))
        face = detect(_frame(bare))
        if face is None:
            raise DatasetError(f"No face was found in the portrait of participant {number}.")
        yield Portrait(bare, capped, face)


def _portrait(number: int, *, cap: bool) -> UInt8:
    person = Participant(seed=1, number=number, cap=cap)
    drawn = person.frames(person.artist(DRAWN), 1, person.ratings(1)[0], 25.0)
    return next(islice(drawn, 1))


def _read(folder: Path, detect: FaceDetector) -> Iterator[Portrait]:
    """Of those with one face that is not cut off; a cap is drawn by its key points."""
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in PICTURES)
    usable = 0
    for path in paths:
        image = _read_picture(path)
        faces = detect.all(_frame(image))
        if len(faces) == 1 and faces[0].height >= 100:
            usable += 1
            yield Portrait(image, with_cap(image, faces[0]), faces[0])
    if not usable:
        raise DatasetError(
            f"{folder} holds no portrait.", "Give a folder of pictures with one face each."
        )


def _read_picture(path: Path) -> UInt8:
    image = cv2.imread(str(path))
    if image is None:
        raise DatasetError(f"The picture {path} cannot be read.")
    scale = min(1.0, LARGEST / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return frozen(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), dtype=np.uint8))


def with_cap(image: UInt8, face: FaceBox) -> UInt8:
    """The same picture with a cap, electrodes and a chin strap."""
    made = image.copy()
    known = eyes(face)
    assert known is not None, "the detector gives key points"
    middle, roll = known
    left, right = (np.array(face.points[eye]) for eye in (FacePoint.LEFT_EYE, FacePoint.RIGHT_EYE))
    unit = float(np.linalg.norm(right - left))
    cos, sin = unit * np.cos(roll), unit * np.sin(roll)
    turned = np.array([[cos, sin], [-sin, cos]])

    def pixels(points: Sequence[tuple[float, float]]) -> list[Any]:
        return [np.rint(16 * (np.array(points) @ turned + middle)).astype(np.int32)]

    cv2.fillPoly(made, pixels([*CROWN, *HEM]), CAP, cv2.LINE_AA, 4)
    for x, y in pixels(SITES)[0].tolist():
        cv2.circle(made, (x, y), round(16 * 0.13 * unit), RING, -1, cv2.LINE_AA, 4)
        cv2.circle(made, (x, y), round(16 * 0.06 * unit), GEL, -1, cv2.LINE_AA, 4)
    for side in (-1, 1):
        strap = pixels([(side * x, y) for x, y in STRAP])
        cv2.polylines(made, strap, False, CAP, max(2, round(0.14 * unit)), cv2.LINE_AA, 4)
    return frozen(made)


@lru_cache(maxsize=ROOMS_DRAWN * len(SIZES))
def _room(size: tuple[int, int], number: int) -> UInt8:
    rng = np.random.default_rng(number)
    return frozen(room(draw_looks(rng), size, rng))


def _scene(person: Portrait, size: tuple[int, int], share: float, *, cap: bool) -> UInt8:
    """A frame of `size` with the portrait in a room, its face `share` of the height."""
    image = person.capped if cap else person.bare
    scale = share * size[1] / person.face.height
    if scale < 0.7:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.45 / scale), dtype=np.uint8)
    made = _room(size, int(image.sum()) % ROOMS_DRAWN).copy()
    cv2.warpAffine(
        image, _to_frame(person, size, share), size, dst=made, borderMode=cv2.BORDER_TRANSPARENT
    )
    return made


def _to_frame(person: Portrait, size: tuple[int, int], share: float) -> Float64:
    """(2, 3) from pixels of the portrait to those of the frame. The place is the portrait's own:
    it follows from its pixels, and stays the same from one look to the next."""
    scale, face = share * size[1] / person.face.height, person.face
    rng = np.random.default_rng(int(person.bare[::16, ::16].sum()))
    x, y = (rng.uniform(share * size[1], side - share * size[1]) for side in size)
    left = x - scale * (face.x + face.width / 2)
    top = y - scale * (face.y + face.height / 2)
    return np.array([[scale, 0.0, left], [0.0, scale, top]])


def _placed(person: Portrait, size: tuple[int, int], share: float) -> FaceBox:
    """Where the face is in the frame."""
    to_frame, face = _to_frame(person, size, share), person.face
    scale = to_frame[0, 0]
    x, y = to_frame @ np.array([face.x, face.y, 1.0])
    return FaceBox(x, y, scale * face.width, scale * face.height, 1.0)


def _empty(folder: Path | None) -> Iterator[UInt8]:
    """Drawn rooms with a camera's noise, and the pictures of `folder`, at 720p."""
    size, rng = SIZES[1], np.random.default_rng(5)
    for _ in range(ROOMS):
        drawn = room(draw_looks(rng), size, rng)
        yield _clipped(drawn + rng.normal(0, NOISE, drawn.shape))
    for path in sorted(folder.glob("*")) if folder else ():
        if path.suffix.lower() in PICTURES:
            image = _read_picture(path)
            scale = max(size[0] / image.shape[1], size[1] / image.shape[0])
            whole = cv2.resize(image, None, fx=scale, fy=scale)
            yield np.ascontiguousarray(whole[: size[1], : size[0]])


def _clipped(image: Any) -> UInt8:
    return np.asarray(np.clip(np.rint(image), 0, 255), dtype=np.uint8)


def _frame(image: UInt8) -> FrameSample:
    return FrameSample(frozen(image), 0.0, 0)
