"""Makes a recording whole again that a crash, a full disk or a bad disk has cut or damaged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

import numpy as np

from milmer_live.errors import RecordingError
from milmer_live.storage.session_card import spare_headers
from milmer_live.storage.xdf_chunks import (
    MAGIC,
    Tag,
    file_header_chunk,
    stream_footer_chunk,
    stream_header_chunk,
)
from milmer_live.storage.xdf_scan import Chunk, Scanner, open_scanner

COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RescuedStream:
    name: str
    n_samples: int
    had_footer: bool
    was_restored: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """What `repair` found. `backup` is the original's new place, None where nothing had to
    be done; `dropped_bytes` belonged to no whole chunk, in `n_damaged` places."""

    path: Path
    streams: tuple[RescuedStream, ...]
    dropped_bytes: int
    n_damaged: int
    backup: Path | None = None


@dataclass(slots=True)
class _Tally:
    """What a stream's footer says."""

    n_samples: int = 0
    first_stamp: float | None = None
    last_stamp: float = 0.0
    offsets: list[tuple[float, float]] = field(default_factory=list)
    has_footer: bool = False


class Rescue:
    """All that is whole in an XDF file: which bytes to keep and the footers to add."""

    def __init__(self, scanner: Scanner) -> None:
        self.kept: list[tuple[int, int]] = []
        self._file_header: tuple[int, int] | None = None
        self._scanner = scanner
        self._tallies: dict[int, _Tally] = {}
        for chunk in scanner:
            self._take(chunk)

    @property
    def streams(self) -> tuple[RescuedStream, ...]:
        headers = self._scanner.headers
        return tuple(
            RescuedStream(
                headers[number].name,
                tally.n_samples,
                tally.has_footer,
                number in self._scanner.restored,
            )
            for number, tally in self._tallies.items()
        )

    @property
    def damage(self) -> list[tuple[int, int]]:
        return self._scanner.damage

    @property
    def is_intact(self) -> bool:
        """Nothing is damaged, and each stream was closed with its footer."""
        closed = all(tally.has_footer for tally in self._tallies.values())
        return self._file_header is not None and closed and not self.damage

    @property
    def is_empty(self) -> bool:
        """There is nothing whole in it: it is cut at its very beginning, or is no XDF."""
        return self._file_header is None and not self._tallies

    def pieces(self, created: str) -> Iterator[bytes]:
        """The repaired file, piece by piece. `created` is for a lost file header."""
        yield MAGIC
        if self._file_header is None:
            yield file_header_chunk(created)
        else:
            yield self._scanner.data[slice(*self._file_header)]
        for number in self._scanner.restored:
            yield stream_header_chunk(number, self._scanner.headers[number])
        for start, stop in self.kept:
            for begin in range(start, stop, COPY_BYTES):
                yield self._scanner.data[begin : min(begin + COPY_BYTES, stop)]
        for number, one in self._tallies.items():
            yield stream_footer_chunk(
                number, one.first_stamp or 0.0, one.last_stamp, one.n_samples, one.offsets
            )

    def _take(self, chunk: Chunk) -> None:
        if chunk.stream:
            self._tallies.setdefault(chunk.stream, _Tally())
        if chunk.tag == Tag.FILE_HEADER:
            self._file_header = (chunk.start, chunk.stop)
            return  # it comes first, whatever is restored
        if chunk.tag == Tag.SAMPLES:
            self._count(chunk)
        elif chunk.tag == Tag.CLOCK_OFFSET:
            offset = self._scanner.clock_offset(chunk)
            self._tallies[chunk.stream].offsets.append(offset)
        elif chunk.tag == Tag.STREAM_FOOTER:
            self._tallies[chunk.stream].has_footer = True
            return  # it is written anew, behind all that counts
        self._keep(chunk)

    def _count(self, chunk: Chunk) -> None:
        tally = self._tallies[chunk.stream]
        stamps, _ = self._scanner.samples(chunk)
        tally.n_samples += len(stamps)
        given = stamps[np.isfinite(stamps)]
        if len(given):
            tally.first_stamp = float(given[0]) if tally.first_stamp is None else tally.first_stamp
            tally.last_stamp = float(given[-1])

    def _keep(self, chunk: Chunk) -> None:
        if self.kept and self.kept[-1][1] == chunk.start:
            self.kept[-1] = (self.kept[-1][0], chunk.stop)
        else:
            self.kept.append((chunk.start, chunk.stop))


