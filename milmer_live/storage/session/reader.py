"""A session on disk, ours or an XDF file of another program, opened as recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from milmer_live.config import FaceSettings, FilterSettings, MontageSettings
from milmer_live.errors import ConfigError, DatasetError, RecordingError, SourceFormat
from milmer_live.processing.channels.device_profiles import Sender
from milmer_live.processing.channels.stream_channels import ChannelTable, channel_table
from milmer_live.processing.channels.user_channels import Said
from milmer_live.processing.eeg.montage import channel_map
from milmer_live.processing.eeg.scale import scale_problem
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.processing.timing.gaps import Placed, tolerance_s
from milmer_live.processing.timing.recorded_time import RecordedTime
from milmer_live.processing.windows import TOLERANCE_S
from milmer_live.samples import (
    EEGInfo,
    Float32,
    Float64,
    FrameSeries,
    Label,
    Marker,
    Prediction,
    Recording,
    SettingsChange,
    frozen,
)
from milmer_live.storage.foreign import is_foreign, read_foreign
from milmer_live.storage.labels.session_labels import Found, labels_of
from milmer_live.storage.participants import PARTICIPANTS_NAME, People, Person
from milmer_live.storage.session.card import CARD_NAME, XDF_NAME, SessionCard, read_card
from milmer_live.storage.session.frames import SessionFrames
from milmer_live.storage.session.signal_settings import settings_in
from milmer_live.storage.session.streams import (
    BOX,
    EVENTS,
    FRAMES,
    LABELS,
    PREDICTIONS,
    Gap,
    Stall,
    gap_in,
    prediction_of,
    stalls_in,
)
from milmer_live.storage.side_video import VideoPart, side_video
from milmer_live.storage.xdf.header import StreamHeader
from milmer_live.storage.xdf.packed import is_xdf
from milmer_live.storage.xdf.reader import XDFFile, XDFStream, read_xdf

ABOUT_FACES = ("face chosen", "faces in view", "face not known")  # begins of events

LEAD_S = 8.0  # before a trial, so that filters are settled when it begins
LOOKS = 16  # at the size of the EEG
TAIL_S = 0.5  # behind it: the resampler keeps back 0.13 s

_SAY_UNIT = f"`export --unit {{}}`, or in a column `unit` of {PARTICIPANTS_NAME}"


@dataclass(frozen=True)
class Session:
    """What lies in a session's folder. `card` is None for a file of another program; `person` is
    then who was recorded in it. `unit` is what a user says of its EEG; empty: as the file has it.
    `video` is a camera's file that begins with the EEG; None: the one beside the file, if any."""

    folder: Path
    file: XDFFile
    card: SessionCard | None
    unit: str = ""
    person: Person | None = None
    video: Path | None = None

    @property
    def participant(self) -> str:
        """By the card, by a table or by names."""
        if self.card is not None:
            return self.card.participant
        return self.person.participant if self.person is not None else self.file.path.stem

    @property
    def name(self) -> str:
        """Unlike that of any other session of the participant."""
        if self.card is not None:
            return self.card.session
        return self.person.session if self.person is not None else self.file.path.stem

    @cached_property
    def eeg(self) -> XDFStream:
        """The stream that knows the most of the model's EEG. Raises DatasetError."""
        streams = [one for one in self.file.streams if _is_signal(one)]
        if not streams:
            raise DatasetError(f"{self.file.path} holds no EEG.", "A marker stream is not enough.")
        return max(streams, key=lambda one: (one.header.rate > 0, _coverage(one)))

    @property
    def eeg_or_none(self) -> XDFStream | None:
        """The same; None where there is no EEG."""
        return self.eeg if any(map(_is_signal, self.file.streams)) else None

    @property
    def zero(self) -> float:
        """What seconds are counted from: the first sample of the EEG, or, where there is none, of
        the first stream of numbers."""
        if self.eeg_or_none is not None:
            return self.origin
        first = (one.times[0] for one in self.file.streams if len(one.times) and _is_numbers(one))
        return float(next(first, 0.0))

    @cached_property
    def time(self) -> RecordedTime:
        """When the samples of the EEG were, and at which rate. Raises DatasetError."""
        found = RecordedTime.of(self.eeg.times, self.eeg.header.rate)
        if len(self.eeg.times) and not found.used_rate:
            name = self.eeg.header.name
            raise DatasetError(
                f"{self.file.path}: '{name}' states no sampling rate, and has no steady one.",
                "`milmer-live export --to csv` writes its samples with their times.",
            )
        return found

    @property
    def placed(self) -> Placed:
        """The stamps of the EEG, and where some are missing. Raises DatasetError."""
        return self.time.placed

    @property
    def signal_faults(self) -> tuple[str, ...]:
        """A sentence on each thing that the EEG is not as its header has it, judged as it is live.
        Raises DatasetError."""
        return (*self._named(self.time.problem, self._settings_problem), *self.unit_faults)

    @property
    def _settings_problem(self) -> str:
        torn = sum(said is None for _, said in self._settings)
        if not torn:
            return ""
        return f"had its filters or bad channels set {torn}x in a way that cannot be read: left out"

    @property
    def unit_faults(self) -> tuple[str, ...]:
        """The same of its unit and of its size. Raises DatasetError."""
        return self._named(self._unit_said, self._scale_problem)

    def _named(self, *found: str) -> tuple[str, ...]:
        name = self.eeg.header.name
        return tuple(f"{self.file.path}: '{name}' {text}." for text in found if text)

    @property
    def _unit_said(self) -> str:
        """Where what a user says takes the place of a voltage that the file states."""
        stated, used = _table(self.eeg.header), self.table(self.eeg)
        is_same = np.array_equal(stated.to_microvolts, used.to_microvolts)
        if not self.unit or not stated.in_microvolts or is_same:
            return ""
        return f"states {stated.unit}; it is read in {used.unit}, as was said"

    @property
    def _scale_problem(self) -> str:
        """By stretches of a second, evenly over the recording."""
        table, n = self.table(self.eeg), len(self.eeg.times)
        if not table.in_microvolts:
            return f"has no unit that is known ({table.unit}), and is not used without"
        columns = [column for column, kind in enumerate(table.kinds) if kind == "EEG"]
        if not columns or n < 2:
            return ""
        size = max(2, round(self.time.used_rate))
        starts = np.unique(np.linspace(0, max(0, n - size), LOOKS, dtype=int)).tolist()
        levels = [self.microvolts((a, a + size))[:, columns].std(axis=0) for a in starts]
        found = scale_problem(np.nanmedian(levels, axis=0).tolist(), table.unit, _SAY_UNIT)
        return f"seems wrong in scale: {found}" if found else ""

    def table(self, stream: XDFStream) -> ChannelTable:
        """The channels of a stream: what they are, and in which units."""
        return _table(stream.header, self.unit)

    @property
    def info(self) -> EEGInfo:
        """The EEG as the model takes it, at the rate that its stamps have. Raises DatasetError,
        also where its unit is not known."""
        self._require_unit()
        return replace(_info(self.eeg, self.unit), sample_rate=self.time.used_rate)

    @property
    def origin(self) -> float:
        """The time of the first sample of EEG. Raises DatasetError."""
        if not len(self.eeg.times):
            raise DatasetError(f"The EEG of {self.file.path} has no sample.")
        return float(self.placed.times[0])

    @property
    def labels(self) -> tuple[Label, ...]:
        """On the recorder's clock, in order of time. Raises DatasetError."""
        return self._found_labels.labels

    @property
    def label_faults(self) -> tuple[str, ...]:
        """A sentence for each label that cannot be read. Raises DatasetError."""
        return self._found_labels.faults

    @cached_property
    def _found_labels(self) -> Found:
        return labels_of(self.file, self.origin, float(self.eeg.times[-1]))

    @cached_property
    def markers(self) -> tuple[Marker, ...]:
        """Of all marker streams and events, on the recorder's clock."""
        found = [
            Marker(time, text)
            for stream in self.file.streams
            if _is_markers(stream) and stream.header.name != LABELS
            for time, text in zip(stream.times.tolist(), stream.texts, strict=True)
        ]
        return tuple(sorted(found, key=lambda marker: marker.time))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What the recorder has marked as missing."""
        return tuple(gap for gap in map(gap_in, self._events) if gap is not None)

    @property
    def stalls(self) -> tuple[Stall, ...]:
        """Stretches in which the camera delivered nothing new, on the recorder's clock."""
        return stalls_in(self._events)

    @property
    def _events(self) -> Sequence[str]:
        events = self.file.named(EVENTS)
        return events.texts if events else ()

    @property
    def settings(self) -> tuple[tuple[float, SignalSettings], ...]:
        """What the user had set of the EEG's way to the model, in order, with its times on the
        recorder's clock. What cannot be read is in `signal_faults`."""
        return tuple((time, said) for time, said in self._settings if said is not None)

    @cached_property
    def _settings(self) -> tuple[tuple[float, SignalSettings | None], ...]:
        """None where what was saved cannot be read."""
        events = self.file.named(EVENTS)
        found: list[tuple[float, SignalSettings | None]] = []
        for time, text in zip(events.times.tolist(), events.texts, strict=True) if events else ():
            try:
                said = settings_in(text)
            except (RecordingError, ConfigError):
                found.append((time, None))
            else:
                found += [] if said is None else [(time, said)]
        return tuple(found)

    def chosen_filters(self, said: SignalSettings) -> FilterSettings | None:
        """Its filters, where the user had chosen them; None where they are those that the session
        began with, which were the model's."""
        is_own = self.card is None or said.filters == self.card.plan.preprocessing.filters
        return None if is_own else said.filters

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """What the model said in the session."""
        stream = self.file.named(PREDICTIONS)
        if stream is None:
            return ()
        pairs = zip(stream.times.tolist(), stream.numbers, strict=True)
        return tuple(prediction_of(time, row, stream.header.labels) for time, row in pairs)

    def recording(self) -> Recording:
        """All of it as one recording, in seconds since the first sample of EEG; across gaps
        `times` jump. Raises DatasetError."""
        return self._cut((0, len(self.eeg.times)), self.labels, f"{self.participant}/{self.name}")

    def trial(self, label: Label, name: str) -> Recording:
        """The stretch of one label with some seconds before it, in seconds since its own first
        sample. Raises DatasetError where samples are missing in it."""
        return self._cut(self.trial_samples(label, name), (replace(label, trial=name),), name)

    def trial_samples(self, label: Label, name: str) -> tuple[int, int]:
        """First sample of a trial's recording and the one behind its last; no gap between them.
        Raises DatasetError."""
        times, rate = self.placed.times, self.time.used_rate
        inside = np.flatnonzero((times >= label.start) & (times < label.stop))
        first, stop = (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)
        begin, end = self._stretch(first)
        if stop - first < 2 or not begin <= first < stop <= end:
            raise DatasetError(f"{name} is not used: there is a gap in its EEG.")
        away = tolerance_s(rate) + 1 / rate
        if times[first] - label.start > away or label.stop - times[stop - 1] > away:
            raise DatasetError(f"{name} is not used: its label goes beyond its EEG.")
        around = (label.start - LEAD_S, label.stop + TAIL_S)
        lead, tail = np.searchsorted(times[begin:end], around)
        return begin + int(lead), begin + int(tail)

    def _stretch(self, sample: int) -> tuple[int, int]:
        """The samples around one that follow each other without a gap: [begin, end)."""
        edges = [0, *self.placed.begins.tolist(), len(self.placed.times)]
        after = int(np.searchsorted(edges, sample, side="right"))
        return edges[after - 1], edges[min(after, len(edges) - 1)]

    def times_of(self, span: tuple[int, int]) -> Float64:
        """(n,) seconds of samples [first, stop) on the recorder's clock, without jitter."""
        return self.time.even(*span)

    def frames(self, start: float, stop: float, origin: float) -> FrameSeries | None:
        """Pictures of [start, stop) on the recorder's clock, in seconds since `origin`. Raises
        DatasetError for a film beside the file that cannot be read."""
        stream = self.file.named(FRAMES)
        if stream is None:
            return self._film(start, stop, origin)
        inside = (stream.times >= start - TOLERANCE_S) & (stream.times < stop)
        frames = SessionFrames(
            self.folder,
            stream.times[inside] - origin,
            stream.numbers[inside],
            self._face_settings,
            has_faces=self._has_faces,
        )
        return frames if len(frames) else None

    @cached_property
    def film(self) -> Path | None:
        """A camera's file beside a recording of another program, which begins with the EEG."""
        if self.video is not None:
            return self.video
        return side_video(self.file.path) if self.card is None else None

    def _film(self, start: float, stop: float, origin: float) -> FrameSeries | None:
        if self.film is None:
            return None
        part = VideoPart(self.film, self.zero - origin, start - origin, stop - origin)
        return part if len(part) else None

    @cached_property
    def _has_faces(self) -> bool:
        """Whether faces were looked for while it was recorded: one was found, or it is told whose
        face was chosen or that none was."""
        stream = self.file.named(FRAMES)
        if stream is not None and np.isfinite(stream.numbers[:, BOX.start]).any():
            return True
        return any(text.startswith(ABOUT_FACES) for text in self._events)

    @property
    def _face_settings(self) -> FaceSettings | None:
        """Where only faces were kept, how they were cut out."""
        if self.card is None or self.card.plan.recording.video != "face":
            return None
        return self.card.plan.preprocessing.faces

    def _require_unit(self) -> None:
        table = self.table(self.eeg)
        if not table.in_microvolts:
            raise DatasetError(
                f"{self.file.path}: the unit of the EEG '{self.eeg.header.name}' is not known "
                f"({table.unit}).",
                f"Say it: {_SAY_UNIT.format('uV')}.",
            )

    def microvolts(self, span: tuple[int, int]) -> Float32:
        """The EEG of samples [first, stop): (n, n_channels) float32 µV. A channel that is no
        voltage keeps its own unit."""
        factors = self.table(self.eeg).to_microvolts
        values = self.eeg.numbers[slice(*span)]
        scaled = values * factors if len(factors) and (factors != 1).any() else values
        return np.asarray(scaled, dtype=np.float32)

    def _cut(self, span: tuple[int, int], labels: tuple[Label, ...], name: str) -> Recording:
        info = self.info
        times = self.times_of(span)
        origin, end = float(times[0]), float(times[-1])
        return Recording(
            info=info,
            eeg=frozen(self.microvolts(span)),
            times=frozen(times - origin),
            participant=self.participant,
            name=name,
            frames=self.frames(origin, end, origin),
            labels=tuple(
                replace(label, start=label.start - origin, stop=label.stop - origin)
                for label in labels
            ),
            markers=tuple(
                Marker(marker.time - origin, marker.text)
                for marker in self.markers
                if origin <= marker.time <= end
            ),
            settings=self._settings_within(origin, end),
        )

    def _settings_within(self, start: float, stop: float) -> tuple[SettingsChange, ...]:
        """What held at `start`, and what was set until `stop`, in seconds since `start`."""
        before = [one for one in self.settings if one[0] <= start]
        inside = [one for one in self.settings if start < one[0] <= stop]
        return tuple(
            SettingsChange(
                max(0.0, time - start),
                None if (chosen := self.chosen_filters(said)) is None else chosen.model_dump(),
                said.bad,
                None if said.artifacts is None else said.artifacts.cleaning_matrix(),
            )
            for time, said in (*before[-1:], *inside)
        )


