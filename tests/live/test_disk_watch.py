"""How long the disk will last, by what is written now."""

from __future__ import annotations

from pathlib import Path

import pytest

from milmer_live.config import RecordingSettings
from milmer_live.live.recording.disk_watch import DiskWatch

GB = 1_000_000_000


def test_the_time_left_follows_what_is_written_now(tmp_path: Path) -> None:
    settings = RecordingSettings()
    watch = DiskWatch(settings, lambda _folder: 6 * GB + round(1e6 * settings.reserve_mb))
    watch.begin(0.0)
    written, slow, fast = 0, 1_000_000, 10_000_000  # bytes a second: EEG, then video too

    def write(seconds: int, start: int, rate: int) -> None:
        nonlocal written
        for second in range(start + 1, start + seconds + 1):
            written += rate
            watch.look(tmp_path, written, float(second))

    write(3, 0, slow)
    assert watch.minutes_left is None, "not known yet"
    write(3600, 3, slow)
    assert watch.minutes_left == pytest.approx(100)
    write(61, 3603, fast)
    assert watch.minutes_left == pytest.approx(10)
    write(61, 3664, 0)
    assert watch.minutes_left is None, "nothing is written: it lasts for ever"
