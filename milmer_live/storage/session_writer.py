"""Writes one session's folder: `session.xdf`, `face.mkv`, `session.json`."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import SourceFormat, StorageLost
from milmer_live.processing.montage import channel_map
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
from milmer_live.storage import session_streams as streams
from milmer_live.storage.session_card import XDF_NAME, Device, Plan, new_card, write_card
from milmer_live.storage.session_pictures import Pictures
from milmer_live.storage.session_streams import NOT_IN_VIDEO, Annotation, Gap, SeenFrame, Why
from milmer_live.storage.xdf_header import StreamHeader
from milmer_live.storage.xdf_writer import XDFWriter

GAP_S = 0.5  # between two chunks that should follow each other: samples are missing


log = logging.getLogger(__name__)


class SessionWriter:
    """Takes what a session is made of, one thing at a time, and puts it on the disk at once.

    Streams begin with their first sample, whenever that is. Raises StorageLost where the disk
    takes no more, RecordingError for what does not fit. Not for several threads at once;
    `now` is seconds on the recorder's clock.
    """

    def __init__(self, root: Path, plan: Plan, now: float, continues: str = "") -> None:
        """Makes the folder `root`/sub-ID/ses-UTC."""
        self.plan = plan
        self.lost: Counter[str] = Counter()
        self.deduced: Counter[str] = Counter()  # samples whose stamp was not a number
        self.folder = _new_folder(root, plan.participant)
        self.card = new_card(plan, self.folder.name.removeprefix("ses-"), now, continues)
        write_card(self.folder, self.card)
        self._xdf = XDFWriter(self.folder / XDF_NAME, now)
        self._numbers: dict[str, int] = {}
        self._sent: dict[tuple[str, str, int], int] = {}
        self._described: dict[str, StreamHeader] = {}
        self._eeg: dict[tuple[EEGInfo, str], _EEGStream] = {}  # by what sends, and its format
        self._frames = _FrameGaps()
        self._channel_map: dict[str, str] = {}
        self._devices: dict[str, Device] = {}
        self._pictures = Pictures(self.folder, plan.recording, now)

    @property
    def bytes_written(self) -> int:
        return self._xdf.size + self._pictures.bytes_written

    def samples(self) -> dict[str, int]:
        """Samples in the file, by stream."""
        numbers = self._numbers | {one.name: one.number for one in self._eeg.values()}
        return {name: self._xdf.n_samples(number) for name, number in numbers.items()}

    def add_device(self, device: Device) -> None:
        self._devices[f"{device.kind} {device.name} {device.source_id}"] = device

    def write_eeg(self, info: EEGInfo, chunk: EEGChunk, now: float, why: Why = "source") -> None:
        """Samples as they came. A gap before them is marked, with `why` as its reason."""
        key = (info, "" if chunk.raw is None else str(chunk.raw.dtype))
        stream = self._eeg.get(key)
        if stream is None:
            stream = self._eeg[key] = self._begin_eeg(info, chunk, now)
        if (gap := stream.gap_before(chunk, why)) is not None:
            self.write_gap(gap, now)
        self._xdf.set_offset(stream.number, chunk.clock_offset, now)
        values = chunk.data if chunk.raw is None else chunk.raw
        self._xdf.write(stream.number, stream.stamps_of(chunk), values)
        stream.passed(chunk)

    def write_frame(self, frame: SeenFrame, picture: UInt8 | None, now: float) -> None:
        """A frame's time and the box of its face, and the picture that is to be kept of it."""
        place = (NOT_IN_VIDEO, 0)
        if picture is not None:
            place = self._pictures.write(picture, frame.time)
        if (gap := self._frames.gap_before(frame)) is not None:
            self.write_gap(gap, now)
        self._write_frame_row(frame, place, now)

    def write_lost_frame(self, frame: SeenFrame, now: float) -> None:
        """A frame that came but whose picture could not be kept: its time, and a gap when
        frames go on."""
        self._frames.lost(frame)
        self._write_frame_row(frame, (NOT_IN_VIDEO, 0), now)

    def write_prediction(self, prediction: Prediction, now: float) -> None:
        bag_size = self.plan.preprocessing.window.bag_size
        row = streams.prediction_row(prediction, bag_size)
        header = partial(streams.predictions_header, bag_size)
        number = self._number(streams.PREDICTIONS, header, now)
        self._xdf.write(number, np.array([prediction.time]), row)

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
            self.card = self.card.model_copy(update={"artifact_matrix": rows})
            write_card(self.folder, self.card)

    def write_gap(self, gap: Gap, now: float) -> None:
        self.lost[gap.stream] += gap.lost
        self.write_text(streams.EVENTS, Marker(gap.start, gap.model_dump_json()), now)

    def write_text(self, stream: str, marker: Marker, now: float) -> None:
        """A marker of the stream of that name; one of another program as that has sent it."""
        if marker.sent is not None:
            self._write_sent(stream, marker.time, marker.sent, now)
            return
        number = self._number(stream, partial(streams.markers_header, stream), now)
        self._xdf.write(number, np.array([marker.time]), [[marker.text]])

    def _write_sent(self, stream: str, time: float, sent: Sent, now: float) -> None:
        number, header = self._sent_stream(stream, sent, now)
        row: NDArray[Any] | list[list[str]] = (
            [[str(one) for one in sent.values]]
            if header.format == "string"
            else np.array([sent.values], dtype=header.dtype)
        )
        self._xdf.set_offset(number, sent.clock_offset, now)
        stamp = time - sent.clock_offset if sent.stamp is None else sent.stamp
        if not np.isfinite(stamp):
            self.deduced[header.name] += 1
            stamp = now - sent.clock_offset
        self._xdf.write(number, np.array([stamp]), row)

    def _sent_stream(self, name: str, sent: Sent, now: float) -> tuple[int, StreamHeader]:
        """A sender that comes back goes on in its stream, unless it sends something else now."""
        if sent.xml not in self._described:
            self._described[sent.xml] = streams.sent_header(name, sent.xml)
        header = self._described[sent.xml]
        key = (name, header.format, header.n_channels)
        if key not in self._sent:
            free = (f"{name} {n}" if n > 1 else name for n in count(1))
            called = next(one for one in free if one not in self._taken())
            header = streams.sent_header(called, sent.xml)
            self._sent[key] = self._add_stream(header, now, sent.clock_offset)
            self._numbers[called] = self._sent[key]
        return self._sent[key], header

    def _taken(self) -> set[str]:
        """Names of streams that are in the file already."""
        return {*self._numbers, *(one.name for one in self._eeg.values())}

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
            partial(self._end_gap, now),
            self._pictures.close,
            self._xdf.close,
            partial(self._write_card, reason),
        ):
            try:
                finish()
            except Exception as error:  # a video that cannot be closed must not cost the signals
                log.exception("A part of the session could not be closed")
                failed.append(error)
        if failed:
            raise failed[0]

    def _begin_eeg(self, info: EEGInfo, chunk: EEGChunk, now: float) -> _EEGStream:
        taken = self._taken()
        names = (f"{info.name} {number}" if number > 1 else info.name for number in count(1))
        name = next(one for one in names if one not in taken)  # two of one name are two streams
        header = (
            streams.eeg_header(name, info)
            if chunk.raw is None
            else streams.sent_header(name, info.xml, info.channel_names)
        )
        number = self._add_stream(header, now, chunk.clock_offset)
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
        return _EEGStream(name, number, info.sample_rate, self.deduced)

    def _number(self, name: str, header: Callable[[], StreamHeader], now: float) -> int:
        """The number of a stream of ours, which begins if there is none of that name."""
        if name not in self._numbers:
            self._numbers[name] = self._add_stream(header(), now)
        return self._numbers[name]

    def _add_stream(self, header: StreamHeader, now: float, offset_s: float = 0.0) -> int:
        """The header also goes into the card: all headers may lie in one sector of the disk."""
        number = self._xdf.add_stream(header, now, offset_s)
        known = self.card.streams | {number: header.xml}
        self.card = self.card.model_copy(update={"streams": known})
        write_card(self.folder, self.card)
        return number

    def _write_frame_row(self, frame: SeenFrame, place: tuple[int, int], now: float) -> None:
        number = self._number(streams.FRAMES, streams.frames_header, now)
        row = streams.frame_row(frame, *place)
        self._xdf.write(number, np.array([frame.time]), row)

    def _end_gap(self, now: float) -> None:
        if (gap := self._frames.open_gap) is not None:
            self.write_gap(gap, now)

    def _write_card(self, reason: str) -> None:
        changes = {
            "ended": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "end_reason": reason,
            "devices": tuple(self._devices.values()),
            "channel_map": self._channel_map,
            "samples": self.samples(),
            "lost": dict(self.lost),
        }
        self.card = self.card.model_copy(update=changes)
        write_card(self.folder, self.card)


