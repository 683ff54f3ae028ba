"""How smooth is the window, what does it cost, how fast is it there, and does it keep its size?"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtGui import QGuiApplication

from milmer_live.bench.machine import machine
from milmer_live.bench.window.gui_engine import (
    FormulaEngine,
    WideSource,
)
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.live.run import (
    EngineLike,
)
from milmer_live.samples import Float32, Quadrant
from milmer_live.ui.app import make_app
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.marker_log import (
    Kind,
    Noted,
)

N_CHANNELS, RATE, SHOWN_S = 64, 1000.0, 10
SIZE = (1920, 1080)
SETTLE_S = 3.0
STEP_S = 0.25  # of the accelerated session, a frame
STEPS_A_MARKER = 40  # one each 10 s
FIRST_MINUTES = 5.0

Say = Callable[[str], object]
OpenAround = Callable[[WideSource], EngineLike]


@dataclass(frozen=True, slots=True)
class FrameFigures:
    """Frames that were painted, and what they cost: the GUI thread's share of a core."""

    fps: float
    frame_p50_ms: float
    frame_p99_ms: float
    gui_core_share: float


@dataclass(frozen=True, slots=True)
class StartFigures:
    """From the start of the process: until the window is painted, until the first samples are
    on the screen, and until the demo is live: the first quadrant is painted, which takes the
    three seconds of its window as well."""

    first_paint_s: float
    signals_s: float
    live_demo_s: float


@dataclass(frozen=True, slots=True)
class MemoryFigures:
    """Resident memory of the window in an accelerated session: so many minutes of samples,
    predictions, labels and markers, as fast as they can be painted."""

    minutes: float
    after_5_minutes_mb: float
    at_the_end_mb: float
    growth: float


class Stopwatch(QObject):
    """When a widget was painted, seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            self.times.append(time.perf_counter())
        return False


def measure(
    seconds: float, minutes: float, starts: int, open_around: OpenAround, say: Say
) -> dict[str, Any]:
    """`open_around` gives an engine on a source of EEG, with or without a model and a camera."""
    make_app()
    say(f"The window with {N_CHANNELS} channels at {RATE:g} Hz ...")
    ours = _window(seconds, open_around)
    say("One PlotCurveItem a channel, np.roll ...")
    plain = _plain(seconds)
    figures: dict[str, Any] = {
        "machine": {**machine(), "screen": QGuiApplication.platformName()},
        "window": asdict(ours),
        "plain": asdict(plain),
        "ratio": {
            "fps": ours.fps / max(plain.fps, 1e-9),
            "gui_core_share": ours.gui_core_share / max(plain.gui_core_share, 1e-9),
        },
    }
    if starts:
        say("Starts ...")
        figures["start"] = asdict(_start(starts))
    if minutes > FIRST_MINUTES:
        say(f"{minutes:g} minutes, accelerated ...")
        figures["memory"] = asdict(_memory(minutes))
    return figures


def _window(seconds: float, open_around: OpenAround) -> FrameFigures:
    def open_engine() -> EngineLike:
        return open_around(WideSource(LSLClock(), N_CHANNELS, RATE))

    window = MainWindow(open_engine, remembers=False)
    watch = Stopwatch()
    window.signals.canvas.installEventFilter(watch)
    window.resize(*SIZE)
    window.reset_layout()
    window.show()
    window.start()
    _wait_until(lambda: window.feed.next_index is not None, 120.0)
    _run_for(SETTLE_S)
    figures = _figures(watch, seconds)
    window.close()
    _wait_until(lambda: not window.bridge.running, 30.0)
    window.deleteLater()
    return figures


def _plain(seconds: float) -> FrameFigures:
    """As a first plot is written: every curve holds every point, and the array is rolled."""
    import pyqtgraph as pg

    plot = pg.PlotWidget()
    plot.resize(1200, 600)
    plot.setYRange(-60, 60 * N_CHANNELS)
    curves = [pg.PlotCurveItem() for _ in range(N_CHANNELS)]
    for curve in curves:
        plot.addItem(curve)
    data: Float32 = np.zeros((N_CHANNELS, round(SHOWN_S * RATE)), dtype=np.float32)
    offsets = 60.0 * np.arange(N_CHANNELS)[:, np.newaxis]
    rng = np.random.default_rng(1)
    state = {"shown": time.perf_counter()}

    def turn() -> None:
        nonlocal data
        now = time.perf_counter()
        count = min(data.shape[1], round((now - state["shown"]) * RATE))
        state["shown"] = now
        data = np.roll(data, -count, axis=1)
        if count:
            data[:, -count:] = rng.normal(0, 10, (N_CHANNELS, count))
        for curve, row in zip(curves, data + offsets, strict=True):
            curve.setData(row)

    watch = Stopwatch()
    plot.viewport().installEventFilter(watch)
    plot.show()
    timer = QTimer(interval=int(1000 / 60))
    timer.timeout.connect(turn)
    timer.start()
    _run_for(1.0)
    figures = _figures(watch, seconds)
    timer.stop()
    plot.close()
    return figures


def _figures(watch: Stopwatch, seconds: float) -> FrameFigures:
    """Of the next `seconds`."""
    watch.times.clear()
    began, cpu = time.perf_counter(), time.thread_time()
    _run_for(seconds)
    lasted, used = time.perf_counter() - began, time.thread_time() - cpu
    gaps = np.diff(watch.times) if len(watch.times) > 1 else np.array([lasted])
    p50, p99 = (1e3 * float(np.percentile(gaps, share)) for share in (50, 99))
    return FrameFigures(len(watch.times) / lasted, p50, p99, used / lasted)


def _start(starts: int) -> StartFigures:
    """The median of several; the first ones fill the system's cache of files."""
    found = [_one_start() for _ in range(starts)]
    return StartFigures(*(float(np.median(part)) for part in zip(*found, strict=True)))


