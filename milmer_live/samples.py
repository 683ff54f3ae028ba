"""The data that flows from a device to the screen. Frozen; arrays are read-only; times are
float64 seconds on the LSL clock (or seconds since the start of a recording, offline)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]

CROP_SIZE = 224  # pixels, the side of a face crop as Milmer takes it

# DEAP's ("Geneva") order of its 32 EEG channels; the model's tokens are in this order.
MODEL_CHANNELS: tuple[str, ...] = (
    "Fp1", "AF3", "F3", "F7", "FC5", "FC1", "C3", "T7", "CP5", "CP1", "P3", "P7", "PO3", "O1",
    "Oz", "Pz", "Fp2", "AF4", "Fz", "F4", "F8", "FC6", "FC2", "Cz", "C4", "T8", "CP6", "CP2",
    "P4", "P8", "PO4", "O2",
)  # fmt: skip


class Quadrant(IntEnum):
    """High or low arousal and valence, numbered as Milmer's classes."""

    HAHV = 0
    LAHV = 1
    LALV = 2
    HALV = 3

    @property
    def high_arousal(self) -> bool:
        return self in (Quadrant.HAHV, Quadrant.HALV)

    @property
    def high_valence(self) -> bool:
        return self in (Quadrant.HAHV, Quadrant.LAHV)

    @staticmethod
    def of(high_valence: bool, high_arousal: bool) -> Quadrant:
        if high_arousal:
            return Quadrant.HAHV if high_valence else Quadrant.HALV
        return Quadrant.LAHV if high_valence else Quadrant.LALV


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, marked read-only, so that it can cross a thread."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class EEGInfo:
    """What a stream of EEG says of itself. `unit` is what the device sends; chunks are in µV.

    `xml` is the sender's own description where it has one (LSL); two infos that differ in it
    alone are the same stream, opened twice. `unusable` is why the model cannot have the samples
    ("" where it can): an unknown unit, say. They are recorded all the same; `data` of such a
    stream is as sent, in no known unit.

    `kinds` says of each channel what it measures ("EEG", "EOG", "trigger", ...); empty: all are
    EEG. `electrodes` says where each is on the head ("fp1"), "" for nowhere; empty: as their names
    say. `unplaced` is what to do where that is not known ("" where it is), and `device` what the
    sender was recognised as.
    """

    name: str
    source_id: str
    channel_names: tuple[str, ...]
    sample_rate: float
    unit: str = "µV"
    xml: str = field(default="", compare=False, repr=False)
    unusable: str = field(default="", compare=False)
    kinds: tuple[str, ...] = ()
    electrodes: tuple[str, ...] = ()
    unplaced: str = field(default="", compare=False)
    device: str = field(default="", compare=False)

    @property
    def eeg_names(self) -> tuple[str, ...]:
        """The channels that are EEG."""
        kinds = self.kinds or ("EEG",) * self.n_channels
        return tuple(
            name for name, kind in zip(self.channel_names, kinds, strict=True) if kind == "EEG"
        )

    @property
    def n_channels(self) -> int:
        return len(self.channel_names)


@dataclass(frozen=True, slots=True)
class BoardStatus:
    """What a board says of itself, where it does: battery in percent, and the impedances in ohms of
    those electrodes that it measures now, by name, its reference among them (some boards have to be
    asked for it by a `config=` command)."""

    battery_percent: float | None = None
    impedances_ohm: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class EEGChunk:
    """`data` (n_samples, n_channels) float32 µV, `times` (n_samples,) on the local LSL clock.

    `first_index` counts samples since the stream was opened; a jump in it is a gap.
    `clock_offset` is what was added to the sender's stamps, in seconds. `raw` (n_samples,
    n_channels) is what the sender sent, in its own format and unit; None where that is `data`.
    `stamps` (n_samples,) are the sender's time stamps bit for bit, which may be anything, NaN
    included; None where they are `times - clock_offset`.
    """

    data: Float32
    times: Float64
    first_index: int
    clock_offset: float = 0.0
    raw: NDArray[Any] | None = None
    stamps: Float64 | None = None

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """What a camera gives: pictures of `width` x `height` pixels (0 until the first one, where
    nothing else tells), at `rate` a second as it states itself (0: it does not).

    `mirror`: left and right are swapped. `delay_s` was taken from the time of each picture.
    `reader` is what reads it, with its version.
    """

    width: int = 0
    height: int = 0
    rate: float = 0.0
    mirror: bool = False
    delay_s: float = 0.0
    reader: str = ""

    @property
    def size_words(self) -> str:
        """`, 640 × 480` for the end of a name; empty where the size is not known."""
        return f", {self.width} × {self.height}" if self.width and self.height else ""


