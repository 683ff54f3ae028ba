"""A real video file and a real MJPEG server on loopback as cameras, cut and restored."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from camera_tools import SIZE, bar, bar_of, until_lost, watch

from milmer_live.acquisition.camera.device import (
    CameraListing,
    list_cameras,
)
from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.clock import FakeClock, now
from milmer_live.config import CameraSettings
from milmer_live.errors import SourceLost, SourceNotFound
from milmer_live.samples import FrameSample


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """30 frames at 20 Hz."""
    path = tmp_path / "face.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, SIZE)
    for index in range(30):
        writer.write(cv2.cvtColor(bar(index), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def play(source: CameraSource, count: int) -> list[FrameSample]:
    """The next frames of a file, each of which comes in time."""
    frames = [source.read(1.0) for _ in range(count)]
    assert None not in frames
    return [frame for frame in frames if frame is not None]


class Server(ThreadingHTTPServer):
    """A network camera that sends 50 frames a second."""

    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.cut = threading.Event()
        self.stalled = threading.Event()
        self.damaged: set[int] = set()  # frames that end within their header
        self.sent: list[float] = []  # when each frame was
        self.url = f"http://user:secret@127.0.0.1:{self.server_address[1]}/video.mjpg"
        threading.Thread(target=self.serve_forever, args=(0.02,)).start()

    def stop(self) -> None:
        self.cut.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        index = 0
        while not self.server.cut.wait(0.02):
            if not self.server.stalled.is_set():
                self._send(index)
                index += 1

    def _send(self, index: int) -> None:
        picture = cv2.cvtColor(bar(index), cv2.COLOR_RGB2BGR)
        jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
        assert isinstance(self.server, Server)
        jpeg = jpeg[:50] if index in self.server.damaged else jpeg
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        self.server.sent.append(now())
        with contextlib.suppress(OSError):  # nobody looks any more
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, *_args: object) -> None:
        """Not on the terminal."""


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


def test_a_file_is_played_at_its_own_times(video: Path) -> None:
    clock = FakeClock(500.0)
    source = CameraSource(str(video), clock=clock)

    assert source.open() == "face.avi, 160 × 120"
    frames = play(source, 30)

    np.testing.assert_allclose(
        [frame.time for frame in frames], 500 + np.arange(30) / 20, atol=1e-3
    )
    assert [frame.index for frame in frames] == list(range(30))
    assert [bar_of(frame) for frame in frames] == list(range(30))
    assert clock.now() == pytest.approx(500 + 29 / 20, abs=1e-3)
    assert source.dropped == 0


def test_a_file_goes_on_from_its_beginning_without_a_hole(video: Path) -> None:
    source = CameraSource(str(video), clock=FakeClock(500.0))
    source.open()

    frames = play(source, 75)

    np.testing.assert_allclose(
        [frame.time for frame in frames], 500 + np.arange(75) / 20, atol=1e-3
    )
    assert [frame.index for frame in frames] == list(range(75))
    assert [bar_of(frame) for frame in frames] == [number % 30 for number in range(75)]


def test_frames_are_rgb_and_read_only_and_may_be_mirrored(video: Path) -> None:
    plain, mirrored = (
        CameraSource(str(video), CameraSettings(mirror=mirror), FakeClock()) for mirror in (0, 1)
    )
    plain.open()
    mirrored.open()

    frame, other = plain.read(1.0), mirrored.read(1.0)

    assert frame is not None
    assert other is not None
    np.testing.assert_allclose(frame.image[60, 150].astype(int), (20, 60, 120), atol=12)
    assert frame.image.shape == (120, 160, 3)
    assert not frame.image.flags.writeable
    np.testing.assert_array_equal(other.image, frame.image[:, ::-1])


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "uneven.mkv"
    stamps = np.cumsum([0, *np.tile([40, 40, 120], 5)])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "2"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = Fraction(1, 1000)
        for index, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(bar(index), format="rgb24")
            frame.pts, frame.time_base = int(stamp), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source = CameraSource(str(path), clock=FakeClock(0.0))
    source.open()

    frames = play(source, 16)

    np.testing.assert_allclose([frame.time for frame in frames], stamps / 1000, atol=2e-3)
    assert [bar_of(frame) for frame in frames] == list(range(16))


def test_a_frame_that_is_not_due_yet_is_none(video: Path) -> None:
    clock = FakeClock()
    source = CameraSource(str(video), clock=clock)
    source.open()
    assert source.read(0.0) is not None

    assert source.read(0.02) is None
    assert source.read(0.02) is None
    assert source.read(0.02) is not None


def test_frames_of_a_file_that_come_much_too_late_are_left_out_and_counted(video: Path) -> None:
    clock = FakeClock(0.0)
    source = CameraSource(str(video), clock=clock)
    source.open()
    assert source.read(0.0) is not None
    clock.advance(0.75)

    frame = source.read(0.0)

    assert frame is not None
    assert frame.index == 10
    assert frame.time == pytest.approx(0.5)
    assert source.dropped == 9


def test_a_file_starts_again_when_it_is_opened_again(video: Path) -> None:
    clock = FakeClock(0.0)
    source = CameraSource(str(video), clock=clock)
    source.open()
    play(source, 30)
    clock.advance(10)

    source.open()
    frame = source.read(1.0)

    assert frame is not None
    assert (bar_of(frame), frame.index) == (0, 30)
    assert frame.time == pytest.approx(11.45, abs=1e-2)


def test_a_network_camera_is_stamped_when_its_frames_are_grabbed(server: Server) -> None:
    source = CameraSource(server.url)

    name = source.open()
    frames = watch(source, 25)
    source.close()

    assert name == "http://127.0.0.1/video.mjpg, 160 × 120"  # and no password
    assert len(frames) == 25
    assert (np.diff([frame.time for frame in frames]) > 0).all()
    since_sent = [frame.time - server.sent[bar_of(frame)] for frame in frames]
    assert min(since_sent) >= 0
    assert max(since_sent) < 0.5
    bars = np.diff([bar_of(frame) for frame in frames])
    np.testing.assert_array_equal(bars, np.diff([frame.index for frame in frames]))


def test_a_slow_reader_gets_the_newest_frames_with_their_own_stamps(server: Server) -> None:
    source = CameraSource(server.url)
    source.open()
    first = watch(source, 1)[0]
    before, sent = source.dropped, len(server.sent)
    while len(server.sent) < sent + 25:  # looking away
        threading.Event().wait(0.02)

    assert source.waiting == 4
    frames = watch(source, 4)
    source.close()
    assert source.waiting == 0

    assert source.dropped - before >= 15
    assert frames[0].index - first.index >= 15
    assert (np.diff([frame.time for frame in frames]) > 0).all()
    assert frames[0].time < server.sent[-1]  # its own time, not that of being read


def test_a_network_camera_that_is_cut_is_lost_and_comes_back(server: Server) -> None:
    source = CameraSource(server.url)
    source.open()
    last = watch(source, 5)[-1]

    server.stop()
    error = until_lost(source)
    assert "gives no more pictures" in error.message
    assert "secret" not in str(error)
    with pytest.raises(SourceNotFound, match="gives no pictures"):
        source.open()

    restored = Server(server.server_address[1])
    try:
        source.open()
        again = watch(source, 1)[0]
    finally:
        source.close()
        restored.stop()
    assert again.index > last.index
    assert again.time > last.time


def test_pictures_that_end_within_their_header_are_dropped_frames_and_no_more(
    server: Server,
) -> None:
    damaged = {20, 30, 31}
    server.damaged = {index for index in range(60, 1000) if index % 40 in damaged}
    source = CameraSource(server.url)
    source.open()
    frames = watch(source, 1)
    while frames[-1].index < 160:
        frames += watch(source, 1)  # SourceLost, had the stream ended
    source.close()

    bars, numbers = ([one(frame) for frame in frames] for one in (bar_of, lambda f: f.index))
    np.testing.assert_array_equal(np.diff(bars) % 40, np.diff(numbers) % 40)
    assert damaged.isdisjoint(bars[-60:])
    assert source.dropped >= 6


def test_a_network_camera_that_stalls_is_lost(server: Server) -> None:
    source = CameraSource(server.url)
    source.open()
    watch(source, 3)
    began = now()

    server.stalled.set()
    until_lost(source)

    assert now() - began < 3.0
    source.close()
    source.close()
    with pytest.raises(SourceLost, match="not open"):
        source.read(0.0)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    text = tmp_path / "text.avi"
    text.write_text("no video " * 100)
    for address, complaint in (
        (str(tmp_path / "none.avi"), "There is no video file"),
        ("http://127.0.0.1:9/x.mjpg", "gives no pictures"),
        ("97", "no camera 97|camera 97 does not open"),
    ):
        with pytest.raises(SourceNotFound, match=complaint):
            CameraSource(address).open()


def test_cameras_are_listed_with_the_names_that_linux_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for node, name, index in (
        ("video10", "Studio Cam", 0),
        ("video0", "Integrated Camera", 0),
        ("video1", "Integrated Camera", 1),  # its metadata, no pictures
    ):
        folder = tmp_path / node
        folder.mkdir()
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
    (tmp_path / "video7").mkdir()  # just being unplugged
    monkeypatch.setattr("sys.platform", "linux")

    assert list_cameras(tmp_path) == (
        CameraListing(0, "Integrated Camera"),
        CameraListing(10, "Studio Cam"),
    )
    assert list_cameras(tmp_path)[1].spec == "camera:10"
    assert list_cameras(tmp_path / "nothing") == ()


def test_half_a_resolution_is_refused() -> None:
    with pytest.raises(ValueError, match="go together"):
        CameraSettings(width=640)
