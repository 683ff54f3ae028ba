"""Network cameras of all kinds on loopback: they play, stall, go and come back."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from camera_tools import SIZE, bar, bar_of, until_lost, watch
from film_files import film, sound, still
from live_streams import RTMPCamera, TCPCamera, UDPCamera
from rtsp_camera import RTSPCamera

from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.clock import now
from milmer_live.errors import SourceFormat, SourceNotFound

# Of nobody: made for this test, good for 127.0.0.1 alone.
CERTIFICATE = """
-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUU++uzKwe9TDQil/kpOxigt14x7QwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzIzNTEzOFoYDzIxMjYxMTAz
MjM1MTM4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASkAuR/RS8rXhzuF9DK7Y5J+ZcnhAGh/hFYAgSpkwVY1mEpmi6EsYZG
Li/Jx8XUWHTOKC/jfBu01d6b3fMj4gfUo1MwUTAdBgNVHQ4EFgQUeHOniWnU4Acm
SNnz4NerEEr38x8wHwYDVR0jBBgwFoAUeHOniWnU4AcmSNnz4NerEEr38x8wDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAl2y7a8Hv6dvSICfRMWu4
fdkKDQokp8gOwhwaTKWVam8CIQDZtkSXPb7eWD2JiuW30wOgVQLJP32SMSR2Pq7N
3v8e8A==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPNgFu08lFGaUJzg7
LLsTwXfTMIe+CqYmirHZ/TpuD0mhRANCAASkAuR/RS8rXhzuF9DK7Y5J+ZcnhAGh
/hFYAgSpkwVY1mEpmi6EsYZGLi/Jx8XUWHTOKC/jfBu01d6b3fMj4gfU
-----END PRIVATE KEY-----
"""


class SecretRTSP(RTSPCamera):
    """The same within TLS."""

    def __init__(self, certificate: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        super().__init__(bar, SIZE)

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, address = super().get_request()
        return self._context.wrap_socket(plain, server_side=True), address

    def url(self, password: str = "secret") -> str:
        return super().url(password).replace("rtsp:", "rtsps:")


class Served(ThreadingHTTPServer):
    """A web server for a folder. A context manager."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def __exit__(self, *why: object) -> None:
        self.shutdown()
        self.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Not on the terminal."""


@pytest.fixture
def places() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _udp(places: ExitStack, _folder: Path) -> tuple[str, str]:
    camera = UDPCamera()
    places.callback(camera.stop)
    return camera.url, f"udp://127.0.0.1:{camera.port}"


def _udp_for_all(places: ExitStack, folder: Path) -> tuple[str, str]:
    url, _ = _udp(places, folder)
    port = url.rpartition(":")[2]
    return f"udp://@:{port}", f"udp://:{port}"


def _tcp(places: ExitStack, _folder: Path) -> tuple[str, str]:
    camera = TCPCamera()
    places.callback(camera.stop)
    return camera.url, camera.url


def _rtmp(places: ExitStack, _folder: Path) -> tuple[str, str]:
    camera = RTMPCamera()
    places.callback(camera.stop)
    return camera.url, "rtmp://127.0.0.1/live/camera"


def _rtsps(places: ExitStack, folder: Path) -> tuple[str, str]:
    (folder / "both.pem").write_text(CERTIFICATE)
    camera = SecretRTSP(folder / "both.pem")
    places.callback(camera.stop)
    return camera.url(), "rtsps://127.0.0.1/live"


KINDS: dict[str, Callable[[ExitStack, Path], tuple[str, str]]] = {
    "MPEG-TS over UDP": _udp,
    "MPEG-TS over UDP, from anybody": _udp_for_all,
    "MPEG-TS over TCP": _tcp,
    "RTMP": _rtmp,
    "RTSP in TLS": _rtsps,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_pictures_of_a_network_camera_come_in_order(
    kind: str, places: ExitStack, tmp_path: Path
) -> None:
    url, name = KINDS[kind](places, tmp_path)
    source = CameraSource(url)
    places.callback(source.close)

    assert source.open() == f"{name}, 160 × 120"
    frames = watch(source, 30)

    assert len(frames) == 30
    assert {frame.image.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}
    assert (np.diff([frame.time for frame in frames]) > 0).all()
    bars, numbers = [bar_of(one) for one in frames], [one.index for one in frames]
    np.testing.assert_array_equal(np.diff(bars) % 40, np.diff(numbers))
    assert source.info is not None
    assert (source.info.width, source.info.height) == SIZE
    assert source.info.reader.startswith("PyAV ")


@pytest.mark.parametrize("make", [UDPCamera, TCPCamera, RTMPCamera])
def test_one_that_stalls_is_lost_and_comes_back(
    make: Callable[[], UDPCamera | TCPCamera], places: ExitStack
) -> None:
    camera = make()
    places.callback(camera.stop)
    source = CameraSource(camera.url)
    places.callback(source.close)
    source.open()
    last = watch(source, 3)[-1]

    camera.stream.stalled.set()
    stalled_at = now()
    until_lost(source)
    assert now() - stalled_at < 4.0
    source.close()

    camera.stream.stalled.clear()
    source.open()
    again = watch(source, 1)[0]
    assert again.index > last.index
    assert again.time > last.time


@pytest.mark.parametrize("scheme", ["http", "https", "rtsp", "rtsps", "rtmp", "tcp", "udp"])
def test_an_address_that_never_answers_holds_up_nobody(scheme: str, places: ExitStack) -> None:
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    silent = places.enter_context(socket.socket(socket.AF_INET, kind))
    silent.bind(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    if scheme == "udp":
        silent.close()
    else:
        silent.listen()
    began = now()

    with pytest.raises(SourceNotFound, match=r"gives no pictures|does not answer") as caught:
        CameraSource(f"{scheme}://me:secret@127.0.0.1:{port}/video").open()

    assert now() - began < 8.0
    assert "secret" not in str(caught.value)


def test_what_is_behind_an_address_is_told(places: ExitStack, tmp_path: Path) -> None:
    """A film on a web server is no camera, nor is sound."""
    url, _ = _rtsps(places, tmp_path)
    with pytest.raises(SourceNotFound, match=r"it refuses you\. Are the name and the password"):
        CameraSource(url.replace("secret", "guessed")).open()
    served = places.enter_context(Served(tmp_path))
    film(tmp_path / "a.mp4")
    sound(tmp_path)
    still(tmp_path)
    with pytest.raises(SourceFormat, match=r"a\.mp4 is a file, not a camera\. Download it"):
        CameraSource(f"{served.url}/a.mp4").open()
    with pytest.raises(SourceFormat, match=r"a\.wav sends no pictures\."):
        CameraSource(f"{served.url}/a.wav").open()
    with pytest.raises(SourceFormat, match=r"a\.png is a still picture\. Is the address that"):
        CameraSource(f"{served.url}/a.png").open()
    with pytest.raises(SourceNotFound, match=r"gives no pictures"):
        CameraSource(f"{served.url}/b.mp4").open()
