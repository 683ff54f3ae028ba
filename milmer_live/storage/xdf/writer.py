"""Writes XDF files that survive: a chunk is one write, and it is whole or not there."""

from __future__ import annotations

import os
import shutil
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from milmer_live.errors import RecordingError, StorageLost
from milmer_live.samples import Float64
from milmer_live.storage.session.balance import Written
from milmer_live.storage.xdf import chunks as xdf_chunks
from milmer_live.storage.xdf.chunks import (
    MAGIC,
    Strings,
)
from milmer_live.storage.xdf.header import StreamHeader
from milmer_live.system.private_files import open_private

OFFSET_EVERY_S = 5.0  # as LabRecorder does
# For a stream whose clock is compared with the first samples' arrival: the offset is right from
# its second chunk on. So that no wrong one stands first, it is written then, or after this time:
# on a busy machine the comparison itself may have to wait for seconds.
SETTLE_S = 15.0
BOUNDARY_EVERY_S = 10.0
LEAP_S = 1.0  # between two offsets: another clock, not drift; pyxdf draws the line there too
SYNC_EVERY_S = 3.0  # what a power cut can cost; a killed program loses nothing that was written


@dataclass(slots=True)
class _Stream:
    """What the footer needs, and the offset that the next ClockOffset will say."""

    header: StreamHeader
    offset_s: float
    offset_due: float
    n_samples: int = 0
    first_stamp: float = 0.0
    last_stamp: float = 0.0
    stamps_crc: int = 0
    values_crc: int = 0
    offsets: list[tuple[float, float]] = field(default_factory=list)


class XDFWriter:
    """One XDF file. Not for several threads at once.

    Nothing is buffered here: each chunk goes to the system in one write, so that a killed
    program loses none that was written. A write that fails half-way is taken back, so that
    the file ends with a whole chunk. Times (`now`) are seconds on the recorder's clock.
    Raises StorageLost where the file takes no more, RecordingError for what does not fit its
    stream; an existing file is never touched.
    """

    def __init__(self, path: Path, now: float) -> None:
        self.path = path
        self.size = 0
        self._streams: dict[int, _Stream] = {}
        self._boundary_due = now + BOUNDARY_EVERY_S
        self._sync_due = now + SYNC_EVERY_S
        try:
            self._file = open_private(path, "x+b", buffering=0)
        except FileExistsError as error:
            raise RecordingError(f"{path} exists already; nothing is overwritten.") from error
        except OSError as error:
            raise _failed(path, error) from error
        created = datetime.now().astimezone().isoformat(timespec="seconds")
        try:
            self._write(MAGIC + xdf_chunks.file_header_chunk(created))
        except StorageLost:
            self._file.close()
            raise

    def add_stream(
        self, header: StreamHeader, now: float, offset_s: float = 0.0, *, settles: bool = False
    ) -> int:
        """Begin a stream, at any time, and return its number.

        `offset_s` is what must be added to its stamps to get the recorder's clock. With
        `settles` it is written with the second chunk of samples, or after 15 s.
        """
        number = len(self._streams) + 1
        self._write(xdf_chunks.stream_header_chunk(number, header))
        self._streams[number] = _Stream(header, offset_s, now + SETTLE_S * settles)
        if not settles:
            self._write_offset(number, now)
        return number

    def set_offset(self, stream: int, offset_s: float, now: float) -> None:
        """The newest measurement of the offset of a stream's clock.

        A leap (the sender was restarted) is written at once, so that readers see where; so is
        the first one, once there are samples.
        """
        state = self._streams[stream]
        leap = abs(offset_s - state.offset_s) > LEAP_S
        state.offset_s = offset_s
        if (state.n_samples and not state.offsets) or (leap and state.offsets):
            self._write_offset(stream, now)

    def write(self, stream: int, stamps: Float64, values: NDArray[Any] | Strings) -> None:
        """Samples in one chunk: `stamps` (n_samples,) on the sender's clock, `values`
        (n_samples, n_channels) in the stream's format."""
        if not len(stamps):
            return
        state = self._streams[stream]
        self._write(xdf_chunks.samples_chunk(stream, state.header, stamps, values))
        if not state.n_samples:
            state.first_stamp = float(stamps[0])
        state.last_stamp = float(stamps[-1])
        state.n_samples += len(stamps)
        state.stamps_crc = zlib.crc32(xdf_chunks.stamp_bytes(stamps), state.stamps_crc)
        state.values_crc = zlib.crc32(xdf_chunks.value_bytes(values), state.values_crc)

    def written(self) -> dict[int, Written]:
        """What was written to each stream, for whoever reads it back."""
        return {number: _written(state) for number, state in self._streams.items()}

    def tick(self, now: float) -> bool:
        """Write the clock offsets and the boundary that are due. Every 3 s all goes to the
        disk; then the answer is True."""
        for number, state in self._streams.items():
            if now >= state.offset_due:
                self._write_offset(number, now)
        if now >= self._boundary_due:
            self._boundary_due = now + BOUNDARY_EVERY_S
            self._write(xdf_chunks.boundary_chunk())
        if now < self._sync_due:
            return False
        self._sync_due = now + SYNC_EVERY_S
        self.sync()
        return True

    def n_samples(self, stream: int) -> int:
        return self._streams[stream].n_samples

    def sync(self) -> None:
        """Have the system put on the disk what it holds."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _failed(self.path, error) from error

    def is_gone(self) -> bool:
        """Whether the file was deleted, moved or replaced, or its disk taken away."""
        try:
            return not os.path.samestat(self.path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return True

    def copy_to(self, path: Path) -> None:
        """All that was written, read from the open file: its name may be gone already."""
        try:
            with open_private(path, "xb") as copy:
                self._file.seek(0)
                shutil.copyfileobj(self._file, copy)
        except OSError as error:
            raise _failed(path, error) from error
        finally:
            self._file.seek(self.size)

    def close(self) -> None:
        """Write the footers and close. Raises StorageLost, but the file is closed."""
        if self._file.closed:
            return
        try:
            for number, one in self._streams.items():
                if not one.offsets:
                    self._write_offset(number, one.offset_due)
                self._write(_footer(number, one))
            self.sync()
        finally:
            self._file.close()

    def _write_offset(self, number: int, now: float) -> None:
        state = self._streams[number]
        measured = (now - state.offset_s, state.offset_s)
        self._write(xdf_chunks.clock_offset_chunk(number, *measured))
        state.offsets.append(measured)
        state.offset_due = now + OFFSET_EVERY_S

    def _write(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        try:
            while rest:  # a nearly full disk takes a part first and refuses the next
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._take_back()
            raise _failed(self.path, error) from error
        self.size += len(chunk)

    def _take_back(self) -> None:
        try:
            self._file.truncate(self.size)
            self._file.seek(self.size)
        except OSError:
            # The disk is gone as well; `repair` cuts the torn chunk off.
            return


def _written(one: _Stream) -> Written:
    return Written(
        name=one.header.name,
        samples=one.n_samples,
        first_stamp=one.first_stamp if one.n_samples else None,
        last_stamp=one.last_stamp if one.n_samples else None,
        stamps_crc=one.stamps_crc,
        values_crc=one.values_crc,
    )


def _footer(number: int, one: _Stream) -> bytes:
    return xdf_chunks.stream_footer_chunk(
        number, one.first_stamp, one.last_stamp, one.n_samples, one.offsets
    )


def _failed(path: Path, error: OSError) -> StorageLost:
    return StorageLost(
        f"{path} cannot be written: {error.strerror}.",
        "Is there room on the disk, and is it still connected?",
    )
