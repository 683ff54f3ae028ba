"""The window with all that it can show, and each of its dialogs: what is looked through for texts
that are not translated, or have no room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from fake_engine import FakeEngine
from PySide6.QtWidgets import QApplication, QWidget

from milmer_live.clock import FakeClock, LSLClock
from milmer_live.config import FilterSettings
from milmer_live.live.recording.label_book import LabelBook
from milmer_live.live.run import (
    Setup,
)
from milmer_live.live.sources.discovery import (
    Found,
    Scout,
)
from milmer_live.live.state import FitPhase, FitStatus, SignalState, SourceState, SourceStatus
from milmer_live.processing.eeg.artifacts import (
    Artifacts,
    Component,
    ComponentKind,
)
from milmer_live.samples import MODEL_CHANNELS, FaceBox, FaceState, Quadrant
from milmer_live.storage.export import ExportOptions, Format
from milmer_live.storage.export.job import (
    ExportJob,
    ExportStatus,
    ExportStep,
)
from milmer_live.storage.session.balance import (
    StreamBalance,
    StreamKind,
)
from milmer_live.storage.session.card import READ_EQUAL
from milmer_live.storage.session.streams import Annotation
from milmer_live.ui.dialogs.artifacts import ArtifactDialog
from milmer_live.ui.dialogs.balance import (
    BalanceDialog,
    Sheet,
)
from milmer_live.ui.dialogs.connect import ConnectDialog
from milmer_live.ui.dialogs.crash_report import CrashDialog
from milmer_live.ui.dialogs.export import ExportDialog
from milmer_live.ui.dialogs.help import HelpDialog
from milmer_live.ui.dialogs.repair import RepairDialog
from milmer_live.ui.dialogs.session import SessionDialog
from milmer_live.ui.dialogs.settings import SettingsDialog
from milmer_live.ui.labels.label_list import CorrectionDialog
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.preferences import AppSettings
from milmer_live.ui.state.session_choice import SessionChoice

FOUND = (
    Found(
        "eeg", "lsl:source_id=amp-1", "ActiChamp", "EEG · 32 × float32, lab-3", 500.0, 499.8, 0.1
    ),
    Found("eeg", "lsl:source_id=2", "Other", "EEG · 8 × int32, lab-4", 250.0, problem="Gone."),
    Found("markers", "lsl:Keys", "Keys", "Markers · 1 × string, lab-3"),
    Found("camera", "camera:0", "Webcam", "camera:0"),
)

SIGNAL = SignalState(
    FilterSettings(),
    interpolated=MODEL_CHANNELS[10:],
    usable=True,
    filter_delay_s=0.125,
    battery_percent=100.0,
)


def source(
    name: str,
    kind: StreamKind,
    state: SourceState,
    rates: tuple[float, float] = (0.0, 0.0),
    received: int = 0,
    note: str = "",
) -> SourceStatus:
    """One that has been connected, unless it is connecting still."""
    since = None if state is SourceState.CONNECTING else 990.0
    return SourceStatus(
        name, kind, state, *rates, 0.0, note, received, spec=f"lsl:{name}", connected_at=since
    )


NOTED = (
    source("ActiChamp", "EEG", SourceState.LIVE, (1000.0, 1022.4), 123_456_789, "Gone."),
    source("Webcam", "camera", SourceState.LIVE, (25.0, 25.0), 54_321),
    source("Keys", "markers", SourceState.LIVE),
)
AWAITED = (*NOTED, source("Other", "markers", SourceState.CONNECTING))
# Every outcome, and as long as its words can be.
BALANCE = (
    StreamBalance(
        asked="lsl:ActiChamp",
        kind="EEG",
        name="ActiChamp",
        connected=990.0,
        received=9_000_000,
        written=8_999_000,
        rejected=600,
        rejected_why="Gone.",
        not_kept=400,
        gaps=12,
        gap_samples=12_000,
        gap_s=1201.55,
        first=1000.0,
        last=4600.0,
        alive=True,
    ),
    StreamBalance(
        asked="camera:0",
        kind="camera",
        name="Webcam",
        connected=1062.0,
        received=90_000,
        written=90_000,
        first=1062.0,
        last=3000.5,
        lost_at=3001.0,
        reconnections=2,
    ),
    StreamBalance(asked="lsl:Keys", kind="markers"),
    StreamBalance(asked="lsl:Other", kind="signal", name="Other", connected=990.0, required=False),
    StreamBalance(
        asked="lsl:Keys",
        kind="markers",
        name="Keys",
        connected=990.0,
        received=1,
        written=1,
        first=1200.0,
        last=1200.0,
        alive=True,
    ),
)


def pull(window: MainWindow, times: int = 3) -> None:
    """So many turns of the display."""
    for _ in range(times):
        window.bridge.pull()
        QApplication.processEvents()


def label(window: MainWindow) -> LabelBook:
    """Entries of every kind in the list of labels, as while a recording runs."""
    book = LabelBook(window.clock, lambda _one: None, lambda _marker: None)
    for quadrant in Quadrant:
        book.label_quadrant(quadrant)
    book.label(9, 2)
    book.rate("dominance", 6)
    book.note("coughed")
    window.labels.show_book(book, is_open=True)
    return book


def states(window: MainWindow, engine: FakeEngine, clock: FakeClock) -> Iterator[str]:
    """The window after another, each with what a user may meet; each is on the screen."""
    label(window)
    pull(window)
    yield "live"
    engine.changes = {"signal": SIGNAL, "sources": NOTED}
    pull(window)
    yield "noted"
    for state in (FaceState.SEVERAL, FaceState.LOST):
        faces = (
            FaceBox(200, 120, 160, 200, 0.9, number=1),
            FaceBox(440, 90, 90, 110, 0.8, number=2),
        )
        engine.changes = {"face": None, "faces": faces, "face_state": state}
        pull(window)
        yield str(state)
    stalled = SourceStatus("Webcam", "camera", SourceState.STALLED, 25.0, 0.0, 3.0)
    engine.changes = {"sources": (NOTED[0], stalled)}
    pull(window)
    yield "stalled"
    engine.changes = {"sources": AWAITED}
    clock.advance(1.0)
    pull(window)
    yield "awaited"
    lost = (
        source("ActiChamp", "EEG", SourceState.LOST, (500.0, 0.0), 1000),
        source("Webcam", "camera", SourceState.SILENT, (25.0, 0.0), 1000),
        source("Keys", "markers", SourceState.CONNECTING),
    )
    engine.with_eeg = engine.with_camera = False
    engine.changes = {"sources": lost, "prediction": None, "trail": ()}
    window.session.bar.show_recording(True)
    clock.advance(1.0)
    pull(window)
    yield "lost"
    engine.with_eeg = engine.with_camera = True
    engine.changes = {}
    window.signals.swap_pause()
    clock.advance(1.0)
    pull(window)
    yield "paused"


def dialogs(window: MainWindow, look: Theme) -> Iterator[tuple[str, QWidget]]:
    """Each is shown when it comes, and gone with the next."""
    for name, dialog in _made(window):
        if hasattr(dialog, "set_theme"):
            dialog.set_theme(look)
        dialog.show()
        QApplication.processEvents()
        yield name, dialog
        dialog.close()
        dialog.deleteLater()


def _made(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    connect = ConnectDialog(_scout, Setup("lsl:ActiChamp", "camera:0"), window)
    yield "connect", connect
    yield "settings", SettingsDialog(AppSettings(), window)
    yield "keys", HelpDialog(window.actions_, window)
    choice = SessionChoice(Path("/data/recordings"), "07", optional=("lsl:Keys",))
    yield "session", SessionDialog(choice, window)
    yield "session-with-streams", SessionDialog(choice, window, sources=AWAITED)
    yield from _balances(window)
    yield "repair", RepairDialog([Path("/data/recordings/sub-07")], window)
    artifacts = ArtifactDialog(window)
    artifacts.show_status(FitStatus(FitPhase.READY, artifacts=_artifacts()))
    yield "artifacts", artifacts
    yield "crash", CrashDialog(Path("/data/milmer_live.log"), window)
    rated = {"id": "1", "start": 1000.0, "stop": 1003.0}
    for values in (
        {"kind": "label", "valence": 7, "arousal": 3},
        {"kind": "rating", "scale": "liking", "value": 6},
        {"kind": "note", "text": "coughed"},
    ):
        old = Annotation.model_validate(rated | values)
        yield f"correction-{old.kind}", CorrectionDialog(old, 990.0, window)


def _balances(window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    """While it is recorded, whole, and with all that can be wrong."""
    folder = Path("/data/recordings/sub-07/ses-1")
    running = Sheet(folder, BALANCE, 1000.0, 3600.0, is_over=False)
    short = replace(
        running, is_over=True, fault="Gone.", troubles=("Gone. Gone.",), read_back="Gone."
    )
    whole = replace(running, is_over=True, balance=BALANCE[-1:], read_back=READ_EQUAL)
    for name, sheet in (
        ("running", running),
        ("short", short),
        ("whole", whole),
        ("read", replace(whole, read_back="")),
        ("optional", replace(whole, balance=BALANCE[-2:])),
        ("fault", replace(whole, fault="Gone.")),
    ):
        yield f"balance-{name}", BalanceDialog(sheet, window)
    for step in ExportStep:
        status = ExportStatus(step, 12_345_678, folder, "Gone.", notes=("Gone.",))
        dialog = ExportDialog(folder, folder.parent, window, make_job=partial(_Job, status))
        dialog.start()
        yield f"export-{step.value}", dialog


class _Job(ExportJob):
    """An export that stays as it is."""

    def __init__(
        self, status: ExportStatus, session: Path, to: Format, folder: Path, options: ExportOptions
    ) -> None:
        super().__init__(session, to, folder, options)
        self.status = status

    def start(self) -> None:
        pass


class _Scout(Scout):
    """Has found something already, and looks no further."""

    def __init__(self) -> None:
        super().__init__(LSLClock(), look=lambda _seconds: (), cameras=lambda: ())
        self.found = FOUND

    def step(self) -> float:
        return 0.2


def _scout() -> Scout:
    return _Scout()


def _artifacts() -> Artifacts:
    rng = np.random.default_rng(1)
    components = tuple(
        Component(index, kind, "r = 0.93 with Fp1", 0.3, rng.normal(size=32))
        for index, kind in enumerate(ComponentKind)
    )
    unmixing = rng.normal(size=(len(components), 32))
    return Artifacts(MODEL_CHANNELS, unmixing, components, (0,), True)
