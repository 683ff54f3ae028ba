"""How many faces are found, what that and knowing them again costs, who is told apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.bench.face_scenes import measure_scenes
from milmer_live.bench.machine import machine
from milmer_live.config import FaceSettings, FaceTracking
from milmer_live.errors import DatasetError
from milmer_live.paths import face_model
from milmer_live.processing.faces.appearance import (
    SAME,
    FaceMemory,
    look_of,
)
from milmer_live.processing.faces.detection import (
    FaceDetector,
    crop_face,
)
from milmer_live.processing.faces.tracking import FaceTracker
from milmer_live.processing.picture_watch import PictureWatch
from milmer_live.samples import CROP_SIZE, FaceBox, FrameSample, UInt8, frozen
from milmer_live.storage.video import VideoFrames
from milmer_live.synthetic.participant import Participant

SIZE = (1280, 720)
COST_FRAMES = 40
RATE = 25.0
LEAST_PICTURES, MOST_PICTURES = 60, 300  # of a person
AWAY_S = 2.0
EVERY_OTHER = 3  # of the pictures of another person, so that all pairs take minutes

AROUND = FaceSettings(grow=0.5)  # what is kept of a picture: the face, and as much around it
FACE = FaceBox(CROP_SIZE / 4, CROP_SIZE / 4, CROP_SIZE / 2, CROP_SIZE / 2, 0.9)
NOBODY: UInt8 = frozen(np.full((CROP_SIZE, CROP_SIZE, 3), 90, dtype=np.uint8))

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians, in milliseconds a picture of 1280 x 720 with one face."""

    detection_ms: float
    look_ms: float
    memory_ms: float
    picture_watch_ms: float


@dataclass(frozen=True, slots=True)
class Power:
    """What the tracker does with `people`, of whom `pictures` were used.

    `missed` is the share of a person's own pictures in which they are not taken, `known_later`
    that of the pictures in the last 40 % of a video that a memory of its first 40 % knows, and
    `others_known` that of all other people's. After 2 s away `back` people are taken again, in
    the `back_after`-th picture at the latest. In each of `swaps` another person comes into the
    place of the first, at once or after 2 s; in `swaps_taken` any picture of theirs is taken.
    """

    people: int
    pictures: int
    missed: float
    known_later: float
    others_known: float
    back: int
    back_after: int
    swaps: int
    swaps_taken: int


def measure(
    videos: Sequence[Path], portraits: Path | None, empty: Path | None, say: Say
) -> dict[str, Any]:
    """All figures; each of `videos` shows one person. `portraits` and `empty` are folders for
    `measure_scenes`. Raises DatasetError, ModelError."""
    people = [_pictures(path) for path in videos]
    say("Cost at 1280 x 720 ...")
    result: dict[str, Any] = {"machine": machine(), "cost": asdict(cost())}
    result |= measure_scenes(portraits, empty, say)
    if people:
        say(f"{len(people)} people, each in the place of each other ...")
        result["people"] = asdict(power(people))
    return result


def cost() -> Cost:
    """Of one drawn participant."""
    person = Participant(seed=1, number=1)
    drawn = person.frames(person.artist(SIZE), 1, person.ratings(1)[0], RATE)
    frames = [
        FrameSample(frozen(image), n / RATE, n)
        for n, image in enumerate(islice(drawn, COST_FRAMES))
    ]
    with FaceDetector(face_model(), FaceSettings()) as detect:
        found = [(frame, box) for frame in frames if (box := detect(frame)) is not None]
        detection_ms = _median_ms([partial(detect, frame) for frame in frames])
    looks = [look_of(frame.image, box) for frame, box in found]
    memory, watch = FaceMemory(looks[0]), PictureWatch()
    for look in looks:
        memory.learn(look)
    return Cost(
        detection_ms,
        _median_ms([partial(look_of, frame.image, box) for frame, box in found]),
        _median_ms([partial(memory.likeness, look) for look in looks]),
        _median_ms([partial(watch.look, one.image, one.time, one.time) for one in frames]),
    )


def power(people: Sequence[Sequence[UInt8]]) -> Power:
    """Of pictures in which `FACE` is the face, in their order in time."""
    backs = [_taken_after(one, one[int(0.6 * len(one)) :], AWAY_S) for one in people]
    pairs = [(one, other) for one in people for other in people if one is not other]
    swaps = [
        _taken_after(one, other[::EVERY_OTHER], away_s)
        for one, other in pairs
        for away_s in (0.0, AWAY_S)
    ]
    own = [_taken(one) for one in people]
    return Power(
        people=len(people),
        pictures=sum(map(len, people)),
        missed=1 - float(np.mean(np.concatenate(own))),
        known_later=float(np.mean([_known(one, one) for one in people])),
        others_known=float(np.mean([_known(one, other) for one, other in pairs] or [0.0])),
        back=sum(any(one) for one in backs),
        back_after=max((one.index(True) + 1 for one in backs if any(one)), default=0),
        swaps=len(swaps),
        swaps_taken=sum(any(one) for one in swaps),
    )


def _pictures(path: Path) -> list[UInt8]:
    """The face and what is around it, of the pictures in which it was found."""
    with FaceDetector(face_model(), FaceSettings()) as detect:
        found = []
        for frame in VideoFrames(path).frames():
            box = detect(frame)
            if box is not None:
                found.append(crop_face(frame, box, AROUND).image)
            if len(found) == MOST_PICTURES:
                break
    if len(found) < LEAST_PICTURES:
        raise DatasetError(
            f"A face was found in {len(found)} pictures of {path}; {LEAST_PICTURES} are needed.",
            "Give videos of one person each, who looks into the camera.",
        )
    return found


def _taken_after(one: Sequence[UInt8], then: Sequence[UInt8], away_s: float) -> list[bool]:
    """Half of the pictures of `one`, nobody for a while, then `then`: which of these are taken."""
    nobody = [NOBODY] * round(away_s * RATE)
    return _taken([*one[: len(one) // 2], *nobody, *then])[-len(then) :]


def _taken(pictures: Sequence[UInt8]) -> list[bool]:
    tracker = FaceTracker(_find, FaceTracking())
    seen = [tracker.see(FrameSample(image, n / RATE, n)) for n, image in enumerate(pictures)]
    return [one.chosen is not None for one in seen]


def _find(frame: FrameSample) -> FaceBox | None:
    return None if frame.image is NOBODY else FACE


def _known(one: Sequence[UInt8], other: Sequence[UInt8]) -> float:
    """Share of the last 40 % of `other` that a memory of the first 40 % of `one` knows."""
    first, *rest = (look_of(image, FACE) for image in one[: int(0.4 * len(one))])
    memory = FaceMemory(first)
    for look in rest:
        memory.learn(look)
    later = [look_of(image, FACE) for image in other[int(0.6 * len(other)) :: EVERY_OTHER]]
    return float(np.mean([memory.likeness(look) >= SAME for look in later]))


def _median_ms(calls: Sequence[Callable[[], object]]) -> float:
    taken = []
    for call in calls:
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return float(np.median(taken)) * 1e3