def repair(path: Path) -> Repair:
    """Keep every whole chunk of `path`, add footers, and put the original aside as `.bak`.

    Where a stream's header is damaged its copy in `session.json` takes its place.

    A file that is intact is left as it is. Raises RecordingError where nothing can be
    rescued, or where there is no room for a second copy; the original is then untouched.
    """
    with open_scanner(path, spare_headers(path)) as scanner:
        rescue = Rescue(scanner)
        if rescue.is_empty:
            raise RecordingError(f"There is nothing to rescue in {path}.", "Is it an XDF file?")
        dropped = sum(stop - start for start, stop in rescue.damage)
        report = Repair(path, rescue.streams, dropped, len(rescue.damage))
        if rescue.is_intact:
            return report
        repaired = _write_beside(path, rescue)
    backup = _swap(path, repaired)
    return Repair(path, report.streams, dropped, report.n_damaged, backup)


def repair_any(path: Path) -> tuple[str, ...]:
    """Repair a file of signals or of pictures, or all of a session's folder. One sentence for
    each file. Raises RecordingError where there is nothing to repair."""
    if not path.is_dir():
        return (_repair_one(path),)
    files = [*sorted(path.glob("*.xdf")), *sorted(path.glob("*.mkv"))]
    if not files:
        raise RecordingError(f"There is no recording in {path}.")
    lines = []
    for file in files:
        try:
            lines.append(_repair_one(file))
        except RecordingError as error:
            lines.append(str(error))  # one that is lost keeps no other from its repair
    return tuple(lines)


def _repair_one(path: Path) -> str:
    return _repair_pictures(path) if path.suffix == ".mkv" else _told(repair(path))


def _repair_pictures(path: Path) -> str:
    """A video needs repair where it has no index: it was not closed."""
    from milmer_live.storage.session_video import is_closed, repair_video

    if is_closed(path):
        return f"{path}: whole."
    repaired = _unused(path, ".repaired")
    copied = repair_video(path, repaired)
    return f"{path}: {copied} frames, index added; the original is {_swap(path, repaired).name}."


def _told(report: Repair) -> str:
    samples = ", ".join(f"{one.name} {one.n_samples}" for one in report.streams) or "no stream"
    if report.backup is None:
        return f"{report.path}: whole ({samples})."
    lost = f"{report.dropped_bytes} bytes in {report.n_damaged} places were not whole"
    return f"{report.path}: {samples}; {lost}; the original is {report.backup.name}."


def _swap(path: Path, repaired: Path) -> Path:
    """The repaired file takes the original's place. Returns where the original is now."""
    backup = _unused(path, ".bak")
    path.rename(backup)
    repaired.rename(path)
    return backup


def _write_beside(path: Path, rescue: Rescue) -> Path:
    repaired = _unused(path, ".repaired")
    written = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    try:
        with repaired.open("xb") as file:
            for piece in rescue.pieces(written.isoformat(timespec="seconds")):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        repaired.unlink(missing_ok=True)
        raise RecordingError(
            f"The repaired copy of {path} cannot be written: {error.strerror}.",
            "It needs as much room as the original.",
        ) from error
    return repaired


def _unused(path: Path, suffix: str) -> Path:
    """`path` with `suffix`, and a number where that is taken: nothing is overwritten."""
    names = (f"{path.name}{suffix}{number or ''}" for number in count())
    return next(name for name in map(path.with_name, names) if not name.exists())
