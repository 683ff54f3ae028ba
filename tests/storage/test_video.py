"""Video files: what is written is read, frame by frame and at its own time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from milmer_live.errors import ConfigError, DatasetError, RecordingError
from milmer_live.samples import FrameSeries, UInt8
from milmer_live.storage.video import VideoFrames, VideoWriter

SIZE = (160, 120)


def bar(index: int) -> UInt8:
    """A frame whose bright bar says which one it is."""
    image = np.full((SIZE[1], SIZE[0], 3), (20, 60, 120), dtype=np.uint8)
    image[:, 4 * index : 4 * index + 4] = (250, 180, 40)
    return image


def bar_of(image: UInt8) -> int:
    return int(np.argmax(image[:, :, 0].mean(axis=0)) // 4)


def write(path: Path, count: int, fps: float = 25.0) -> Path:
    with VideoWriter(path, fps, SIZE) as writer:
        for index in range(count):
            writer.write(bar(index))
    return path


@pytest.mark.parametrize("fps", [10.0, 25.0, 29.97])
def test_frames_come_back_in_order_and_at_their_times(tmp_path: Path, fps: float) -> None:
    series: FrameSeries = VideoFrames(write(tmp_path / "a.avi", 30, fps), offset_s=3.0)

    frames = list(series.frames())

    assert len(series) == 30
    np.testing.assert_allclose(series.times, 3.0 + np.arange(30) / fps, atol=1e-4)
    assert [frame.time for frame in frames] == series.times.tolist()
    assert [frame.index for frame in frames] == list(range(30))
    assert [bar_of(frame.image) for frame in frames] == list(range(30))
    assert frames[0].image.shape == (120, 160, 3)
    assert not frames[0].image.flags.writeable


def test_colours_survive_and_are_rgb(tmp_path: Path) -> None:
    series = VideoFrames(write(tmp_path / "a.avi", 3))

    pixel = next(series.frames()).image[60, 150].astype(int)

    np.testing.assert_allclose(pixel, (20, 60, 120), atol=8)


def test_reading_can_start_in_the_middle(tmp_path: Path) -> None:
    series = VideoFrames(write(tmp_path / "a.avi", 30))

    frames = list(series.frames(start=27))

    assert [frame.index for frame in frames] == [27, 28, 29]
    assert [bar_of(frame.image) for frame in frames] == [27, 28, 29]


def test_a_video_with_b_frames_and_uneven_times_keeps_both(tmp_path: Path) -> None:
    """As recorders write them: Matroska, own time for each frame, coded out of order."""
    path = tmp_path / "a.mkv"
    stamps = np.cumsum(np.tile([40, 40, 120], 10))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "3"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.time_base = Fraction(1, 1000)
        for index, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(bar(index), format="rgb24")
            frame.pts, frame.time_base = int(stamp), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    series = VideoFrames(path)

    np.testing.assert_allclose(series.times, stamps / 1000, atol=1e-9)
    assert [bar_of(frame.image) for frame in series.frames()] == list(range(30))


def test_an_avi_with_b_frames_is_shown_in_order(tmp_path: Path) -> None:
    """DEAP's own videos are H.264 in AVI, which keeps no presentation times."""
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=50, options={"bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for index in range(30):
            frame = av.VideoFrame.from_ndarray(bar(index), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 50)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    series = VideoFrames(path)

    np.testing.assert_allclose(series.times, np.arange(30) / 50, atol=1e-9)
    frames = list(series.frames())
    assert [bar_of(frame.image) for frame in frames] == list(range(30))
    assert [frame.index for frame in frames] == list(range(30))


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    first = write(tmp_path / "a.avi", 20).read_bytes()

    assert write(tmp_path / "b.avi", 20).read_bytes() == first


def test_a_missing_an_empty_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.avi", tmp_path / "text.avi"
    empty.touch()
    text.write_text("no video " * 100)
    frameless = write(tmp_path / "frameless.avi", 0)

    for path in (tmp_path / "missing.avi", empty, text, frameless):
        with pytest.raises(DatasetError, match=path.name):
            VideoFrames(path)


@pytest.mark.parametrize("lost_bytes", [700, 1000, 1500, 2000, 5000])
def test_a_video_that_was_cut_off_is_refused(tmp_path: Path, lost_bytes: int) -> None:
    path = write(tmp_path / "a.avi", 30)
    path.write_bytes(path.read_bytes()[:-lost_bytes])

    with pytest.raises(DatasetError, match=r"a\.avi cannot be read"):
        VideoFrames(path)


def test_a_video_with_spoilt_frames_says_so_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", 30)
    content = bytearray(path.read_bytes())
    content[6000:8000] = bytes(2000)
    path.write_bytes(content)

    with pytest.raises(DatasetError, match=r"a\.avi cannot be read"):
        list(VideoFrames(path).frames())


def test_impossible_videos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="frames a second"):
        VideoWriter(tmp_path / "a.avi", -3, SIZE)
    with pytest.raises(ConfigError, match="even"):
        VideoWriter(tmp_path / "a.avi", 25, (161, 120))
    with pytest.raises(RecordingError, match="cannot be written"):
        write(tmp_path / "missing" / "a.avi", 1)
    writer = VideoWriter(tmp_path / "a.avi", 25, SIZE)
    with writer, pytest.raises(RecordingError, match="does not fit"):
        writer.write(np.zeros((10, 10, 3), dtype=np.uint8))
