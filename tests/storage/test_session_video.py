"""The video of a session: each frame at its time, readable wherever it was cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from disk import full_after

from milmer_live.errors import RecordingError, StorageLost
from milmer_live.samples import UInt8
from milmer_live.storage.session.video import (
    Codec,
    SessionVideo,
    repair_video,
)
from milmer_live.storage.video import VideoFrames

SIZE = (160, 120)
# A camera at 25 Hz that holds back now and then.
TIMES = 500.0 + np.cumsum(np.tile([0.04, 0.04, 0.12], 20))


def bar(index: int, size: tuple[int, int] = SIZE) -> UInt8:
    """A frame whose bright bar says which one it is."""
    image = np.full((size[1], size[0], 3), (20, 60, 120), dtype=np.uint8)
    image[:, 4 * (index % 40) : 4 * (index % 40) + 4] = (250, 180, 40)
    return image


def bar_of(image: UInt8) -> int:
    return int(np.argmax(image[:, :, 0].mean(axis=0)) // 4)


def write(path: Path, codec: Codec = "h264") -> Path:
    video = SessionVideo(path, codec, SIZE, start=500.0)
    for index, time in enumerate(TIMES):
        assert video.write(bar(index), time) == index
    path.with_suffix(".unclosed").write_bytes(path.read_bytes())
    video.close()
    return path


@pytest.mark.parametrize("codec", ["h264", "ffv1", "mjpeg"])
def test_each_frame_has_its_own_time(tmp_path: Path, codec: Codec) -> None:
    series = VideoFrames(write(tmp_path / "face.mkv", codec), offset_s=500.0)

    np.testing.assert_allclose(series.times, TIMES, atol=0.6e-3)
    assert [bar_of(frame.image) for frame in series.frames()] == [i % 40 for i in range(60)]


def test_ffv1_keeps_every_bit(tmp_path: Path) -> None:
    frames = VideoFrames(write(tmp_path / "face.mkv", "ffv1")).frames()

    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.image, bar(index))


@pytest.mark.parametrize("codec", ["h264", "mjpeg"])
def test_colours_survive(tmp_path: Path, codec: Codec) -> None:
    frame = next(VideoFrames(write(tmp_path / "face.mkv", codec)).frames(start=1))

    np.testing.assert_allclose(frame.image[60, 150].astype(int), (20, 60, 120), atol=8)


@pytest.mark.parametrize("codec", ["h264", "mjpeg"])
def test_an_odd_size_gets_a_row_and_a_column_more(tmp_path: Path, codec: Codec) -> None:
    video = SessionVideo(tmp_path / "face.mkv", codec, (161, 121), start=0.0)
    for index in range(5):
        video.write(bar(index, (161, 121)), index / 25)
    video.close()

    images = [frame.image for frame in VideoFrames(tmp_path / "face.mkv").frames()]

    assert [image.shape for image in images] == [(122, 162, 3)] * 5
    assert [bar_of(image) for image in images] == list(range(5))


def test_a_video_that_was_not_closed_is_readable_up_to_the_last_second(tmp_path: Path) -> None:
    path = write(tmp_path / "face.mkv").with_suffix(".unclosed")

    series = VideoFrames(path, offset_s=500.0)

    assert series.times[-1] > TIMES[-1] - 1.0
    assert [bar_of(frame.image) for frame in series.frames()] == [
        index % 40 for index in range(len(series))
    ]


def test_a_video_cut_anywhere_keeps_the_frames_before(tmp_path: Path) -> None:
    whole = write(tmp_path / "face.mkv").read_bytes()
    for share in np.linspace(0.2, 0.99, 15):
        cut, repaired = tmp_path / f"cut{share}.mkv", tmp_path / f"repaired{share}.mkv"
        cut.write_bytes(whole[: int(share * len(whole))])

        n_frames = len(VideoFrames(cut))

        assert n_frames >= share * 60 - 12
        assert repair_video(cut, repaired) == n_frames
        assert len(list(VideoFrames(repaired).frames())) == n_frames


def test_a_video_without_a_frame_cannot_be_rescued(tmp_path: Path) -> None:
    (tmp_path / "none.mkv").write_bytes(b"no video")

    with pytest.raises(RecordingError, match=r"none\.mkv"):
        repair_video(tmp_path / "none.mkv", tmp_path / "repaired.mkv")

    assert not (tmp_path / "repaired.mkv").exists()


def test_a_full_disk_is_named_and_what_was_written_stays_readable(tmp_path: Path) -> None:
    video = SessionVideo(tmp_path / "face.mkv", "mjpeg", SIZE, start=0.0)

    def film() -> None:
        for index in range(1000):
            video.write(bar(index), index / 25)

    with full_after(60_000):
        with pytest.raises(StorageLost, match=r"face\.mkv cannot be written: File too large"):
            film()
        with pytest.raises(StorageLost):
            video.close()

    assert (tmp_path / "face.mkv").stat().st_size == 60_000
    assert len(VideoFrames(tmp_path / "face.mkv")) > 10


def test_nothing_is_overwritten_and_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.mkv").write_text("mine")
    with pytest.raises(RecordingError, match="exists"):
        SessionVideo(tmp_path / "mine.mkv", "h264", SIZE, start=0.0)
    with pytest.raises(StorageLost):
        SessionVideo(tmp_path / "nowhere" / "a.mkv", "h264", SIZE, start=0.0)
    video = SessionVideo(tmp_path / "a.mkv", "h264", SIZE, start=0.0)
    with pytest.raises(RecordingError, match="does not fit"):
        video.write(bar(0, (80, 60)), 0.0)
    video.close()