def _one_start() -> tuple[float, ...]:
    began = time.time()
    command = [sys.executable, "-m", "milmer_live.bench.window.start"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = dict(line.split() for line in done.stdout.splitlines() if len(line.split()) == 2)
    return tuple(float(said.get(what, "inf")) - began for what in ("painted", "signals", "live"))


def _memory(minutes: float) -> MemoryFigures:
    clock, process = FakeClock(1000.0), psutil.Process()
    window = MainWindow(lambda: FormulaEngine(clock), clock=clock, remembers=False)
    window.resize(*SIZE)
    window.reset_layout()
    window.show()
    window.start()
    _wait_until(lambda: window.bridge.snapshot is not None, 60.0)
    early = 0.0
    for step in range(1, round(60 * minutes / STEP_S) + 1):
        clock.advance(STEP_S)
        if step % STEPS_A_MARKER == 0:
            _note(window, step // STEPS_A_MARKER)
        window.bridge.pull()
        QGuiApplication.processEvents()
        if not early and step * STEP_S >= 60 * FIRST_MINUTES:
            early = process.memory_info().rss / 1e6
    late = process.memory_info().rss / 1e6
    window.close()
    _wait_until(lambda: not window.bridge.running, 30.0)
    window.deleteLater()
    return MemoryFigures(minutes, early, late, late / early - 1)


def _note(window: MainWindow, number: int) -> None:
    """A label or a marker of the stimuli; each panel of a tab in front for a while."""
    kind = Kind.LABEL if number % 2 else Kind.MARKER
    quadrant = Quadrant(number % 4) if number % 2 else None
    window.markers.add(Noted(window.clock.now(), f"event {number}", kind, quadrant))
    docks = list(window.docks.docks.values())
    docks[number % len(docks)].raise_()


def _run_for(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def _wait_until(ready: Callable[[], bool], limit_s: float) -> None:
    until = time.monotonic() + limit_s
    while not ready() and time.monotonic() < until:
        _run_for(0.02)