class _EEGStream:
    """Where a stream of EEG is, and what is missing of it."""

    def __init__(self, name: str, number: int, rate: float, deduced: Counter[str]) -> None:
        self.name = name
        self.number = number
        self._step_s = 1 / rate if rate > 0 else 0.0
        self._deduced = deduced
        self._next_index = 0
        self._last_time: float | None = None
        self._last_stamp = float("nan")

    def stamps_of(self, chunk: EEGChunk) -> Float64:
        """(n_samples,) as sent. One that is not a finite number is deduced from its neighbours,
        and counted: the sample counts more than its stamp."""
        sent = chunk.stamps if chunk.stamps is not None else chunk.times - chunk.clock_offset
        odd = ~np.isfinite(sent)
        if odd.any():
            self._deduced[self.name] += int(odd.sum())
            sent = deduced_stamps(sent, self._step_s, self._last_stamp)
        self._last_stamp = float(sent[-1])
        return sent

    def gap_before(self, chunk: EEGChunk, why: Why) -> Gap | None:
        """By the source's count; where that goes on or starts anew, by the times."""
        first_time = float(chunk.times[0])
        if self._last_time is None or not np.isfinite(first_time):
            return None
        elapsed = first_time - self._last_time
        missed = chunk.first_index - self._next_index
        if missed <= 0 and self._step_s:
            missed = round(elapsed / self._step_s) - 1 if elapsed > GAP_S else 0
        if missed <= 0:
            return None
        start = self._last_time + self._step_s
        return Gap(stream=self.name, lost=missed, start=start, stop=first_time, why=why)

    def passed(self, chunk: EEGChunk) -> None:
        self._next_index = chunk.first_index + len(chunk)
        if np.isfinite(chunk.times[-1]):
            self._last_time = float(chunk.times[-1])


