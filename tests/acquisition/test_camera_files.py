"""Video files of many kinds as cameras: their pictures are PyAV's, their times the file's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from camera_tools import SIZE, bar_of
from film_files import N, film, sound, still

from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.acquisition.registry import frame_source
from milmer_live.acquisition.source import notes_of
from milmer_live.clock import FakeClock
from milmer_live.config import CameraSettings
from milmer_live.errors import ConfigError, SourceFormat, SourceNotFound
from milmer_live.samples import FrameSample, UInt8


def judged(path: Path) -> tuple[list[UInt8], list[float]]:
    """PyAV's own pictures, and their times since the first one."""
    images, times = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            images.append(frame.to_ndarray(format="rgb24"))
            times.append(float(frame.pts * frame.time_base))
    return images, [time - times[0] for time in times]


def played(path: Path, count: int, settings: CameraSettings | None = None) -> list[FrameSample]:
    """`count` pictures of a file that is opened at 500 s."""
    source = CameraSource(str(path), settings, FakeClock(500.0))
    source.open()
    frames = [source.read(1.0) for _ in range(count)]
    source.close()
    assert None not in frames
    assert source.dropped == 0
    return [frame for frame in frames if frame is not None]


UNEVEN = [3000 * sum((1, 1, 4)[k % 3] for k in range(index)) for index in range(N)]
KINDS: dict[str, Callable[[Path], Path]] = {
    "H.264": lambda folder: film(folder / "a.mp4"),
    "B frames": lambda folder: film(folder / "a.mkv", options={"bf": "3"}),
    "HEVC, 10 bit": lambda folder: film(
        folder / "a.mp4", "libx265", "yuv420p10le", options={"x265-params": "log-level=none"}
    ),
    "VP9": lambda folder: film(folder / "a.webm", "libvpx-vp9", options={"deadline": "realtime"}),
    "AV1, 10 bit": lambda folder: film(
        folder / "a.mkv", "libsvtav1", "yuv420p10le", options={"preset": "12"}
    ),
    "ProRes": lambda folder: film(folder / "a.mov", "prores_ks", "yuv422p10le"),
    "lossless RGB": lambda folder: film(folder / "a.mkv", "ffv1", "bgr0"),
    "GIF": lambda folder: film(folder / "a.gif", "gif", "rgb8"),
    "MPEG-2, interlaced": lambda folder: film(
        folder / "a.ts", "mpeg2video", options={"flags": "+ildct+ilme"}
    ),
    "H.264, interlaced": lambda folder: film(
        folder / "a.mkv", options={"flags": "+ildct+ilme", "x264-params": "interlaced=1"}
    ),
    "120 a second": lambda folder: film(folder / "a.mp4", fps=120),
    "an hour late": lambda folder: film(
        folder / "a.ts", stamps=[3600 * (90_000 + index) for index in range(N)]
    ),
    "variable rate": lambda folder: film(folder / "a.mp4", stamps=UNEVEN),
    "variable rate, MKV": lambda folder: film(folder / "a.mkv", stamps=UNEVEN, options={"bf": "2"}),
    "fragments": lambda folder: film(
        folder / "a.mp4", file_options={"movflags": "frag_keyframe+empty_moov"}
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_pyavs_and_times_the_files(kind: str, tmp_path: Path) -> None:
    path = KINDS[kind](tmp_path)
    images, times = judged(path)
    assert len(images) == N

    frames = played(path, 2 * N)

    for number, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.image, images[number % N], f"{kind}, {number}")
    shown = np.array([frame.time - 500.0 for frame in frames])
    np.testing.assert_allclose(shown[:N], times, atol=1e-6)
    np.testing.assert_allclose(shown[N:] - shown[N], times, atol=1e-6)
    steps = np.diff(times)
    assert min(steps) - 1e-6 <= shown[N] - shown[N - 1] <= max(steps) + 1e-6, "no hole"


def test_bare_h264_has_the_rate_that_it_states(tmp_path: Path) -> None:
    path = tmp_path / "a.264"
    film(path)

    frames = played(path, 2 * N)

    assert [bar_of(frame) for frame in frames] == [number % N for number in range(2 * N)]
    np.testing.assert_allclose([frame.time - 500.0 for frame in frames], np.arange(2 * N) / 25)


def test_an_avi_with_b_frames_is_played_in_order(tmp_path: Path) -> None:
    frames = played(film(tmp_path / "a.avi", options={"bf": "2"}), 2 * N)

    assert [bar_of(frame) for frame in frames] == [number % N for number in range(2 * N)]
    np.testing.assert_allclose([frame.time - 500.0 for frame in frames], np.arange(2 * N) / 25)


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_a_phones_video_stands_upright(turn: int, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", turn=turn)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).rotation in (turn, turn - 360)
    upright = np.rot90(judged(path)[0][3], turn // 90)

    source = CameraSource(str(path), clock=FakeClock())
    height, width = upright.shape[:2]
    assert source.open() == f"a.mp4, {width} × {height}"
    np.testing.assert_array_equal(played(path, 4)[3].image, upright)


@pytest.mark.parametrize(
    ("matrix", "seen"),
    [
        ((-1, 0, 0, 1), lambda image: image[:, ::-1]),
        ((1, 0, 0, -1), lambda image: image[::-1]),
        ((0, 1, 1, 0), lambda image: image.swapaxes(0, 1)),
        ((0, -1, -1, 0), lambda image: image.swapaxes(0, 1)[::-1, ::-1]),
    ],
)
def test_a_selfie_that_was_stored_as_a_mirror_image_is_put_right(
    matrix: tuple[int, ...], seen: Callable[[UInt8], UInt8], tmp_path: Path
) -> None:
    a, b, c, d = (one << 16 for one in matrix)
    path = film(tmp_path / "a.mp4", matrix=[a, b, 0, c, d, 0, 0, 0, 1 << 30])

    np.testing.assert_array_equal(played(path, 4)[3].image, seen(judged(path)[0][3]))


def test_mirror_and_delay_are_applied_and_said(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    plain = played(path, 3)

    asked = CameraSettings(mirror=True, delay_s=0.08)
    source = CameraSource(str(path), asked, FakeClock(500.0))
    source.open()
    frames = [source.read(1.0) for _ in range(3)]

    for frame, before in zip(frames, plain, strict=True):
        assert frame is not None
        assert frame.time == pytest.approx(before.time - 0.08)
        np.testing.assert_array_equal(frame.image, before.image[:, ::-1])
        assert not frame.image.flags.writeable
    assert source.info is not None
    assert (source.info.width, source.info.height, source.info.rate) == (*SIZE, 25.0)
    assert (source.info.mirror, source.info.delay_s) == (True, 0.08)
    assert source.info.reader == f"PyAV {av.__version__}"
    said = "a.mp4, 160 × 120: its delay of 80 ms is taken from the time of each picture."
    assert notes_of(source) == (said,)
    source.open()
    assert notes_of(source) == (), "it is said once"


def test_files_are_found_by_home_and_by_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    film(tmp_path / "a film: 2.mp4", n=3)
    monkeypatch.chdir(tmp_path)
    for address in (
        "~/a film: 2.mp4",
        "a film: 2.mp4",
        "file:~/a film: 2.mp4",
        f"file:{tmp_path}/a film: 2.mp4",
        (tmp_path / "a film: 2.mp4").as_uri(),
    ):
        assert CameraSource(address, clock=FakeClock()).open() == "a film: 2.mp4, 160 × 120"


def _song_with_a_cover(folder: Path) -> Path:
    """MP3 whose tag (ID3v2.3) has a picture, which FFmpeg counts as a video of one frame."""
    picture = still(folder).read_bytes()
    body = b"\x00image/png\x00\x03\x00" + picture
    tag = b"APIC" + len(body).to_bytes(4, "big") + bytes(2) + body
    size = bytes(len(tag) >> shift & 127 for shift in (21, 14, 7, 0))
    with av.open(str(folder / "bare.mp3"), "w") as container:
        stream: Any = container.add_stream("libmp3lame", rate=44_100)
        sound = np.zeros((1, 44_100), dtype=np.int16)
        frame = av.AudioFrame.from_ndarray(sound, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 44_100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    path = folder / "song.mp3"
    path.write_bytes(b"ID3\x03\x00\x00" + size + tag + (folder / "bare.mp3").read_bytes())
    return path


def _cut(path: Path) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    return path


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "sound": (sound, r"a\.wav holds sound, but no pictures\. Choose a video file\."),
    "a song with a cover": (_song_with_a_cover, r"song\.mp3 holds sound, but no pictures\."),
    "a folder": (lambda folder: folder, r"is a folder\. Choose a video file\."),
    "a still picture": (still, r"a\.png is a still picture\. A camera needs moving pictures"),
    "a single frame": (lambda folder: film(folder / "a.mp4", n=1), "is a still picture"),
    "an empty file": (lambda folder: _written(folder / "a.mp4", b""), r"it is empty\. It may be"),
    "text": (
        lambda folder: _written(folder / "a.avi", b"no video " * 100),
        r"a\.avi cannot be read: Invalid data found when processing input\. It may be cut off",
    ),
    "notes": (
        lambda folder: _written(folder / "a.txt", b"no video\n" * 100),
        r"a\.txt holds no pictures\. Choose a video file\.",
    ),
    "MP4, cut": (lambda folder: _cut(film(folder / "a.mp4")), "cannot be read: Invalid data"),
    "MP4 for the web, cut": (
        lambda folder: _cut(film(folder / "a.mp4", file_options={"movflags": "faststart"})),
        r"cannot be read: it ends after \d+ frames, inside the recording\. .*copy it again",
    ),
    "MKV, cut": (
        lambda folder: _cut(film(folder / "a.mkv")),
        r"is cut off: of 1\.6 s there are [01]\.\d s\. It may be cut off; copy it again",
    ),
    "AVI, cut": (lambda folder: _cut(film(folder / "a.avi")), "it ends after"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_whole_video_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    make, said = REFUSED[kind]
    path = make(tmp_path)
    with pytest.raises(SourceFormat, match=said):
        CameraSource(str(path)).open()


def test_unknown_addresses_are_refused_before_anything_is_opened() -> None:
    with pytest.raises(ConfigError, match=r"begins with 'gopher:'\. There are: http, https, rtsp"):
        frame_source("camera:gopher://host/a")
    with pytest.raises(ConfigError, match=r"is not understood\. Write scheme://host:port/path"):
        frame_source("camera:http://[::1/a")


def test_missing_files_and_cameras_are_named(tmp_path: Path) -> None:
    for address, said in (
        (f"{tmp_path}/none.mp4", r"There is no video file .*none\.mp4\. Check the path\."),
        ("/dev/v4l/by-id/none", r"There is no camera /dev/v4l/by-id/none\. There is: .*plugged"),
    ):
        with pytest.raises(SourceNotFound, match=said):
            CameraSource(address).open()


def test_spoilt_pictures_of_a_file_are_dropped_and_the_rest_keeps_its_times(tmp_path: Path) -> None:
    path = film(tmp_path / "a.avi", "mjpeg", "yuvj420p")
    content = bytearray(path.read_bytes())
    place = content.find(b"00dc", len(content) // 2)
    size = int.from_bytes(content[place + 4 : place + 8], "little")
    content[place + 8 : place + 8 + size] = bytes(size)
    path.write_bytes(content)
    source = CameraSource(str(path), clock=FakeClock(500.0))
    source.open()

    frames = [source.read(1.0) for _ in range(N - 1)]

    assert source.dropped == 1
    for frame in frames:
        assert frame is not None
        assert bar_of(frame) == frame.index
        assert frame.time == pytest.approx(500 + frame.index / 25)


def test_a_file_that_is_played_too_slowly_goes_on_later_and_says_so(tmp_path: Path) -> None:
    clock = FakeClock(500.0)
    source = CameraSource(str(film(tmp_path / "a.mp4")), clock=clock)
    source.open()
    assert source.read(0.0) is not None

    clock.advance(30.0)
    late = source.read(0.0)

    assert late is not None
    assert late.time == 530.0
    assert bar_of(late) == 1
    (note,) = notes_of(source)
    assert note == "a.mp4 fell behind its own times: this machine was too slow."