def open_session(path: Path, unit: str = "", people: People | None = None) -> Session:
    """A session's folder, its `session.xdf`, or any recording of another program, of which the EEG
    is in `unit` where the user says so. `people` knows who is who in the folder that it is a part
    of. Raises RecordingError, DatasetError."""
    file = path / XDF_NAME if path.is_dir() else path
    if not file.is_file():
        raise RecordingError(f"{path} is no session.", f"A session's folder has a {XDF_NAME}.")
    folder = file.parent
    if file.name == XDF_NAME and (folder / CARD_NAME).is_file():
        return Session(folder, read_xdf(file), read_card(folder), unit)
    person = (people or People.of(file, (file,))).person(file)
    read = read_xdf if is_xdf(file) or not is_foreign(file) else read_foreign
    return Session(folder, read(file), None, unit or person.unit, person)


def _is_numbers(stream: XDFStream) -> bool:
    return stream.header.format != "string"


def _is_signal(stream: XDFStream) -> bool:
    """Numbers that are EEG by their type, or, at a steady rate, by their channels."""
    header = stream.header
    if header.format == "string":
        return False
    return header.type.lower() == "eeg" or (header.rate > 0 and _coverage(stream) > 0)


def _is_markers(stream: XDFStream) -> bool:
    """Texts, or the numbers that other programs send as markers."""
    header = stream.header
    return header.format == "string" or (header.rate == 0 and header.type.lower() == "markers")


def _coverage(stream: XDFStream) -> float:
    try:
        return channel_map(_info(stream), MontageSettings()).coverage
    except SourceFormat:
        return 0.0  # two channels of one name: no EEG that could be used


@cache
def _table(header: StreamHeader, unit: str = "") -> ChannelTable:
    sender = Sender(name=header.name, type=header.type, source_id=header.source_id)
    return channel_table(sender, header.xml, header.n_channels, Said((), "", unit))


def _info(stream: XDFStream, unit: str = "") -> EEGInfo:
    header = stream.header
    table = _table(header, unit)
    return EEGInfo(
        header.name,
        header.source_id,
        table.names,
        header.rate,
        table.unit,
        header.xml,
        table.unusable,
        kinds=table.kinds,
        electrodes=table.electrodes,
        device=table.device,
    )
