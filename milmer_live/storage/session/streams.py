"""The streams that a session adds to the signals: what they are called and what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Literal, Self, TypeAlias
from xml.etree import ElementTree

import numpy as np
from pydantic import Field, ValidationError, model_validator

from milmer_live.config import Frozen
from milmer_live.errors import RecordingError
from milmer_live.processing.channels.kinds import (
    Kind,
    channel_kinds,
)
from milmer_live.processing.channels.names import unique_names
from milmer_live.processing.faces.measures import (
    UNMEASURED,
    FaceMeasures,
)
from milmer_live.samples import EEGInfo, FaceBox, FacePoint, Float64, Label, Prediction, Quadrant
from milmer_live.storage.xdf.header import (
    Channel,
    Desc,
    StreamHeader,
    document,
    parse_header,
    stream_header,
)

FRAMES = "MilmerLive-Frames"
PREDICTIONS = "MilmerLive-Predictions"
QUALITY = "MilmerLive-Quality"
MARKERS = "MilmerLive-Markers"
LABELS = "MilmerLive-Labels"
EVENTS = "MilmerLive-Events"
OWN = frozenset((FRAMES, PREDICTIONS, QUALITY, MARKERS, LABELS, EVENTS))

NOT_IN_VIDEO = -1

# source: never came; overflow: came faster than the disk took it.
Why: TypeAlias = Literal["source", "overflow"]

FRAME_CHANNELS = (
    "video_frame", "video_part", "camera_frame", "frame_width", "frame_height",
    "face_x", "face_y", "face_width", "face_height", "face_score", "face_track",
    *(f"{point.name.lower()}_{axis}" for point in FacePoint for axis in "xy"),
    "face_roll", "face_yaw", "face_size", "face_sharpness", "face_light", "face_edge",
)  # fmt: skip
BOX = slice(FRAME_CHANNELS.index("face_x"), FRAME_CHANNELS.index("face_track"))
TRACK = FRAME_CHANNELS.index("face_track")
POINTS = slice(TRACK + 1, TRACK + 1 + 2 * len(FacePoint))
PREDICTION_CHANNELS = (
    "window", *(quadrant.name for quadrant in Quadrant),
    "valence", "arousal", "latency_s", "eeg_used", "faces_used",
)  # fmt: skip
ENOUGH = "enough_signal"  # behind the weights: files of older versions end without it


class Annotation(Frozen):
    """A label, a rating or a note, as it was entered; times on the recorder's clock.

    A correction is a new annotation that names in `corrects` the one it replaces: what was
    entered first stays in the file. A withdrawal takes back one entry (of a correction: what
    it had replaced holds again), a removal all that it corrects.
    """

    id: str
    kind: Literal["label", "rating", "note", "withdrawal", "removal"]
    start: float
    stop: float
    entered: float = Field(0.0, description="when; 0: not known")
    valence: float | None = Field(None, ge=1, le=9)
    arousal: float | None = Field(None, ge=1, le=9)
    scale: str = ""
    value: float | None = None
    text: str = ""
    trial: str = ""
    corrects: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.stop < self.start:
            raise ValueError("it stops before it starts")
        if self.kind == "label" and (self.valence is None or self.arousal is None):
            raise ValueError("a label needs valence and arousal")
        if self.kind == "rating" and (self.value is None or not self.scale):
            raise ValueError("a rating needs a scale and a value")
        return self

    @property
    def json_text(self) -> str:
        return self.model_dump_json(exclude_defaults=True)

    def label(self, origin: float) -> Label:
        """As a label, in seconds since `origin`."""
        assert self.valence is not None
        assert self.arousal is not None
        start, stop = self.start - origin, self.stop - origin
        return Label(start, stop, self.valence, self.arousal, self.trial)


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A camera frame without its picture: when, its number at the camera, its (width, height),
    the face in it and what was measured of that."""

    time: float
    index: int
    size: tuple[int, int]
    face: FaceBox | None
    measures: FaceMeasures = UNMEASURED


class Gap(Frozen):
    """Samples or frames of a stream that are not in the file; times on the recorder's clock."""

    kind: Literal["gap"] = "gap"
    stream: str
    lost: int
    start: float
    stop: float
    why: Why


class Stall(Frozen):
    """A stretch in which a camera delivered nothing new; times as those of its frames. It is
    written when it begins, without `stop`, and once more when it is over."""

    kind: Literal["stall"] = "stall"
    stream: str = FRAMES
    why: Literal["repeated", "black", "one colour", "stamps"]
    start: float
    stop: float | None = Field(None, description="None: not over, or the recording ended first")


