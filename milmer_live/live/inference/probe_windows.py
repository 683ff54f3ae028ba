"""Windows of synthetic participants, cut as a live stream is: what backends are compared on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from milmer_live.config import Preprocessing
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.processing.faces.detection import crop_face
from milmer_live.processing.windows import WindowPlanner
from milmer_live.samples import (
    MODEL_CHANNELS,
    EEGInfo,
    FaceBox,
    FaceCrop,
    Float64,
    FrameSample,
    Recording,
    Window,
    frozen,
)
from milmer_live.synthetic.participant import Participant

PICTURE = (320, 240)
# Where the synthetic participant's face is: the detector's file need not be there.
FACE = FaceBox(110, 60, 110, 110, 1.0)
RATE = 128.0
BASELINE_S = 3.0
PER_TRIAL = 50  # windows in a row, which share their faces


def sample_windows(settings: Preprocessing, count: int, seed: int = 5) -> tuple[Window, ...]:
    """`count` windows of several people and moods; their indices count on from 0."""
    return tuple(islice(_all(settings, seed), count))


def _all(settings: Preprocessing, seed: int) -> Iterator[Window]:
    number, index = 0, 0
    while True:
        number += 1
        participant = Participant(seed, number)
        ratings = participant.ratings(4)
        cut = _trial(participant, number % 4 + 1, ratings[number % 4], settings)
        for window in islice(cut(), PER_TRIAL):
            faces = tuple(_numbered(face, number) for face in window.faces)
            yield Window(index, window.start, window.stop, window.eeg, faces, window.eeg_valid)
            index += 1


def _trial(
    participant: Participant, trial: int, ratings: Float64, settings: Preprocessing
) -> Callable[[], Iterator[Window]]:
    planner = WindowPlanner(settings.window)
    recording = _recording(participant, trial, ratings)
    eeg = preprocess(recording, settings)
    first = -(-BASELINE_S // settings.window.hop_s)
    last_s = BASELINE_S + (PER_TRIAL + 1) * settings.window.hop_s + settings.window.length_s
    faces = _faces(participant, trial, ratings, planner, settings, last_s)

    def cut() -> Iterator[Window]:
        for index in range(int(first), planner.count(len(eeg))):
            start, stop = planner.samples(index)
            yield planner.assemble(index, eeg[start:stop], faces)

    return cut


def _recording(participant: Participant, trial: int, ratings: Float64) -> Recording:
    channels = participant.channels(trial, ratings)[: len(MODEL_CHANNELS)]
    data = frozen(channels.T.astype("float32"))
    info = EEGInfo("synthetic", "sample", MODEL_CHANNELS, RATE)
    times = np.arange(len(data), dtype=np.float64) / RATE
    return Recording(info, data, times, "sample", f"trial {trial}")


def _faces(
    participant: Participant,
    trial: int,
    ratings: Float64,
    planner: WindowPlanner,
    settings: Preprocessing,
    last_s: float,
) -> dict[int, FaceCrop]:
    fps = 1 / planner.settings.slot_s
    shown = participant.frames(participant.artist(PICTURE), trial, ratings, fps)
    faces: dict[int, FaceCrop] = {}
    for index, image in enumerate(shown):
        time = BASELINE_S + index / fps
        if time > last_s:
            break
        frame = FrameSample(image, time, index)
        faces.setdefault(planner.slot(time), crop_face(frame, FACE, settings.faces))
    return faces


def _numbered(face: FaceCrop | None, participant: int) -> FaceCrop | None:
    """The same face under a number that no other participant's has."""
    if face is None:
        return None
    return FaceCrop(face.image, face.box, face.time, 10_000 * participant + face.frame_index)
