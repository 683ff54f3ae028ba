"""What holds the window: a run from start to end, fonts, icons, colours, unexpected errors."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from drawings import image_pixels, near
from fake_engine import FakeEngine
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from milmer_live import paths
from milmer_live.clock import LSLClock
from milmer_live.errors import MilmerError, ModelError
from milmer_live.live.session_recording import RunFacts
from milmer_live.samples import Float64, Prediction
from milmer_live.ui import app
from milmer_live.ui.dialogs.crash_report import CrashReporter
from milmer_live.ui.look import icons, theme

pytestmark = pytest.mark.usefixtures("qapp")

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0993], [-0.0039, -0.0481, 1.0520]]
    ),
    "deutan": np.array(
        [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]
    ),
    "tritan": np.array(
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(name: str) -> Float64:
    tint = QColor(name)
    rgb = np.array([tint.redF(), tint.greenF(), tint.blueF()])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: Float64) -> Float64:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    darker, lighter = sorted(float((TO_XYZ @ linear(name))[1]) for name in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture
def reporter(tmp_path: Path) -> Iterator[CrashReporter]:
    made = CrashReporter(tmp_path / "logs" / "milmer_live.log")
    made.install()
    yield made
    made.uninstall()
    if made.dialog is not None:
        made.dialog.close()


def fail() -> None:
    raise RuntimeError("the plot fell over")


def test_an_error_in_a_slot_becomes_one_dialog_with_the_logs_path(
    qtbot: QtBot, reporter: CrashReporter
) -> None:
    timer = QTimer(interval=1)
    timer.timeout.connect(fail)
    timer.start()
    qtbot.waitUntil(lambda: reporter.dialog is not None and reporter.dialog.isVisible())
    qtbot.waitUntil(lambda: timer.isActive())
    timer.stop()
    assert reporter.dialog is not None
    assert len(reporter.reports) == 1
    assert "the plot fell over" in reporter.dialog.text()
    assert str(reporter.log_file) in reporter.dialog.text()
    assert "the plot fell over" in reporter.log_file.read_text(encoding="utf-8")


def test_an_error_in_a_thread_reaches_the_same_dialog(
    qtbot: QtBot, reporter: CrashReporter
) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: reporter.dialog is not None and reporter.dialog.isVisible())
    assert reporter.dialog is not None
    assert "the plot fell over" in reporter.dialog.text()


def test_what_qt_says_is_in_the_log(qtbot: QtBot, reporter: CrashReporter) -> None:
    qWarning("a pixmap is null")
    log = reporter.log_file
    qtbot.waitUntil(lambda: "a pixmap is null" in log.read_text(encoding="utf-8"))
    assert reporter.dialog is None


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MILMER_LIVE_CACHE", str(tmp_path))
    return tmp_path


def test_a_run_of_a_second_ends_with_a_picture(cache: Path) -> None:
    clock = LSLClock()
    engine = FakeEngine(clock, before_s=6.0)
    told: list[Prediction] = []
    code = app.run(
        lambda: engine,
        on_prediction=lambda made, _: told.append(made),
        offscreen=True,
        duration_s=0.8,
        screenshot=cache / "shots" / "window.png",
    )
    assert code == 0
    assert engine.stopped.is_set()
    assert [made.window_index for made in told] == list(range(len(told)))
    assert len(told) >= 7
    picture = QImage(str(cache / "shots" / "window.png"))
    assert (picture.width(), picture.height()) == (1280, 800)


class DrawnRun(FakeEngine):
    """A run that says its participant is drawn, as the demo's does."""

    engine = None
    side_streams = ()
    facts = RunFacts(is_drawn=True)


@pytest.mark.parametrize(("kind", "is_shown"), [(FakeEngine, False), (DrawnRun, True)])
def test_a_screenshot_shows_a_face_only_with_consent_or_of_nobody(
    cache: Path, kind: type[FakeEngine], is_shown: bool
) -> None:
    file = cache / "shots" / "window.png"
    engine = kind(LSLClock(), before_s=6.0)
    assert app.run(lambda: engine, offscreen=True, duration_s=0.8, screenshot=file) == 0
    seen = int(near(image_pixels(QImage(str(file))), "#DEB296").sum())  # the drawn face's skin
    assert seen > 1500 if is_shown else seen < 300
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 or sys.platform == "win32"


@pytest.mark.usefixtures("cache")
def test_a_screenshot_of_an_unknown_kind_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MilmerError, match=r"kind 'DOC' cannot be written\. Call it NAME\.png"):
        app.run(
            lambda: FakeEngine(LSLClock(), before_s=6.0),
            offscreen=True,
            duration_s=0.2,
            screenshot=tmp_path / "a.doc",
        )


@pytest.mark.usefixtures("cache")
def test_off_screen_an_engine_that_fails_is_an_error() -> None:
    def refuse() -> FakeEngine:
        raise ModelError("The checkpoint is not one.")

    with pytest.raises(ModelError, match="is not one"):
        app.run(refuse, offscreen=True, duration_s=5.0)


@pytest.mark.usefixtures("cache")
def test_off_screen_an_unexpected_error_gives_1(capsys: pytest.CaptureFixture[str]) -> None:
    engine = FakeEngine(LSLClock())
    engine.changes = {"trail": "nonsense"}
    assert app.run(lambda: engine, offscreen=True, duration_s=0.2) == 1
    assert "Traceback" in capsys.readouterr().err
    assert engine.stopped.is_set()


def test_text_is_drawn_on_a_machine_without_fonts(tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text(
        f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    script = (
        "from milmer_live.ui.app import make_app; app = make_app(offscreen=True);"
        "from PySide6.QtWidgets import QLabel; label = QLabel('µV – Milmer');"
        "image = label.grab().toImage();"
        "shades = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())};"
        "print(app.font().family(), len(shades))"
    )
    environment = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    family, shades = done.stdout.rsplit(maxsplit=1)
    assert family == "DejaVu Sans"
    assert int(shades) > 5
    assert done.stderr == ""


def test_opencv_does_not_lead_qt_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/cv2/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/cv2/qt/fonts")
    app.make_app()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert "QT_QPA_FONTDIR" not in os.environ


@pytest.mark.parametrize("name", sorted(p.stem for p in paths.resource("icons").glob("*.svg")))
def test_every_icon_is_drawn_in_the_colour_asked_for(name: str) -> None:
    image = icons.pixmap(name, "#ff0000", 24).toImage()
    pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    seen = [pixel for pixel in pixels if pixel.alpha() == 255]
    assert seen
    assert name == "mark" or {pixel.name() for pixel in seen} == {"#ff0000"}


@pytest.mark.parametrize("look", theme.THEMES.values(), ids=lambda look: look.name)
def test_quadrants_differ_for_every_kind_of_colour_vision(look: theme.Theme) -> None:
    for vision in VISION.values():
        seen = [lab(vision @ linear(name)) for name in look.quadrants]
        closest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
        assert closest > 20


@pytest.mark.parametrize("look", theme.THEMES.values(), ids=lambda look: look.name)
def test_text_and_colours_stand_out_from_the_card(look: theme.Theme) -> None:
    assert contrast(look.text, look.card) > 10
    assert contrast(look.muted, look.card) > 4.5
    for name in (*look.quadrants, look.ok, look.warning, look.danger, look.accent, look.faint):
        assert contrast(name, look.card) >= 3.0
