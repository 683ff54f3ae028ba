"""Makes a recording whole again that a crash, a full disk or a bad disk has cut or damaged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np

from milmer_live.errors import RecordingError
from milmer_live.storage.session.card import (
    read_card,
    spare_headers,
)
from milmer_live.storage.session.lock import refuse_written
from milmer_live.storage.xdf.chunks import (
    MAGIC,
    Tag,
    chunk_bytes,
    file_header_chunk,
    stream_footer_chunk,
    stream_header_chunk,
)
from milmer_live.storage.xdf.packed import (
    is_packed,
    is_xdf,
    repacked,
)
from milmer_live.storage.xdf.samples import rewritten
from milmer_live.storage.xdf.scan import (
    Chunk,
    Scanner,
    open_scanner,
)
from milmer_live.system.private_files import open_private

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
    be done; `dropped_bytes` belonged to no whole chunk, in `n_damaged` places. `until` is when
    the last sample came, None without a card beside the file that tells the time; `notes` are
    sentences on what is odd."""

    path: Path
    streams: tuple[RescuedStream, ...]
    dropped_bytes: int
    n_damaged: int
    backup: Path | None = None
    size_bytes: int = 0
    length_s: float = 0.0
    until: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def lost_s(self) -> float:
        """Of signals, by the share of the file that was dropped."""
        return self.length_s * self.dropped_bytes / self.size_bytes if self.size_bytes else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: of `signals`, or of a video of `n_frames`; or the `problem` that
    stands in the way. `backup` is where the original is, None where it was whole."""

    path: Path
    signals: Repair | None = None
    n_frames: int | None = None
    backup: Path | None = None
    problem: str = ""


@dataclass(slots=True)
class _Tally:
    """What a stream's footer says."""

    n_samples: int = 0
    first_stamp: float | None = None
    last_stamp: float = 0.0
    offsets: list[tuple[float, float]] = field(default_factory=list)
    has_footer: bool = False

    @property
    def last_local(self) -> float:
        """The last stamp on the recorder's clock."""
        return self.last_stamp + (self.offsets[-1][1] if self.offsets else 0.0)

    @property
    def length_s(self) -> float:
        return self.last_stamp - self.first_stamp if self.first_stamp is not None else 0.0


class Rescue:
    """All that is whole in an XDF file: which bytes to keep, what to write differently so that
    other programs can read it, and the footers to add."""

    def __init__(self, scanner: Scanner) -> None:
        self.kept: list[tuple[int, int] | bytes] = []
        self.n_rewritten = 0
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
    def last(self) -> float:
        """When the last sample came, on the recorder's clock; 0 where there is none."""
        stamped = [one for one in self._tallies.values() if one.first_stamp is not None]
        return max((one.last_local for one in stamped), default=0.0)

    @property
    def length_s(self) -> float:
        """Of the longest stream."""
        return max((one.length_s for one in self._tallies.values()), default=0.0)

    @property
    def is_intact(self) -> bool:
        """Nothing is damaged, and each stream was closed with its footer."""
        closed = all(tally.has_footer for tally in self._tallies.values())
        whole = closed and not self.damage and not self.n_rewritten
        return self._file_header is not None and whole

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
        for kept in self.kept:
            if isinstance(kept, bytes):
                yield kept
                continue
            for begin in range(*kept, COPY_BYTES):
                yield self._scanner.data[begin : min(begin + COPY_BYTES, kept[1])]
        for number, one in self._tallies.items():
            yield stream_footer_chunk(
                number, one.first_stamp or 0.0, one.last_stamp, one.n_samples, one.offsets
            )

    def _take(self, chunk: Chunk) -> None:
        if chunk.is_of_stream:
            self._tallies.setdefault(chunk.stream, _Tally())
        if chunk.tag == Tag.FILE_HEADER:
            if self._scanner.is_document(chunk) and not chunk.is_mended:
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
        fresh = self._rewritten(chunk)
        if fresh is not None:
            self.n_rewritten += 1
            self.kept.append(fresh)
        elif self.kept and isinstance(last := self.kept[-1], tuple) and last[1] == chunk.start:
            self.kept[-1] = (last[0], chunk.stop)
        else:
            self.kept.append((chunk.start, chunk.stop))

    def _rewritten(self, chunk: Chunk) -> bytes | None:
        """A chunk as it should have been, where other programs could not read it."""
        header = self._scanner.headers.get(chunk.stream) if chunk.is_of_stream else None
        if chunk.tag == Tag.STREAM_HEADER and header is not None:
            odd = chunk.is_mended or header.needs_rewriting
            return stream_header_chunk(chunk.stream, header) if odd else None
        content = self._scanner.content(chunk)
        mended = content
        if chunk.tag == Tag.SAMPLES and header is not None:
            mended = rewritten(header, content)
        if not chunk.is_mended and mended == content:
            return None
        return chunk_bytes(chunk.tag, chunk.stream if chunk.is_of_stream else None, mended)