@dataclass(frozen=True, slots=True)
class FrameSample:
    """`image` (height, width, 3) uint8 RGB, stamped when it was grabbed."""

    image: UInt8
    time: float
    index: int


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A detected face in pixels of its frame: left, top, width, height; score from 0 to 1.

    `number` is that of its track, from 1 on; 0 where nobody tracks. `points` are the six key
    points (x, y) of the detector, named by `FacePoint`; none where nobody knows them.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    number: int = field(default=0, compare=False)
    points: tuple[tuple[float, float], ...] = field(default=(), compare=False)


class FacePoint(IntEnum):
    """Left and right as in the picture, not the person's own."""

    LEFT_EYE = 0
    RIGHT_EYE = 1
    NOSE = 2
    MOUTH = 3
    LEFT_EAR = 4
    RIGHT_EAR = 5


class FaceState(StrEnum):
    """NOBODY: no face has been chosen. HELD: the participant's face is in view, or was a moment
    ago. LOST: it is waited for. SEVERAL: none is taken until it is said whose is which."""

    NOBODY = "nobody"
    HELD = "held"
    LOST = "lost"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """`image` (224, 224, 3) uint8 RGB, cut from frame `frame_index` at `time`."""

    image: UInt8
    box: FaceBox
    time: float
    frame_index: int


@dataclass(frozen=True, slots=True)
class Window:
    """What the model sees: `eeg` (32, 384) float32 µV and one face a slot of the bag, or None.

    It covers [start, stop). `eeg_valid` is False where the EEG has a gap or is not connected;
    `coverage` is the share of the EEG at the model's channels that the electrodes know.
    """

    index: int
    start: float
    stop: float
    eeg: Float32
    faces: tuple[FaceCrop | None, ...]
    eeg_valid: bool = True
    coverage: float = 1.0

    @property
    def faces_valid(self) -> Bool:
        """(bag_size,) True where the bag has a face."""
        return np.array([face is not None for face in self.faces], dtype=np.bool_)


