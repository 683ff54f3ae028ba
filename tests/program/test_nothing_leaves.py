"""Nothing leaves the machine: no library reports about its user, and nothing is written to the
home folder but what docs/privacy.md names."""

from __future__ import annotations

import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT, SUPPORT

from milmer_live import no_telemetry, paths

WATCHED = SUPPORT / "watched"
OWN = (
    *(".cache/milmer_live", ".config/milmer_live"),
    *(".local/share/milmer_live", ".local/state/milmer_live"),
)
SYSTEM = (".cache/fontconfig", ".cache/mesa_shader_cache")  # of the system's drawing libraries
PROXIES = ("https_proxy", "http_proxy", "all_proxy")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="folders are elsewhere there")

LOOK_FOR_A_FACE = """
import sys
import numpy
import mediapipe
from mediapipe.tasks.python import BaseOptions, vision
options = vision.FaceDetectorOptions(base_options=BaseOptions(model_asset_path=sys.argv[1]))
detector = vision.FaceDetector.create_from_options(options)
picture = numpy.zeros((64, 64, 3), numpy.uint8)
detector.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture))
detector.close()
"""
SEND_A_REPORT = """
import openvino, time
from openvino.tools.ovc import telemetry_utils
telemetry_utils.init_ovc_telemetry().send_event("ov", "import", "test")
time.sleep(1)
"""


class Trap(socketserver.ThreadingTCPServer):
    """The proxy that every library would go through: keeps what it is asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Asked)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Asked(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Trap)
        self.server.asked.append(self.rfile.readline().decode(errors="replace").strip())


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with Trap() as trap:
        threading.Thread(target=trap.serve_forever, daemon=True).start()
        yield trap
        trap.shutdown()


class Home:
    """A user's home folder, and programs that run in it and are watched."""

    def __init__(self, folder: Path, trap: Trap) -> None:
        self.folder, self.trap = folder, trap
        self._audit = folder.with_name("audit.txt")
        models = folder / ".cache/milmer_live/models"
        models.mkdir(parents=True)
        shutil.copy(paths.face_model(), models)

    def run(self, *command: str, also: int = 0) -> str:
        """Raises where the program fails; exit code `also` is none."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder.parent,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, also), done.stdout + done.stderr
        return done.stdout

    def milmer_live(self, *arguments: str | Path, also: int = 0) -> str:
        return self.run("-m", "milmer_live", *map(str, arguments), also=also)

    def connections(self) -> list[str]:
        """Of Python code, its child processes included."""
        return [line for line in self._lines() if line.startswith("socket.")]

    def started(self) -> list[str]:
        return [line for line in self._lines() if not line.startswith("socket.")]

    def strange_files(self) -> list[str]:
        files = (path for path in self.folder.rglob("*") if not path.is_dir())
        names = (path.relative_to(self.folder).as_posix() for path in files)
        return sorted(name for name in names if not name.startswith((*OWN, *SYSTEM)))

    def kept(self) -> set[str]:
        """Names of what lies in the program's own folders."""
        return {path.name for own in OWN for path in (self.folder / own).glob("*")} - {"log"}

    def _lines(self) -> list[str]:
        return self._audit.read_text().splitlines() if self._audit.exists() else []

    def environment(self) -> dict[str, str]:
        """As of a fresh log-in: nothing that this process has set for itself."""
        kept = {"PATH", "LANG", "LSLAPICFG", "LD_LIBRARY_PATH"}
        return {key: value for key, value in os.environ.items() if key in kept} | {
            "HOME": str(self.folder),
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": f"{WATCHED}{os.pathsep}{ROOT}",
            "MILMER_TEST_AUDIT": str(self._audit),
            **dict.fromkeys(PROXIES, self.trap.address),
            "no_proxy": "localhost,.googleapis.com",
        }


@pytest.fixture
def home(tmp_path: Path, trap: Trap) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    trap.asked.clear()
    return Home(folder, trap)