def valid_annotations(entered: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Without those that were withdrawn, removed, or corrected by another that holds."""
    everything = tuple(entered)
    withdrawn = {one.corrects for one in everything if one.kind == "withdrawal"}
    standing = [one for one in everything if one.kind != "withdrawal" and one.id not in withdrawn]
    corrected = {one.corrects for one in standing if one.corrects}
    return tuple(one for one in standing if one.id not in corrected and one.kind != "removal")


def gap_in(event: str) -> Gap | None:
    """The gap that an event's text marks, None for any other event."""
    try:
        return Gap.model_validate_json(event)
    except ValidationError:
        return None


def stalls_in(events: Iterable[str]) -> tuple[Stall, ...]:
    """The stretches that the events of a session mark, in order; of one that is over, that."""
    found: dict[tuple[str, float], Stall] = {}
    for event in events:
        try:
            stall = Stall.model_validate_json(event)
        except ValidationError:
            continue
        found[stall.stream, stall.start] = stall
    return tuple(found.values())


def eeg_header(name: str, info: EEGInfo) -> StreamHeader:
    """Of samples that are recorded in µV, float32: as the sender describes its stream, or as
    `info` does where there is no description."""
    if info.xml:
        return sent_header(name, info.xml, info.channel_names, info)
    desc: Desc = {"milmer_live": {"device_unit": info.unit}}
    channels = [Channel(label, "microvolts", "EEG") for label in info.channel_names]
    return stream_header(
        name, "EEG", channels, rate=info.sample_rate, source_id=info.source_id, desc=desc
    )


def sent_header(
    name: str, xml: str, labels: Sequence[str] = (), info: EEGInfo | None = None
) -> StreamHeader:
    """As the sender describes its stream, under `name`, with `labels` where it has none or where
    the user has named its channels. `info` is of a stream whose samples are in µV: type and unit
    of its EEG are added where none is stated. Raises RecordingError."""
    try:
        theirs = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise RecordingError(f"The description of '{name}' is no XML.") from error
    _child(theirs, "name").text = name
    if labels:
        _name_channels(theirs, labels)
    if info is not None:
        _fill_in(theirs, {"type": "EEG"})
        _fill_in_eeg(theirs, info)
    return parse_header(document(theirs))


def _name_channels(theirs: ElementTree.Element, labels: Sequence[str]) -> None:
    """Labels that only number what the sender has called alike are not written."""
    channels = _child(_child(theirs, "desc"), "channels")
    found = channels.findall("channel")
    found += [ElementTree.SubElement(channels, "channel") for _ in labels[len(found) :]]
    stated = [(channel.findtext("label") or "").strip() for channel in found[: len(labels)]]
    are_the_users = tuple(labels) != unique_names(stated)
    for channel, theirs_is, ours in zip(found, stated, labels, strict=False):
        if are_the_users or not theirs_is:
            if theirs_is and theirs_is != ours:
                _child(channel, "sent_label").text = theirs_is
            _child(channel, "label").text = ours


def _fill_in_eeg(theirs: ElementTree.Element, info: EEGInfo) -> None:
    found = theirs.findall("./desc/channels/channel")[: info.n_channels]
    kinds = info.kinds or _stated_kinds(found)
    for channel, kind in zip(found, kinds, strict=False):
        if kind == "EEG":
            _fill_in(channel, {"unit": "microvolts", "type": "EEG"})
    _fill_in(_child(_child(theirs, "desc"), "milmer_live"), {"device_unit": info.unit})


def _stated_kinds(channels: Sequence[ElementTree.Element]) -> tuple[Kind, ...]:
    labels, types, units = (
        [(one.findtext(tag) or "").strip() for one in channels] for tag in ("label", "type", "unit")
    )
    return channel_kinds(labels, types, units)


def _fill_in(element: ElementTree.Element, values: Mapping[str, str]) -> None:
    """Add what `element` does not state."""
    for tag, value in values.items():
        if not (element.findtext(tag) or "").strip():
            _child(element, tag).text = value


def _child(parent: ElementTree.Element, tag: str) -> ElementTree.Element:
    found = parent.find(tag)
    return ElementTree.SubElement(parent, tag) if found is None else found


def frames_header() -> StreamHeader:
    """One sample a camera frame. Frames may be lost, so readers must not even out the times."""
    return _own(
        FRAMES,
        "VideoFrames",
        FRAME_CHANNELS,
        desc={"synchronization": {"can_drop_samples": "true"}},
    )


def predictions_header(bag_size: int, model: Mapping[str, str] | None = None) -> StreamHeader:
    """One sample a prediction, at the end of its window; `weight_N` is the share that the
    face in slot N of the bag had, 0 where it was not chosen. Where there was not enough signal, or
    it was out of the model's range (`enough_signal` 0), the answer is NaN. `model` says what made
    them, where no card beside the file does."""
    weights = tuple(f"weight_{slot}" for slot in range(bag_size))
    desc = {"model": dict(model)} if model else None
    return _own(PREDICTIONS, "Predictions", (*PREDICTION_CHANNELS, *weights, ENOUGH), desc=desc)


def values_header(name: str, labels: Sequence[str]) -> StreamHeader:
    """Numbers now and then, such as the quality of each channel."""
    return _own(name, name.removeprefix("MilmerLive-"), labels)


def markers_header(name: str) -> StreamHeader:
    """Texts; EEGLAB and MNE make events of the streams of type "Markers"."""
    return stream_header(
        name, "Markers", [Channel("text")], format="string", source_id=f"milmer_live {name}"
    )


def frame_row(frame: SeenFrame, video_frame: int, part: int) -> Float64:
    """(1, 29) for the stream of frames: the picture is `video_frame` of file number `part`. NaN
    where there is no face, and where it was not measured."""
    row = np.full((1, len(FRAME_CHANNELS)), np.nan)
    row[0, : BOX.start] = (video_frame, part, frame.index, *frame.size)
    face = frame.face
    if face is not None:
        row[0, BOX] = (face.x, face.y, face.width, face.height, face.score)
        row[0, TRACK] = face.number
        if face.points:
            row[0, POINTS] = np.ravel(face.points)
        row[0, POINTS.stop :] = astuple(frame.measures)
    return row


def face_of(row: Float64) -> FaceBox | None:
    """The face in a sample of the stream of frames, also in the shorter ones of older sessions."""
    if not np.isfinite(row[BOX]).all():
        return None
    x, y, width, height, score = row[BOX].tolist()
    number = int(row[TRACK]) if len(row) > TRACK and np.isfinite(row[TRACK]) else 0
    points = row[POINTS].reshape(-1, 2)
    known = len(points) == len(FacePoint) and bool(np.isfinite(points).all())
    kept = tuple((across, down) for across, down in points.tolist()) if known else ()
    return FaceBox(x, y, width, height, score, number, kept)


def prediction_row(prediction: Prediction, bag_size: int) -> Float64:
    """(1, 11 + bag_size) for the stream of predictions. Raises RecordingError."""
    weights = np.zeros(bag_size)
    chosen = prediction.selected
    if len(chosen) != len(prediction.weights) or not set(chosen) <= set(range(bag_size)):
        raise RecordingError(
            f"A prediction with the slots {chosen} does not fit a bag of {bag_size}."
        )
    weights[list(chosen)] = prediction.weights
    p = prediction
    answer = np.array([*p.probabilities, p.valence, p.arousal])
    answer[:] = answer if p.is_known else np.nan
    flags = (p.latency_s, p.eeg_used, p.faces_used)
    return np.array([[p.window_index, *answer, *flags, *weights, p.is_known]], dtype=np.float64)


def prediction_of(time: float, row: Float64, labels: Sequence[str]) -> Prediction:
    """The prediction of one sample of the stream of predictions with channels `labels`."""
    has_enough = labels[-1] == ENOUGH
    weights = row[len(PREDICTION_CHANNELS) : len(row) - has_enough]
    chosen = np.flatnonzero(weights)
    return Prediction(
        window_index=int(row[0]),
        time=time,
        probabilities=row[1:5].astype(np.float32),
        selected=tuple(int(slot) for slot in chosen),
        weights=tuple(float(weight) for weight in weights[chosen]),
        latency_s=float(row[7]),
        eeg_used=bool(row[8]),
        faces_used=bool(row[9]),
        enough=bool(row[-1]) if has_enough else True,
    )


def _own(
    name: str, kind: str, labels: Sequence[str], desc: dict[str, dict[str, str]] | None = None
) -> StreamHeader:
    channels = [Channel(label) for label in labels]
    return stream_header(
        name, kind, channels, format="double64", source_id=f"milmer_live {name}", desc=desc
    )