def deduced_stamps(sent: Float64, step_s: float, before: float) -> Float64:
    """`sent` (n_samples,) with each stamp that is not finite put `step_s` after the one in front
    of it; `before` is the stamp before the first. Where no stamp is known: the first known one,
    counted back; without any, 0 and on."""
    known = np.isfinite(sent)
    if not np.isfinite(before):
        first = int(np.argmax(known)) if known.any() else 0
        before = float(sent[first]) - (first + 1) * step_s if known.any() else -step_s
    places = np.arange(1, len(sent) + 1)
    last = np.maximum.accumulate(np.where(known, places, 0))
    anchors = np.concatenate([[before], sent])[last]
    return np.where(known, sent, anchors + (places - last) * step_s)


class _FrameGaps:
    """Frames that the camera skipped, or whose picture was not kept."""

    def __init__(self) -> None:
        self.open_gap: Gap | None = None
        self._last: SeenFrame | None = None

    def gap_before(self, frame: SeenFrame) -> Gap | None:
        """What is missing between the last picture and this one."""
        gap, self.open_gap = self.open_gap, None
        if gap is None and self._last is not None:
            skipped = frame.index - self._last.index - 1
            gap = (
                _frame_gap(skipped, self._last.time, frame.time, "source") if skipped > 0 else None
            )
        self._last = frame
        return gap

    def lost(self, frame: SeenFrame) -> None:
        gap = self.open_gap
        lost, start = (gap.lost, gap.start) if gap else (0, frame.time)
        self.open_gap = _frame_gap(lost + 1, start, frame.time, "overflow")
        self._last = frame


def _frame_gap(lost: int, start: float, stop: float, why: Why) -> Gap:
    return Gap(stream=streams.FRAMES, lost=lost, start=start, stop=stop, why=why)


def _model_channels(info: EEGInfo, plan: Plan) -> dict[str, str]:
    """Which channel of the device each of the model's is, as far as it has them."""
    try:
        columns = channel_map(info.channel_names, plan.preprocessing.montage).columns
    except SourceFormat:
        return {}  # recorded all the same; the model cannot use it
    pairs = zip(MODEL_CHANNELS, columns.tolist(), strict=True)
    return {name: info.channel_names[column] for name, column in pairs if column >= 0}


def _new_folder(root: Path, participant: str) -> Path:
    """`root`/sub-ID/ses-UTC, made; a second session of that second gets a number."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    parent = root / f"sub-{participant}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            folder = parent / f"ses-{moment}{f'n{number}' if number > 1 else ''}"
            if not folder.exists():
                folder.mkdir()
                return folder
    except OSError as error:
        raise StorageLost(
            f"A session cannot be put into {parent}: {error.strerror}.",
            "Choose another folder, or give yourself the right to write there.",
        ) from error
    raise AssertionError("count() does not end")
