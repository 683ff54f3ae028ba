"""Writes one session's folder: `session.xdf`, `face.mkv`, `session.json`."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import SourceFormat, StorageLost
from milmer_live.processing.eeg.montage import channel_map
from milmer_live.samples import (
    MODEL_CHANNELS,
    EEGChunk,
    EEGInfo,
    Float64,
    Marker,
    Prediction,
    Sent,
    UInt8,
)
from milmer_live.storage.session import streams
from milmer_live.storage.session.balance import (
    StreamBalance,
    VisibleStream,
)
from milmer_live.storage.session.card import (
    XDF_NAME,
    Device,
    Plan,
    new_card,
    write_card,
)
from milmer_live.storage.session.lock import SessionLock
from milmer_live.storage.session.pictures import Pictures
from milmer_live.storage.session.stream_facts import (
    FrameGaps,
    SignalStream,
    SourceFacts,
)
from milmer_live.storage.session.streams import (
    NOT_IN_VIDEO,
    OWN,
    Annotation,
    Gap,
    SeenFrame,
    Why,
)
from milmer_live.storage.xdf.header import StreamHeader
from milmer_live.storage.xdf.writer import XDFWriter
from milmer_live.system.private_files import (
    FOLDER,
    make_private,
    make_private_folder,
)
from milmer_live.system.wall_clock import WallClock

NOBODY = 0  # the source of what the program itself writes

log = logging.getLogger(__name__)


class SessionWriter:
    """Takes what a session is made of, one thing at a time, and puts it on the disk at once.

    Streams begin with their first sample, whenever that is. `source` is the number of the source
    that something is from: two sources never share a stream, whatever they are called, and
    `facts` knows what of each is in the file. Raises StorageLost where the disk takes no more,
    RecordingError for what does not fit. Not for several threads at once; `now` is seconds on
    the recorder's clock.
    """

    def __init__(
        self,
        root: Path,
        plan: Plan,
        now: float,
        continues: str = "",
        day: WallClock | None = None,
    ) -> None:
        """Makes the folder `root`/sub-ID/ses-UTC, named by `day`, as all times of the card are."""
        self.plan = plan
        self.lost: Counter[str] = Counter()
        self._day = day or WallClock()
        started = self._day.utc()
        self.folder = _new_folder(root, plan.participant, started)
        self._lock = SessionLock(self.folder)
        self.card = new_card(plan, self.folder.name.removeprefix("ses-"), started, now, continues)
        write_card(self.folder, self.card)
        self._xdf = XDFWriter(self.folder / XDF_NAME, now)
        self._numbers: dict[str, int] = {}
        self._sent: dict[tuple[int, str, str, int], tuple[int, StreamHeader]] = {}
        self._described: dict[str, StreamHeader] = {}
        # by the source, what it says of itself, and the format that it sends
        self._signals: dict[tuple[int, EEGInfo, str], SignalStream] = {}
        self._newest: dict[int, SignalStream] = {}
        self._frames: dict[int, FrameGaps] = defaultdict(FrameGaps)
        self._facts: dict[int, SourceFacts] = defaultdict(SourceFacts)
        self._channel_map: dict[str, str] = {}
        self._devices: dict[str, Device] = {}
        self._pictures = Pictures(self.folder, plan.recording, now)

    @property
    def bytes_written(self) -> int:
        return self._xdf.size + self._pictures.bytes_written

    def samples(self) -> dict[str, int]:
        """Samples in the file, by stream."""
        numbers = self._numbers | {one.name: one.number for one in self._signals.values()}
        return {name: self._xdf.n_samples(number) for name, number in numbers.items()}

    def facts(self, source: int) -> SourceFacts:
        """What of a source is in the file; counted on, as long as the session is written."""
        return self._facts[source]

    def add_device(self, device: Device) -> None:
        self._devices[f"{device.kind} {device.name} {device.source_id}"] = device

    def write_eeg(
        self,
        info: EEGInfo,
        chunk: EEGChunk,
        now: float,
        why: Why = "source",
        source: int = NOBODY,
        came: float | None = None,
    ) -> None:
        """Samples as they came, at `came` (None: now). A gap that is known by now is marked; `why`
        is the reason of one that the source's count tells."""
        came = now if came is None else came
        key = (source, info, "" if chunk.raw is None else str(chunk.raw.dtype))
        stream = self._signals.get(key)
        if stream is None:
            stream = self._signals[key] = self._begin_signal(info, chunk, now, source)
        self._newest[source] = stream
        for gap in stream.gaps_in(chunk, why, came):
            self.write_gap(gap, now, source)
        self._xdf.set_offset(stream.number, chunk.clock_offset, now)
        values = chunk.data if chunk.raw is None else chunk.raw
        stamps = stream.stamps_of(chunk, came)
        self._xdf.write(stream.number, stamps, values)
        stream.passed(chunk, stamps)

    def write_frame(
        self, frame: SeenFrame, picture: UInt8 | None, now: float, source: int = NOBODY
    ) -> None:
        """A frame's time and the box of its face, and the picture that is to be kept of it."""
        place = (NOT_IN_VIDEO, 0)
        if self.plan.recording.video != "none":
            facts = self._facts[source]
            facts.pictures = (facts.pictures or 0) + (picture is not None)
        if picture is not None:
            place = self._pictures.write(picture, frame.time)
        if (gap := self._frames[source].gap_before(frame)) is not None:
            self.write_gap(gap, now, source)
        self._write_frame_row(frame, place, now, source)

    def write_lost_frame(self, frame: SeenFrame, now: float, source: int = NOBODY) -> None:
        """A frame that came but whose picture could not be kept: its time, and a gap when
        frames go on."""
        self._frames[source].lost(frame)
        self._write_frame_row(frame, (NOT_IN_VIDEO, 0), now, source)

    def write_prediction(self, prediction: Prediction, now: float, source: int = NOBODY) -> None:
        bag_size = self.plan.preprocessing.window.bag_size
        row = streams.prediction_row(prediction, bag_size)
        header = partial(streams.predictions_header, bag_size)
        number = self._number(streams.PREDICTIONS, header, now)
        times = np.array([prediction.time])
        self._xdf.write(number, times, row)
        self._passed(source, streams.PREDICTIONS, times)

    def write_values(self, name: str, time: float, values: Mapping[str, float], now: float) -> None:
        """Numbers by label, always the same labels for one `name`."""
        header = partial(streams.values_header, name, tuple(values))
        row = np.array([tuple(values.values())], dtype=np.float64)
        self._xdf.write(self._number(name, header, now), np.array([time]), row)

    def write_annotation(self, annotation: Annotation, now: float) -> None:
        self.write_text(streams.LABELS, Marker(annotation.stop, annotation.json_text), now)

    def keep_artifacts(self, matrix: Float64 | None) -> None:
        """The spatial matrix (32, 32) that is applied from now on, None: none any more. The
        card has the newest."""
        rows = None if matrix is None else tuple(tuple(row) for row in matrix.tolist())
        if rows != self.card.artifact_matrix:
            self._change_card(artifact_matrix=rows)

    def keep_visible(self, visible: Sequence[VisibleStream]) -> None:
        """What could be seen on the network when the session began."""
        self._change_card(visible=tuple(visible))

    def keep_balance(self, balance: Sequence[StreamBalance], troubles: Sequence[str] = ()) -> None:
        """What came of each source so far, and what was wrong with the recording itself. A
        killed program leaves the last that was kept."""
        self._change_card(balance=tuple(balance), balanced=self._utc(), troubles=tuple(troubles))

    def write_gap(self, gap: Gap, now: float, source: int = NOBODY) -> None:
        self.lost[gap.stream] += gap.lost
        self._facts[source].add_gap(gap)
        self.write_text(streams.EVENTS, Marker(gap.start, gap.model_dump_json()), now)

    def write_text(self, stream: str, marker: Marker, now: float, source: int = NOBODY) -> None:
        """A marker of the stream of that name; one of another program as that has sent it."""
        self.write_texts(stream, (marker,), now, source)

    def write_texts(
        self,
        stream: str,
        markers: Sequence[Marker],
        now: float,
        source: int = NOBODY,
        came: float | None = None,
    ) -> None:
        """Markers of one stream in one chunk, which came at `came` (None: now): all of this
        program, or all of one sender."""
        sent = [one.sent for one in markers if one.sent is not None]
        times = np.array([one.time for one in markers], dtype=np.float64)
        if sent:
            known = np.where(np.isfinite(times), times, now if came is None else came)
            self._write_sent(stream, known, sent, now, source)
            return
        number = self._number(stream, partial(streams.markers_header, stream), now)
        self._xdf.write(number, times, [[one.text] for one in markers])
        self._passed(source, stream, times)

    def _write_sent(
        self, stream: str, times: Float64, sent: Sequence[Sent], now: float, source: int
    ) -> None:
        number, header = self._sent_stream(stream, sent[0], now, source)
        rows: NDArray[Any] | list[list[str]] = (
            [[str(value) for value in one.values] for one in sent]
            if header.format == "string"
            else np.array([one.values for one in sent], dtype=header.dtype)
        )
        offset_s = sent[0].clock_offset
        self._xdf.set_offset(number, offset_s, now)
        stamps = times - offset_s
        for row, one in enumerate(sent):
            stamps[row] = stamps[row] if one.stamp is None else one.stamp
        odd = ~np.isfinite(stamps)
        self._facts[source].deduced += int(odd.sum())
        stamps = np.where(odd, times - offset_s, stamps)
        self._xdf.write(number, stamps, rows)
        self._passed(source, header.name, times)

    def _sent_stream(
        self, name: str, sent: Sent, now: float, source: int
    ) -> tuple[int, StreamHeader]:
        """A sender that comes back goes on in its stream, unless it sends something else now."""
        if sent.xml not in self._described:
            self._described[sent.xml] = streams.sent_header(name, sent.xml)
        header = self._described[sent.xml]
        key = (source, name, header.format, header.n_channels)
        if key not in self._sent:
            called = self._free_name(name)
            named = streams.sent_header(called, sent.xml)
            self._numbers[called] = self._add_stream(named, now, sent.clock_offset)
            self._sent[key] = self._numbers[called], named
        return self._sent[key]

    def _free_name(self, name: str) -> str:
        """Two streams of one name are two streams. The program's own names are its own."""
        taken = {*OWN, *self._numbers, *(one.name for one in self._signals.values())}
        names = (f"{name} {number}" if number > 1 else name for number in count(1))
        return next(one for one in names if one not in taken)

    def _passed(self, source: int, stream: str, times: Float64) -> None:
        """Of at least one sample."""
        self._facts[source].begin(stream)
        self._facts[source].passed(float(times[0]), float(times[-1]))

    def tick(self, now: float) -> None:
        """What is due: clock offsets, boundaries, and every few seconds all onto the disk."""
        if self._xdf.tick(now):
            self._pictures.sync()

    def is_gone(self) -> bool:
        """Whether the folder was deleted or moved, or its disk taken away."""
        return self._xdf.is_gone()

    def copy_signals(self, path: Path) -> None:
        """What `session.xdf` holds, read from the open file although its name is gone."""
        self._xdf.copy_to(path)

    def close(self, reason: str, now: float) -> None:
        """Footers, the video's index, the card. Raises what went wrong first, after closing all
        that can be closed."""
        failed: list[Exception] = []
        for finish in (
            partial(self._end_gaps, now),
            self._pictures.close,
            self._xdf.close,
            partial(self._end_card, reason),
        ):
            try:
                finish()
            except StorageLost as error:  # the disk is full, and whoever asked says so
                failed.append(error)
            except Exception as error:  # a video that cannot be closed must not cost the signals
                log.exception("A part of the session could not be closed")
                failed.append(error)
        self._lock.release(in_order=not failed)
        if failed:
            raise failed[0]

    def _begin_signal(
        self, info: EEGInfo, chunk: EEGChunk, now: float, source: int
    ) -> SignalStream:
        name = self._free_name(info.name)
        header = (
            streams.eeg_header(name, info)
            if chunk.raw is None
            else streams.sent_header(name, info.xml, info.channel_names)
        )
        number = self._add_stream(header, now, chunk.clock_offset, settles=True)
        model_channels = _model_channels(info, self.plan)
        self._channel_map = self._channel_map or model_channels
        is_eeg = bool(model_channels) or header.type.lower() in ("", "eeg")
        self.add_device(
            Device(
                kind="EEG" if is_eeg else "signal",
                name=info.name,
                source_id=info.source_id,
                channel_names=info.channel_names,
                sample_rate=info.sample_rate,
                unit=info.unit,
            )
        )
        facts, before = self._facts[source], self._newest.get(source)
        facts.begin(name)
        last = before.last if before is not None and source != NOBODY else None
        return SignalStream(name, number, info.sample_rate, facts, last)

    def _number(self, name: str, header: Callable[[], StreamHeader], now: float) -> int:
        """The number of a stream of ours, which begins if there is none of that name."""
        if name not in self._numbers:
            self._numbers[name] = self._add_stream(header(), now)
        return self._numbers[name]

    def _add_stream(
        self, header: StreamHeader, now: float, offset_s: float = 0.0, *, settles: bool = False
    ) -> int:
        """The header also goes into the card: all headers may lie in one sector of the disk."""
        number = self._xdf.add_stream(header, now, offset_s, settles=settles)
        self._change_card(streams=self.card.streams | {number: header.xml})
        return number

    def _write_frame_row(
        self, frame: SeenFrame, place: tuple[int, int], now: float, source: int
    ) -> None:
        number = self._number(streams.FRAMES, streams.frames_header, now)
        row = streams.frame_row(frame, *place)
        times = np.array([frame.time])
        self._xdf.write(number, times, row)
        self._passed(source, streams.FRAMES, times)

    def _end_gaps(self, now: float) -> None:
        for source, frames in self._frames.items():
            if (gap := frames.open_gap) is not None:
                self.write_gap(gap, now, source)

    def _end_card(self, reason: str) -> None:
        self._change_card(
            ended=self._utc(),
            end_reason=reason,
            devices=tuple(self._devices.values()),
            channel_map=self._channel_map,
            samples=self.samples(),
            written=self._xdf.written(),
            lost=dict(self.lost),
        )

    def _utc(self) -> str:
        return self._day.utc().isoformat(timespec="milliseconds")

    def _change_card(self, **changes: object) -> None:
        self.card = self.card.model_copy(update=changes)
        write_card(self.folder, self.card)


def _model_channels(info: EEGInfo, plan: Plan) -> dict[str, str]:
    """Which channel of the device each of the model's is, as far as it has them."""
    try:
        columns = channel_map(info, plan.preprocessing.montage).columns
    except SourceFormat:
        return {}  # recorded all the same; the model cannot use it
    pairs = zip(MODEL_CHANNELS, columns.tolist(), strict=True)
    return {name: info.channel_names[column] for name, column in pairs if column >= 0}


def _new_folder(root: Path, participant: str, started: datetime) -> Path:
    """`root`/sub-ID/ses-UTC, made; a second session of that second gets a number, also where the
    clock was set back meanwhile."""
    moment = started.strftime("%Y%m%dT%H%M%SZ")
    parent = root / f"sub-{participant}"
    try:
        make_private_folder(parent)
        for number in count(1):
            folder = parent / f"ses-{moment}{f'n{number}' if number > 1 else ''}"
            if not folder.exists():
                folder.mkdir(FOLDER)
                make_private(folder)
                return folder
    except OSError as error:
        raise StorageLost(
            f"A session cannot be put into {parent}: {error.strerror}.",
            "Choose another folder, or give yourself the right to write there.",
        ) from error
    raise AssertionError("count() does not end")