def repair(path: Path) -> Repair:
    """Keep every whole chunk of `path`, add footers, and put the original aside as `.bak`.

    Where a stream's header is damaged its copy in `session.json` takes its place.

    A file that is intact is left as it is. Raises RecordingError where nothing can be
    rescued, or where there is no room for a second copy; the original is then untouched.
    """
    with open_scanner(path, spare_headers(path)) as scanner:
        rescue = Rescue(scanner)
        if rescue.is_empty or (rescue.damage and not rescue.streams):
            said = " ".join((f"There is nothing to rescue in {path}.", *scanner.notes))
            raise RecordingError(said, "Is it an XDF file?")
        dropped = sum(stop - start for start, stop in rescue.damage)
        report = Repair(
            path,
            rescue.streams,
            dropped,
            len(rescue.damage),
            size_bytes=path.stat().st_size,
            length_s=rescue.length_s,
            until=_moment(path.parent, rescue.last),
            notes=scanner.notes,
        )
        if rescue.is_intact:
            return report
        repaired = _write_beside(path, rescue)
    return replace(report, backup=_swap(path, repaired))


def _moment(folder: Path, lsl_s: float) -> datetime | None:
    """The time of day at `lsl_s` on the clock of the session in `folder`."""
    try:
        card = read_card(folder)
    except RecordingError:
        return None
    return datetime.fromisoformat(card.started) + timedelta(seconds=lsl_s - card.started_lsl)


def repair_any(path: Path) -> tuple[str, ...]:
    """As `repair_each`, in one sentence for each file."""
    return tuple(_told(one) for one in repair_each(path))


def repair_each(path: Path) -> tuple[Outcome, ...]:
    """Repair a file of signals or of pictures, or all of a session's folder. Raises
    RecordingError where there is nothing to repair, or the session is being recorded."""
    refuse_written([path if path.is_dir() else path.parent], "repaired")
    if not path.is_dir():
        return (_repair_one(path),)
    files = [*sorted(filter(is_xdf, path.iterdir())), *sorted(path.glob("*.mkv"))]
    if not files:
        raise RecordingError(f"There is no recording in {path}.")
    outcomes = []
    for file in files:
        try:
            outcomes.append(_repair_one(file))
        except RecordingError as error:  # one that is lost keeps no other from its repair
            outcomes.append(Outcome(file, problem=str(error)))
    return tuple(outcomes)


def _repair_one(path: Path) -> Outcome:
    if path.suffix == ".mkv":
        return _repair_pictures(path)
    report = repair(path)
    return Outcome(path, report, backup=report.backup)


def _repair_pictures(path: Path) -> Outcome:
    """A video needs repair where it has no index: it was not closed."""
    from milmer_live.storage.session.video import (
        is_closed,
        repair_video,
    )

    if is_closed(path):
        return Outcome(path)
    repaired = _unused(path, ".repaired")
    copied = repair_video(path, repaired)
    return Outcome(path, n_frames=copied, backup=_swap(path, repaired))


def _told(one: Outcome) -> str:
    if one.problem:
        return one.problem
    if one.backup is None:
        counts = f" ({_counts(one.signals)})" if one.signals else ""
        return " ".join((f"{one.path}: whole{counts}.", *_notes(one)))
    if one.signals is None:
        found = f"{one.n_frames} frames, index added"
    else:
        found = f"{_counts(one.signals)}; {_loss(one.signals)}"
    return " ".join((f"{one.path}: {found}; the original is {one.backup.name}.", *_notes(one)))


def _notes(one: Outcome) -> tuple[str, ...]:
    return one.signals.notes if one.signals is not None else ()


def _counts(report: Repair) -> str:
    return ", ".join(f"{one.name} {one.n_samples}" for one in report.streams) or "no stream"


def _loss(report: Repair) -> str:
    if not report.dropped_bytes:
        return "nothing that was written is lost"
    amount = f"{report.dropped_bytes} bytes, about {report.lost_s:.1f} s"
    return f"{amount}, were damaged and are lost"


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
        with path.open("rb") as original:
            packed = is_packed(original)
        with open_private(repaired, "xb") as file:
            with repacked(file, packed=packed) as content:
                for piece in rescue.pieces(written.isoformat(timespec="seconds")):
                    content.write(piece)
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