Basis = Literal["EEG and face", "EEG only", "face only", "nothing"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a window offers: `usable_channels` of `n_channels` of the device (both 0 where there is
    no EEG without a gap), and a face in `faces` of `bag_size` pictures (both 0 where no camera was
    asked for)."""

    usable_channels: int
    n_channels: int
    faces: int
    bag_size: int


@dataclass(frozen=True, slots=True)
class Distance:
    """How far the EEG and the faces of a window are from what a model learned from, in units of the
    limit: more than 1 is out of range. NaN where it is not known."""

    eeg: float = math.nan
    face: float = math.nan

    @property
    def in_range(self) -> bool:
        return not (self.eeg > 1 or self.face > 1)


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's answer to one window.

    `probabilities` (4,) in the order of `Quadrant`. `selected` are slots of the bag and
    `weights` their shares of the attention. `eeg_used`, `faces_used` say what it stands on.
    `enough` is False where EEG and face are both too poor to say anything; `evidence` says what
    there was. `delay_s` is the age that smoothing gives what is shown, on top of the latency; 0
    without smoothing. `distance` says how far the window is from what the model learned from,
    `levels` (4,) from which level on a quadrant belongs to the conformal set; empty: not known.
    """

    window_index: int
    time: float
    probabilities: Float32
    selected: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    latency_s: float = 0.0
    eeg_used: bool = True
    faces_used: bool = True
    enough: bool = True
    delay_s: float = 0.0
    evidence: Evidence | None = field(default=None, compare=False)
    distance: Distance = field(default=Distance(), compare=False)
    levels: tuple[float, ...] = ()

    @property
    def basis(self) -> Basis:
        """What the answer stands on, in words."""
        if self.eeg_used:
            return "EEG and face" if self.faces_used else "EEG only"
        return "face only" if self.faces_used else "nothing"

    @property
    def is_known(self) -> bool:
        """False where there was too little EEG and face to say anything, or where they are unlike
        what the model learned from: then nothing is named, coloured or placed, and the
        probabilities are about nothing."""
        return self.has_signal and self.distance.in_range

    @property
    def has_signal(self) -> bool:
        """Whether there was enough EEG and face to say anything."""
        return self.enough and (self.eeg_used or self.faces_used)

    def set_at(self, level: float) -> tuple[Quadrant, ...]:
        """The quadrants of which one is the true one with this probability (a share, such as 0.9),
        in people like those that the range was fitted on. Empty where that is not known."""
        if not self.is_known:
            return ()
        return tuple(Quadrant(k) for k, from_ in enumerate(self.levels) if from_ <= level)

    @property
    def quadrant(self) -> Quadrant:
        return Quadrant(int(np.argmax(self.probabilities)))

    @property
    def valence(self) -> float:
        """P(high valence) - P(low valence), from -1 to 1."""
        p = self.probabilities
        return float(p[0] + p[1] - p[2] - p[3])

    @property
    def arousal(self) -> float:
        """P(high arousal) - P(low arousal), from -1 to 1."""
        p = self.probabilities
        return float(p[0] + p[3] - p[1] - p[2])


@dataclass(frozen=True, slots=True)
class Explanation:
    """What moved the decision on window `window_index`, in log-odds of its quadrant: above 0 for
    it, below 0 against it, 0 where there was nothing.

    `eeg` and `faces`: with the modality minus without it. `electrodes` (n_channels,): the same
    for each electrode, to first order. How far log-odds of 1 go: from 0.50 to 0.73.
    """

    window_index: int
    eeg: float
    faces: float
    electrodes: Float32

    @property
    def eeg_share(self) -> float:
        """Of the two modalities' effects, whatever their sign, from 0 to 1."""
        whole = abs(self.eeg) + abs(self.faces)
        return abs(self.eeg) / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Label:
    """Ratings from 1 to 9 that hold for [start, stop) of a recording."""

    start: float
    stop: float
    valence: float
    arousal: float
    trial: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A marker as its sender sent it: the description of its stream, one value a channel, and
    what was added to its stamp, in seconds. `stamp` is the sender's time stamp bit for bit, None
    where it is the marker's time less `clock_offset`."""

    xml: str
    values: tuple[str | float, ...]
    clock_offset: float
    stamp: float | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened at `time`. `sent` is None where this program says it."""

    time: float
    text: str
    sent: Sent | None = field(default=None, compare=False, repr=False)


def marker_text(channels: Iterable[str | float]) -> str:
    """The channels of a marker as one text, numbers written out."""
    return " | ".join(one if isinstance(one, str) else f"{one:.10g}" for one in channels)


class FrameSeries(Protocol):
    """Frames on disk, read when asked for. `times` (n_frames,) in the recording's seconds."""

    @property
    def times(self) -> Float64: ...

    def __len__(self) -> int: ...

    def frames(self, start: int = 0) -> Iterator[FrameSample]:
        """Frames in order from index `start`, decoded one after the other."""
        ...


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """What held of the EEG's way to the model from `time` on, in seconds of the recording.

    `filters` has the fields of `config.FilterSettings` where the user had chosen them, else None:
    those of the model. `bad` are channels of the device that were taken from their neighbours,
    `artifact_matrix` (32, 32) what was applied to the filtered EEG, None: nothing.
    """

    time: float
    filters: Mapping[str, object] | None = None
    bad: tuple[str, ...] = ()
    artifact_matrix: Float64 | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What storage opens, whether DEAP, a session of ours or XDF of others.

    `eeg` (n_samples, n_channels) float32 µV, `times` (n_samples,) seconds. `frames` is None
    where there is no video. `settings` are what the user had set while it was recorded, in order.
    """

    info: EEGInfo
    eeg: Float32
    times: Float64
    participant: str
    name: str
    frames: FrameSeries | None = None
    labels: tuple[Label, ...] = field(default=())
    markers: tuple[Marker, ...] = field(default=())
    settings: tuple[SettingsChange, ...] = field(default=())

    @property
    def duration_s(self) -> float:
        return len(self.times) / self.info.sample_rate
