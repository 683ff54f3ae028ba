"""How long the disk of a recording will last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from milmer_live.catalogue import Code
from milmer_live.config import RecordingSettings
from milmer_live.messages import Message
from milmer_live.samples import EEGInfo

LOOK_EVERY_S = 1.0
RATE_AFTER_S = 5.0  # before that the rate of writing is not known
RATE_OVER_S = 60.0  # a camera that is added, or ends, tells within a minute
NEARLY_FULL_BYTES = 100e6  # above the reserve; a camera fills it in some minutes
# Measured on the noisy pictures of `bench recording`, 1280 x 720, with our encoders' settings.
BITS_A_PIXEL = {"h264": 0.6, "mjpeg": 0.16, "ffv1": 4.0}


class DiskWatch:
    """How much room is left, and for how long at the present rate."""

    def __init__(self, settings: RecordingSettings, free_bytes: Callable[[Path], int]) -> None:
        self.free: int | None = None
        self.minutes_left: float | None = None
        self.warning = ""
        self._reserve = settings.reserve_mb * 1e6
        self._warn_minutes = settings.warn_minutes
        self._free_bytes = free_bytes
        self._due = 0.0
        self._looks: deque[tuple[float, int]] = deque()  # when, and what had been written by then

    def begin(self, now: float) -> None:
        """A new file: its rate is measured anew."""
        self._looks = deque([(now, 0)])
        self._due = now
        self.minutes_left = None

    def is_due(self, now: float) -> bool:
        return now >= self._due

    def has_room(self, folder: Path) -> bool:
        return self._free_bytes(folder) > self._reserve

    def look(self, folder: Path, written: int, now: float) -> bool:
        """Whether there is more room than the reserve. Raises OSError where the disk is gone."""
        self._due = now + LOOK_EVERY_S
        self.free = self._free_bytes(folder)
        room = max(0.0, self.free - self._reserve)
        rate = self._rate(now, written)
        if rate is not None:
            self.minutes_left = room / rate / 60 if rate else None
        self.warning = self._warning(self.free - self._reserve)
        return self.free > self._reserve

    def _rate(self, now: float, written: int) -> float | None:
        """Bytes a second over the last minute; None while it is not known."""
        self._looks.append((now, written))
        while len(self._looks) > 2 and self._looks[1][0] <= now - RATE_OVER_S:
            self._looks.popleft()
        since, before = self._looks[0]
        return (written - before) / (now - since) if now - since >= RATE_AFTER_S else None

    def _warning(self, room: float) -> str:
        """By the room above the reserve at once, by the time that it lasts once that is known."""
        if self.minutes_left is not None and self.minutes_left < self._warn_minutes:
            return Message(Code.DISK_MINUTES, minutes=self.minutes_left)
        if room < NEARLY_FULL_BYTES:
            return Message(Code.DISK_MEGABYTES, mb=max(0.0, room) / 1e6)
        return ""


def expected_bytes_per_s(
    info: EEGInfo | None, picture: tuple[int, int], fps: float, codec: str
) -> float:
    """What a session will write, roughly, before it has begun: float32 samples with their
    stamps, and pictures of `picture` (width, height) pixels; (0, 0) where none are kept."""
    samples = info.sample_rate * (4 * info.n_channels + 9) if info is not None else 0.0
    return samples + picture[0] * picture[1] * fps * BITS_A_PIXEL[codec] / 8