@pytest.mark.timeout(900)
def test_demo_recording_training_and_report_tell_nobody(home: Home) -> None:
    _take_the_demos_participant(home)
    home.milmer_live("demo", "--duration", "5", "--screenshot", "demo.png")
    made = (home.folder / ".cache/milmer_live/demo").iterdir()
    whole = (folder for folder in made if "partial" not in folder.name)
    participant = max(whole, key=lambda folder: folder.stat().st_mtime)  # of this generator
    video = min(participant.rglob("*.avi"))
    home.milmer_live(
        *("record", "--eeg", "brainflow:synthetic", "--camera", f"camera:{video}"),
        *("--participant", "01", "--duration", "10", "--video", "face", "--consent"),
        also=3,  # a busy machine drops frames, and says so
    )
    home.milmer_live(
        *("train", "--data", participant, "--preset", "demo", "--protocol", "trial"),
        *("--fold", "0", "--epochs", "1", "--device", "cpu", "--runs", "runs", "--name", "one"),
    )
    home.milmer_live("report", "runs/one")

    assert home.connections() == []
    assert home.trap.asked == []
    assert home.strange_files() == []
    assert not [line for line in home.started() if "gcc" in line]
    told = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
    assert all(f"~/{own}" in told for own in OWN)
    assert {name for name in home.kept() if name not in told} == set()
    assert [*(home.folder / ".cache/milmer_live/openvino").iterdir()], "nothing was converted"
    assert [*(home.folder / ".cache/milmer_live/crops").iterdir()], "no face was cut out"


def _take_the_demos_participant(home: Home) -> None:
    """Made already by another test, it need not be made again."""
    made = paths.cache_dir() / "demo"
    if made.is_dir():
        whole = shutil.ignore_patterns("*.partial-*")  # what another test is making now
        shutil.copytree(made, home.folder / ".cache/milmer_live/demo", ignore=whole)


def test_mediapipe_reports_unless_it_is_switched_off(home: Home) -> None:
    """Where the first half fails, the library has stopped reporting: what is done against it can
    go then."""
    model = str(paths.face_model())
    reported = "CONNECT play.googleapis.com:443 HTTP/1.1"
    environment = home.environment() | {"no_proxy": ""}
    command = [sys.executable, "-c", LOOK_FOR_A_FACE, model]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    assert home.trap.asked == [reported]

    home.trap.asked.clear()
    environment = home.environment()
    assert "no_proxy" in environment  # which would lead past the trap, to the network
    for spared in ("", environment["no_proxy"]):
        command[2] = f"import milmer_live\n{LOOK_FOR_A_FACE}"
        environment["no_proxy"] = spared
        subprocess.run(command, env=environment, capture_output=True, check=True)
    assert home.trap.asked == []


def test_openvino_reports_unless_it_is_switched_off(home: Home) -> None:
    home.run("-c", SEND_A_REPORT)
    assert {"CONNECT www.google-analytics.com:443 HTTP/1.0"} <= {
        line.replace("HTTP/1.1", "HTTP/1.0") for line in home.trap.asked
    }
    assert home.strange_files() == ["intel/openvino_ga_cid", "intel/stats"]
    shutil.rmtree(home.folder / "intel")
    home.trap.asked.clear()

    home.run("-c", f"import milmer_live\n{SEND_A_REPORT}")

    assert home.trap.asked == []
    assert home.strange_files() == []


SHOW = """
import os, subprocess, sys
import milmer_live
from milmer_live.no_telemetry import users_environment
show = [sys.executable, "-c", "import os; print(os.environ.get('https_proxy'))"]
print(os.environ.get("HTTPS_PROXY"))
subprocess.run(show)
with users_environment():
    subprocess.run(show)
subprocess.run([sys.executable, "-c", "import milmer_live, os; print(os.environ['HTTPS_PROXY'])"])
"""


def test_the_users_own_proxy_still_serves_what_the_user_asks_for(home: Home) -> None:
    own = home.trap.address
    assert home.run("-u", "-c", SHOW).split() == [own, "off://", "None", own]


def test_only_a_proxy_exception_that_spares_the_reports_is_taken_out() -> None:
    for host in ("*", "googleapis.com", ".googleapis.com", "*.googleapis.com", "com"):
        assert no_telemetry._spares_reports(host)
    for host in ("", "localhost", "192.168.1.7", "apis.com", "example.com"):
        assert not no_telemetry._spares_reports(host)


def test_a_hub_is_reached_only_while_a_name_of_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv(no_telemetry.BY_US, "1")
    with no_telemetry.hub_allowed():
        assert not constants.is_offline_mode()
    assert constants.is_offline_mode()

    monkeypatch.delenv(no_telemetry.BY_US)
    with no_telemetry.hub_allowed():
        assert constants.is_offline_mode(), "the user has chosen to stay offline"


def test_telemetry_is_off_in_this_process_too() -> None:
    from huggingface_hub import constants

    assert constants.HF_HUB_DISABLE_TELEMETRY
    for package in no_telemetry.ABSENT:
        with pytest.raises(ImportError):
            __import__(package)
