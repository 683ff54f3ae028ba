"""Reads a closed session again and compares it with what was written: counts, stamps, values,
labels, pictures. One chunk after the other, so that a session of any length fits."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from milmer_live.config import validated
from milmer_live.errors import ConfigError, MilmerError
from milmer_live.samples import Float64
from milmer_live.storage.session.balance import (
    StreamBalance,
    Written,
    counted,
)
from milmer_live.storage.session.card import (
    READ_EQUAL,
    XDF_NAME,
    SessionCard,
    read_card,
    write_card,
)
from milmer_live.storage.session.pictures import video_name
from milmer_live.storage.session.streams import (
    FRAMES,
    LABELS,
    Annotation,
)
from milmer_live.storage.video import VideoFrames
from milmer_live.storage.xdf.chunks import (
    Tag,
    stamp_bytes,
    value_bytes,
)
from milmer_live.storage.xdf.reader import XDFFile
from milmer_live.storage.xdf.samples import Rows
from milmer_live.storage.xdf.scan import (
    Chunk,
    Scanner,
    open_scanner,
)

PLACES = 2  # the first columns of the stream of frames: place in the video, and its part


def read_back(folder: Path) -> str:
    """Read the closed session in `folder` and note in its card whether it has what was written.
    Returns "equal", or what differs. Raises RecordingError where the card cannot be had."""
    card = read_card(folder)
    verdict = "; ".join(differences(folder, card)) or READ_EQUAL
    write_card(folder, card.model_copy(update={"read_back": verdict}))
    return verdict


def differences(folder: Path, card: SessionCard) -> list[str]:
    """What is not as the card of a closed session has it, one sentence each."""
    try:
        with open_scanner(folder / XDF_NAME) as scanner:
            found = _Reading(scanner)
            found.run()
            damaged = sum(stop - start for start, stop in scanner.damage)
    except MilmerError as error:
        return [error.message]
    wrong = [f"{damaged:,} bytes of {XDF_NAME} belong to no whole chunk"] if damaged else []
    wrong += unlike(card.written, found.written)
    wrong += _unbalanced(card.balance, found.written)
    return [*wrong, *found.bad_labels, *_pictures(folder, found.pictures)]


def unlike(written: Mapping[int, Written], read: Mapping[int, Written]) -> list[str]:
    """What is read of a file, compared with what was written to it, stream by stream."""
    wrong: list[str] = []
    for number, one in written.items():
        other = read.get(number)
        if other is None:
            if one.samples:
                wrong.append(f"'{one.name}' is not in the file")
        elif other.samples != one.samples:
            lack = f"{counted(one.samples, 'sample')} were written, {other.samples:,} are read"
            wrong.append(f"'{one.name}': {lack}")
        elif (one.first_stamp, one.last_stamp, one.stamps_crc) != (
            other.first_stamp,
            other.last_stamp,
            other.stamps_crc,
        ):
            wrong.append(f"'{one.name}': the stamps are not those that were written")
        elif one.values_crc != other.values_crc:
            wrong.append(f"'{one.name}': the samples are not those that were written")
    return wrong


def read_of(file: XDFFile) -> dict[int, Written]:
    """What is in a file that was read whole."""
    return {
        one.number: _summed(Written(name=one.header.name, samples=0), one.stamps, one.values)
        for one in file.streams
    }


class _Reading:
    """One walk over a file, with sums that need no more than a chunk at a time."""

    def __init__(self, scanner: Scanner) -> None:
        self.written: dict[int, Written] = {}
        self.bad_labels: list[str] = []
        self.pictures: dict[int, int] = {}  # by part of the video
        self._scanner = scanner

    def run(self) -> None:
        for chunk in self._scanner:
            if chunk.tag == Tag.STREAM_HEADER:
                name = self._scanner.headers[chunk.stream].name
                self.written[chunk.stream] = Written(name=name, samples=0)
            elif chunk.tag == Tag.SAMPLES:
                self._take(chunk)

    def _take(self, chunk: Chunk) -> None:
        before = self.written[chunk.stream]
        stamps, values = self._scanner.samples(chunk)
        self.written[chunk.stream] = _summed(before, stamps, values)
        if before.name == LABELS and isinstance(values, list):
            self.bad_labels += [text for row in values for text in _bad_label(row[0])]
        elif before.name == FRAMES and isinstance(values, np.ndarray):
            for place, part in values[:, :PLACES].astype(int):
                self.pictures[part] = self.pictures.get(part, 0) + (place >= 0)


def _summed(before: Written, stamps: Float64, values: Rows) -> Written:
    """`before`, and the samples that come behind it."""
    if not len(stamps):
        return before
    return Written(
        name=before.name,
        samples=before.samples + len(stamps),
        first_stamp=float(stamps[0]) if not before.samples else before.first_stamp,
        last_stamp=float(stamps[-1]),
        stamps_crc=zlib.crc32(stamp_bytes(stamps), before.stamps_crc),
        values_crc=zlib.crc32(value_bytes(values), before.values_crc),
    )


def _bad_label(text: str) -> Iterator[str]:
    try:
        validated(Annotation, json.loads(text), LABELS)
    except (ValueError, ConfigError) as error:
        yield f"a label cannot be read: {error}"


def _unbalanced(balance: tuple[StreamBalance, ...], read: Mapping[int, Written]) -> list[str]:
    """Sources of which the file has another count than their balance. Sources that share a
    stream, since one device was chosen twice, are counted together."""
    samples = {one.name: one.samples for one in read.values()}
    told: dict[str, tuple[int, set[str]]] = {}
    for one in balance:
        if one.kind in ("EEG", "signal", "markers") and one.streams:
            count, names = told.get(one.streams[0], (0, set()))
            told[one.streams[0]] = (count + one.written, names | set(one.streams))
    return [
        f"'{name}': {counted(count, 'sample')} in the balance, {there:,} in the file"
        for name, (count, names) in told.items()
        if (there := sum(samples.get(each, 0) for each in names)) != count
    ]


def _pictures(folder: Path, indexed: Mapping[int, int]) -> list[str]:
    wrong: list[str] = []
    for part, count in indexed.items():
        if part < 1 or not count:
            continue
        name = video_name(part)
        try:
            there = len(VideoFrames(folder / name))
        except MilmerError as error:
            wrong.append(error.message)
            continue
        if there != count:
            wrong.append(f"{name}: {counted(count, 'picture')} were written, {there:,} are read")
    return wrong
