"""A session in the window, on a real engine and a real disk: prepare, record, label, end."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pyxdf
from live_tools import INFO, QUICK, WatchingPredictor, whole_frame
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from test_session_recording import CLOCK, Fed

from milmer_live.bench.recording import killed_recording
from milmer_live.config import CameraSettings
from milmer_live.live.engine import Asked, Engine
from milmer_live.live.run import (
    Launch,
    Setup,
)
from milmer_live.live.session_recording import RunFacts
from milmer_live.live.sink import Nobody
from milmer_live.live.state import EngineSnapshot
from milmer_live.model.card import Card
from milmer_live.samples import Quadrant
from milmer_live.storage.labels.session_labels import annotations_of
from milmer_live.storage.session.card import (
    Model,
    read_card,
)
from milmer_live.storage.session.catalogue import (
    find_sessions,
    unfinished_sessions,
)
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import LABELS
from milmer_live.storage.upkeep.repair import (
    Outcome,
    Repair,
)
from milmer_live.ui.bars.session_bar import SessionBar
from milmer_live.ui.controllers.connection import WindowLaunch
from milmer_live.ui.controllers.recording import (
    Phase,
    WindowSession,
)
from milmer_live.ui.dialogs.repair import (
    RepairDialog,
    outcome_words,
)
from milmer_live.ui.dialogs.session import SessionDialog
from milmer_live.ui.labels.affect_grid import AffectGrid
from milmer_live.ui.labels.label_list import CorrectionDialog
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.participant_screen import Content
from milmer_live.ui.state.session_choice import (
    ChoiceStore,
    SessionChoice,
)
from milmer_live.ui.state.session_state import (
    SessionState,
    Shown,
    StateBlock,
)

# Of Qt without a screen, about every dialog that has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MODEL = Model(name="tiny", sha256="abc", card={"classes": 4})


class Run:
    """What the window shows and records: an engine on an amplifier that the test feeds."""

    def __init__(self) -> None:
        self.amplifier = Fed()
        predictor = WatchingPredictor()
        asked = Asked("lsl:amplifier", model=MODEL.name)
        self.engine = Engine(
            self.amplifier, None, predictor, whole_frame, QUICK, CLOCK, asked=asked
        )
        self.side_streams: tuple[Any, ...] = ()
        self.facts = RunFacts(QUICK, MODEL)

    def start(self) -> None:
        self.engine.start()

    def stop(self) -> None:
        self.engine.stop()

    def snapshot(self, **wanted: Any) -> EngineSnapshot:
        return self.engine.snapshot(**wanted)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path / "recordings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "recordings"


@pytest.fixture
def run() -> Run:
    return Run()


@pytest.fixture
def window(qtbot: QtBot, root: Path, run: Run) -> Iterator[MainWindow]:
    del root
    made = MainWindow(lambda: run, clock=CLOCK, remembers=False)
    made.show()
    made.start()
    qtbot.waitUntil(lambda: made.bridge.engine is run and made.bridge.snapshot is not None)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=20_000)
    made.deleteLater()


@pytest.fixture
def session(window: MainWindow) -> WindowSession:
    return window.session


def begin(qtbot: QtBot, session: WindowSession, participant: str = "07") -> Path:
    """Record; the folder."""
    session.prepare(SessionChoice(session.choice.root, participant))
    session.bar.record_button.click()
    qtbot.waitUntil(lambda: session.phase is Phase.RECORDING, timeout=20_000)
    assert session.labels.book is not None
    folder = Path(session.bar.folder.text())
    assert folder.is_dir()
    return folder


def end(qtbot: QtBot, session: WindowSession) -> None:
    session.bar.record_button.click()
    qtbot.waitUntil(lambda: session.phase is Phase.IDLE, timeout=20_000)


def saved(session: WindowSession, count: int) -> bool:
    recording = session.recording
    return recording is not None and recording.status.samples.get(INFO.name) == count


def kept(folder: Path) -> int:
    stream = open_session(folder).file.named(INFO.name)
    return 0 if stream is None else len(stream.times)


def test_a_session_is_recorded_labelled_and_closed_from_the_window(
    qtbot: QtBot, window: MainWindow, session: WindowSession, run: Run
) -> None:
    folder = begin(qtbot, session)
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4):
        QTest.keyClick(window, key)
    window.labels.grid.picked.emit(9, 1)
    window.labels.rating_asked.emit("dominance", 6.0)
    window.labels.note.setText("coughed")
    QTest.keyClick(window.labels.note, Qt.Key.Key_Return)
    run.amplifier.push(256)
    recording = session.recording
    assert recording is not None
    qtbot.waitUntil(lambda: recording.status.samples.get(INFO.name) == 256, timeout=20_000)
    end(qtbot, session)

    opened = open_session(folder)
    held = annotations_of(opened.file)
    names = [one.text for one in held[:4]]
    assert names == ["HAHV", "LAHV", "LALV", "HALV"]
    assert [one.kind for one in held[4:]] == ["label", "rating", "note"]
    assert (held[4].valence, held[4].arousal, held[5].value) == (9, 1, 6)
    assert kept(folder) == 256
    card = read_card(folder)
    assert (card.participant, card.end_reason, card.plan.model) == ("07", "stopped", MODEL)
    assert card.plan.preprocessing == QUICK
    assert pyxdf.load_xdf(folder / "session.xdf")[0]


def test_no_picture_is_kept_until_consent_is_ticked(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = SessionDialog(SessionChoice(tmp_path))
    qtbot.addWidget(dialog)
    dialog.participant.setText("07")
    assert dialog.choice().plan().recording.video == "none"
    assert not dialog.videos["full"].isEnabled()
    assert not dialog.videos["face"].isEnabled()
    dialog.consent.setChecked(True)
    dialog.videos["full"].setChecked(True)
    settings = dialog.choice().plan().recording
    assert (settings.video, settings.video_consent) == ("full", True)
    dialog.consent.setChecked(False)
    assert dialog.choice().plan().recording.video == "none"


def test_another_participant_is_asked_anew(qtbot: QtBot, tmp_path: Path) -> None:
    agreed = SessionChoice(tmp_path, "07", consent=True, sharing=True, video="full")
    dialog = SessionDialog(agreed)
    qtbot.addWidget(dialog)
    assert dialog.choice() == agreed
    dialog.participant.setFocus()
    QTest.keyClicks(dialog.participant, "8")
    choice = dialog.choice()
    assert (choice.participant, choice.consent, choice.sharing) == ("078", False, False)
    assert choice.plan().recording.video == "none"


def test_a_participant_that_names_no_folder_is_refused_as_it_is_typed(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = SessionDialog(SessionChoice(tmp_path))
    qtbot.addWidget(dialog)
    assert not dialog.record_button.isEnabled()
    dialog.participant.setText("../x")
    assert not dialog.record_button.isEnabled()
    assert "letters and digits only" in dialog.problem.text()
    dialog.participant.setText("x1")
    assert dialog.record_button.isEnabled()
    assert dialog.problem.text() == ""


def test_folder_and_codec_are_remembered_and_consent_is_not(tmp_path: Path) -> None:
    store = ChoiceStore(tmp_path / "config" / "session.json")
    store.keep(SessionChoice(tmp_path / "usb", "07", consent=True, video="full", codec="ffv1"))
    again = ChoiceStore(tmp_path / "config" / "session.json").last()
    assert again == SessionChoice(tmp_path / "usb", codec="ffv1")
    (tmp_path / "config" / "session.json").write_text("[torn")
    assert ChoiceStore(tmp_path / "config" / "session.json").last().codec == "h264"


def test_keys_of_labels_do_nothing_while_a_field_has_the_focus(
    qtbot: QtBot, window: MainWindow, session: WindowSession
) -> None:
    begin(qtbot, session)
    window.docks.docks["labels"].raise_()
    panel = window.labels
    assert session.labels.book is not None
    fields = (panel.note, panel.look_back, panel.scale)
    for field in fields:
        field.setFocus()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
        typed = QApplication.focusWidget()
        assert typed is not None
        for key in (Qt.Key.Key_1, Qt.Key.Key_4, Qt.Key.Key_T):
            QTest.keyClick(typed, key)
    assert panel.note.text() == "14t"
    assert list(session.labels.book.valid) == []
    assert session.labels.book.trial is None
    panel.grid.setFocus()
    QTest.keyClick(panel.grid, Qt.Key.Key_1)
    assert [one.text for one in session.labels.book.valid] == ["HAHV"]


def test_a_label_without_a_recording_is_refused_in_words(
    window: MainWindow, session: WindowSession
) -> None:
    QTest.keyClick(window, Qt.Key.Key_2)
    assert "not kept" in window.labels.header.subtitle.toolTip()
    assert session.labels.book is None
    assert not window.labels.note.isEnabled()


def test_undo_takes_the_label_out_of_the_time_line_and_not_out_of_the_file(
    qtbot: QtBot, window: MainWindow, session: WindowSession
) -> None:
    folder = begin(qtbot, session)
    before = len(window.markers)
    QTest.keyClick(window, Qt.Key.Key_3)
    window.markers.settle()
    words = [one.text for one in window.markers.all()]
    assert any(theme.QUADRANT_NAMES[Quadrant.LALV] in text for text in words)
    assert window.labels.entries.rows.rowCount() == 1
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.labels.entries.rows.rowCount() == 0
    words = [one.text for one in window.markers.all()[before:]]
    assert not any(theme.QUADRANT_NAMES[Quadrant.LALV] in text for text in words)
    end(qtbot, session)
    stream = open_session(folder).file.named(LABELS)
    assert stream is not None
    assert len(stream.texts) == 2


def test_a_label_is_corrected_during_and_after_the_session(
    qtbot: QtBot, window: MainWindow, session: WindowSession
) -> None:
    folder = begin(qtbot, session)
    QTest.keyClick(window, Qt.Key.Key_1)
    window.labels.entries.selectRow(0)
    window.labels.edit.click()
    dialog = session.labels.dialog
    assert isinstance(dialog, CorrectionDialog)
    dialog.valence.setValue(2.5)
    dialog.accept()
    assert window.labels.entries.rows.rowCount() == 1
    end(qtbot, session)
    window.labels.entries.selectRow(0)
    window.labels.edit.click()
    dialog = session.labels.dialog
    assert isinstance(dialog, CorrectionDialog)
    dialog.arousal.setValue(1.0)
    dialog.accept()

    qtbot.waitUntil(lambda: labels_of(folder) == [(2.5, 1.0)])  # the disk is not the window's
    opened = open_session(folder)
    stream = opened.file.named(LABELS)
    assert stream is not None
    assert len(stream.texts) == 2, "the first label and its correction; nothing was rewritten"


def labels_of(folder: Path) -> list[tuple[float | None, float | None]]:
    return [(one.valence, one.arousal) for one in annotations_of(open_session(folder).file)]


def test_a_correction_that_changes_nothing_is_none(qtbot: QtBot, session: WindowSession) -> None:
    begin(qtbot, session)
    session.labels.label_quadrant(Quadrant.HAHV)
    assert session.labels.book is not None
    dialog = CorrectionDialog(session.labels.book.valid[0], session.labels.book.started_at)
    qtbot.addWidget(dialog)
    assert dialog.changes() == {}


def test_trials_are_marked_and_labelled(
    qtbot: QtBot, window: MainWindow, session: WindowSession
) -> None:
    folder = begin(qtbot, session)
    QTest.keyClick(window, Qt.Key.Key_T)
    QTest.keyClick(window, Qt.Key.Key_T)
    session.labels.label_quadrant(Quadrant.LAHV)
    end(qtbot, session)
    opened = open_session(folder)
    said = [one.text for one in opened.markers if one.text.startswith("trial")]
    assert said == ["trial 1 start", "trial 1 end"]
    assert [one.trial for one in annotations_of(opened.file)] == ["1"]


def test_a_trial_that_runs_when_the_recording_ends_is_ended_there(
    qtbot: QtBot, window: MainWindow, session: WindowSession, run: Run
) -> None:
    folder = begin(qtbot, session)
    run.amplifier.push(64)
    QTest.keyClick(window, Qt.Key.Key_T)
    session.labels.label_quadrant(Quadrant.LAHV)
    end(qtbot, session)
    session.labels.close()  # and not once more, now that nothing is recorded

    markers = [one for one in open_session(folder).markers if one.text.startswith("trial")]
    assert [one.text for one in markers] == ["trial 1 start", "trial 1 end"]
    book = session.labels.book
    assert book is not None
    assert book.trial is not None
    assert book.trial.stop == pytest.approx(markers[-1].time)


def test_what_the_participant_sees_is_in_the_recording(
    qtbot: QtBot, window: MainWindow, session: WindowSession
) -> None:
    folder = begin(qtbot, session)
    window.bridge.pull()
    window.participant.show_content(Content.WORDS, "Please wait")
    window.participant.show()
    window.bridge.pull()
    window.participant.close()
    window.bridge.pull()
    end(qtbot, session)
    said = [one.text for one in open_session(folder).markers]
    assert [one for one in said if one.startswith("participant screen")] == [
        "participant screen: off",
        "participant screen: words: Please wait",
        "participant screen: off",
    ]


@pytest.mark.parametrize("ends", [False, True])
def test_closing_while_a_session_is_recorded_asks(
    qtbot: QtBot, window: MainWindow, session: WindowSession, ends: bool
) -> None:
    folder = begin(qtbot, session)
    asked: list[tuple[str, ...]] = []

    def ask(*words: str) -> bool:
        asked.append(words)
        return ends

    session.ask = ask
    window.close()
    ((question, text, does),) = asked
    assert question == "End the recording and close the program?"
    assert "Then the program ends." in text
    assert does == "End and close"
    if ends:
        qtbot.waitUntil(lambda: not window.bridge.running, timeout=20_000)
        assert open_session(folder).file.is_intact
    else:
        assert session.phase is Phase.RECORDING
        session.ask = None


def test_the_balance_of_what_is_not_whole_holds_the_window_until_it_was_read(
    qtbot: QtBot, window: MainWindow, session: WindowSession
) -> None:
    begin(qtbot, session)
    end(qtbot, session)  # the same dialog shows the next balance
    begin(qtbot, session)
    session.ask = lambda *_words: True
    window.close()
    dialog = session.balance.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: not window.bridge.running and dialog.isVisible(), timeout=20_000)
    assert session.balance.fault  # nothing came
    assert not window.signals.isEnabled()
    assert window.isVisible()
    assert dialog.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isVisible())


def test_other_devices_never_come_into_a_recording(
    qtbot: QtBot, window: MainWindow, session: WindowSession, run: Run
) -> None:
    other = Run()

    class Launcher:
        def demo(self) -> Launch:
            return Launch(lambda: other)

        def card_of(self, checkpoint: str) -> Card:
            raise AssertionError(checkpoint)

        def connect(self, _setup: Setup, _camera: CameraSettings) -> Launch:
            return self.demo()

    connection = WindowLaunch(window, Launcher())
    folder = begin(qtbot, session)
    run.amplifier.push(64)
    qtbot.waitUntil(lambda: saved(session, 64), timeout=20_000)
    asked: list[str] = []
    answers = [False, True]

    def ask(*words: str) -> bool:
        asked.extend(words)
        return answers.pop(0)

    session.ask = ask
    connection.start_demo()
    assert session.phase is Phase.RECORDING
    assert window.bridge.engine is run
    connection.start_demo()
    session.ask = None
    qtbot.waitUntil(lambda: window.bridge.engine is other, timeout=20_000)
    qtbot.waitUntil(lambda: session.phase is Phase.IDLE, timeout=20_000)
    assert "a session of their own" in asked[1]
    assert kept(folder) == 64
    assert all(isinstance(one.sink, Nobody | None) for one in other.engine.sources)


def test_pictures_go_into_the_session_while_it_is_recorded(
    qtbot: QtBot, window: MainWindow, session: WindowSession, root: Path
) -> None:
    folder = begin(qtbot, session)
    QTest.keyClick(window, Qt.Key.Key_F12)
    qtbot.waitUntil(lambda: "Saved" in window.banner.text(), timeout=20_000)
    assert str(folder / "pictures") in window.banner.text()
    assert len(list((folder / "pictures").glob("*_07.png"))) == 1
    end(qtbot, session)
    assert find_sessions(root) == (folder,)
    QTest.keyClick(window, Qt.Key.Key_F12)
    kept_there = (root / "pictures").glob
    qtbot.waitUntil(lambda: len([*kept_there("*_07.png")]) == 1, timeout=20_000)


def test_stopping_asks_too(qtbot: QtBot, session: WindowSession) -> None:
    begin(qtbot, session)
    asked: list[str] = []

    def ask(*words: str) -> bool:
        asked.extend(words)
        return False

    session.ask = ask
    session.bar.record_button.click()
    assert session.phase is Phase.RECORDING
    assert "End the recording?" in asked
    assert not any("program" in words for words in asked)
    session.ask = None


def test_a_folder_that_is_gone_is_said_at_once_and_recording_goes_on(
    qtbot: QtBot, window: MainWindow, session: WindowSession, run: Run, tmp_path: Path
) -> None:
    folder = begin(qtbot, session)
    run.amplifier.push(64)
    recording = session.recording
    assert recording is not None
    qtbot.waitUntil(lambda: recording.status.samples.get(INFO.name) == 64, timeout=20_000)
    folder.rename(tmp_path / "pulled out")
    qtbot.waitUntil(lambda: session.bar.state.state is SessionState.FAULT, timeout=20_000)
    qtbot.waitUntil(lambda: "goes on in" in session.bar.message.toolTip(), timeout=20_000)
    assert session.bar.state.text().startswith("FAULT  0"), "it is still recorded"
    run.amplifier.push(64)
    qtbot.waitUntil(lambda: recording.status.samples.get(INFO.name) == 64, timeout=20_000)
    end(qtbot, session)
    (rescued,) = find_sessions(tmp_path / "data")
    assert str(rescued) in session_words(window)
    assert kept(rescued) == 64


def test_where_nothing_is_kept_any_more_that_is_said_and_labels_are_refused(
    qtbot: QtBot, window: MainWindow, session: WindowSession, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("in the way of the fallback folder")
    folder = begin(qtbot, session)
    QTest.keyClick(window, Qt.Key.Key_1)
    folder.rename(tmp_path / "pulled out")
    qtbot.waitUntil(lambda: session.bar.state.text() == "FAULT", timeout=20_000)
    assert "Nothing is recorded any more." in session.bar.message.toolTip()
    QTest.keyClick(window, Qt.Key.Key_2)
    assert "not kept" in window.labels.header.subtitle.toolTip()
    assert session.labels.book is not None
    assert len(session.labels.book.valid) == 1
    end(qtbot, session)
    assert "Nothing is recorded any more." in window.banner.text()
    (tmp_path / "data").unlink()
    begin(qtbot, session)
    qtbot.waitUntil(lambda: session.bar.state.state is not SessionState.LIVE, timeout=20_000)


def test_a_label_key_that_is_held_down_labels_once(
    qtbot: QtBot, window: MainWindow, session: WindowSession
) -> None:
    begin(qtbot, session)
    digits = [one for one in window.actions() if one.shortcut().toString() in "1234T"]
    assert len(digits) == 5
    assert not any(one.autoRepeat() for one in digits)


def session_words(window: MainWindow) -> str:
    return " ".join(one.text for one in window.markers.all())


@pytest.mark.skipif(os.name == "nt", reason="a folder there has no such rights")
def test_a_folder_that_cannot_be_written_is_refused_in_words(
    qtbot: QtBot, window: MainWindow, session: WindowSession, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    session.prepare(SessionChoice(blocked, "07"))
    session.begin()
    qtbot.waitUntil(lambda: session.phase is Phase.IDLE, timeout=20_000)
    assert "cannot be put into" in window.banner.text()
    assert session.bar.record_button.isEnabled()


def test_without_a_participant_the_dialog_comes_first(
    qtbot: QtBot, session: WindowSession, tmp_path: Path
) -> None:
    session.bar.record_button.click()
    dialog = session.dialog
    assert isinstance(dialog, SessionDialog)
    assert session.phase is Phase.IDLE
    dialog.participant.setText("11")
    dialog.folder.setText(str(tmp_path / "elsewhere"))
    dialog.record_button.click()
    qtbot.waitUntil(lambda: session.phase is Phase.RECORDING, timeout=20_000)
    assert find_sessions(tmp_path / "elsewhere")[0].parent.name == "sub-11"


def test_the_state_can_be_told_by_word_and_colour(qtbot: QtBot) -> None:
    block = StateBlock()
    qtbot.addWidget(block)
    block.resize(330, 60)
    for look in (theme.DARK, theme.LIGHT):
        block.set_theme(look)
        seen = set()
        for state in SessionState:
            block.show_state(Shown(state, 3725 if state is SessionState.RECORDING else None))
            seen.add(block.grab().toImage().pixelColor(320, 30).name())
        assert len(seen) == len(SessionState)
    block.show_state(Shown(SessionState.RECORDING, 3725))
    assert block.text() == "REC  1:02:05"


def test_each_cell_of_the_grid_is_its_own_rating(qtbot: QtBot) -> None:
    grid = AffectGrid()
    qtbot.addWidget(grid)
    grid.resize(240, 220)
    picked: list[tuple[int, int]] = []
    grid.picked.connect(lambda valence, arousal: picked.append((valence, arousal)))
    cells = [(valence, arousal) for valence in range(1, 10) for arousal in range(1, 10)]
    for cell in cells:
        place: QPoint = grid.cell(*cell).center().toPoint()
        QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    assert picked == cells
    assert grid.rating_at(QPoint(0, 0)) is None
    QTest.keyClick(grid, Qt.Key.Key_Left)
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert picked[-1] == (8, 8)


def test_a_crashed_session_is_offered_for_repair(
    qtbot: QtBot, session: WindowSession, root: Path
) -> None:
    folder, _samples, _frames = killed_recording(root, 0.3)
    session.offer_repair()
    qtbot.waitUntil(lambda: isinstance(session.dialog, RepairDialog), timeout=20_000)
    dialog = session.dialog
    assert isinstance(dialog, RepairDialog)
    assert dialog.repair_button.isDefault()
    assert dialog.folders == (folder,)
    dialog.repair_button.click()
    qtbot.waitUntil(lambda: "session.xdf.bak" in dialog.details.toPlainText(), timeout=20_000)
    told = dialog.details.toPlainText()
    report = re.search(r"What was recorded until (.+?) is saved: 00:0\d\.", told)
    assert report is not None, told
    ended = datetime.strptime(report[1], "%Y-%m-%d %H:%M:%S")
    assert abs((datetime.now() - ended).total_seconds()) < 120
    assert "Nothing of it is lost." in told or "damaged and are lost" in told
    assert "bytes" not in told
    assert open_session(folder).file.is_intact
    assert unfinished_sessions(root) == ()


def test_what_came_of_a_repair_is_said_in_sentences() -> None:
    until = datetime(2025, 1, 31, 14, 32, 5).astimezone()
    path, backup = Path("/data/session.xdf"), Path("/data/session.xdf.bak")
    report = Repair(path, (), 0, 0, backup, 60_000, 750.0, until)
    assert outcome_words(Outcome(path, report, backup=backup)) == (
        f"{path}\nWhat was recorded until 2025-01-31 14:32:05 is saved: 12:30. "
        "Nothing of it is lost. The original is kept as session.xdf.bak."
    )
    torn = replace(report, dropped_bytes=200, n_damaged=1)
    assert "About 2.5 s of it were damaged and are lost." in outcome_words(
        Outcome(path, torn, backup=backup)
    )
    video = Outcome(Path("/data/face.mkv"), n_frames=300, backup=Path("/data/face.mkv.bak"))
    assert "The video is saved: 300 pictures." in outcome_words(video)
    assert "nothing had to be repaired" in outcome_words(Outcome(path))


def test_nothing_is_offered_where_all_is_well(
    qtbot: QtBot, session: WindowSession, window: MainWindow
) -> None:
    begin(qtbot, session)
    end(qtbot, session)
    done: list[bool] = []
    session.offer_repair()
    window.bridge.run(lambda: None, lambda _none: done.append(True))
    qtbot.waitUntil(lambda: bool(done))
    assert session.dialog is None


def test_the_space_is_told_before_and_during_a_recording(
    qtbot: QtBot, session: WindowSession
) -> None:
    free = shutil.disk_usage(Path.cwd()).free
    assert free > 0
    qtbot.waitUntil(lambda: "GB" in session.bar.space.text(), timeout=20_000)
    qtbot.waitUntil(
        lambda: any(unit in session.bar.space.text() for unit in (" h ", "min")), timeout=20_000
    )
    begin(qtbot, session)
    qtbot.waitUntil(lambda: "GB" in session.bar.space.text(), timeout=20_000)


def test_the_space_is_told_before_anything_is_connected(
    qtbot: QtBot, root: Path, tmp_path: Path
) -> None:
    del root
    window = MainWindow(clock=CLOCK, remembers=False)
    window.show()
    window.start()
    session = window.session
    qtbot.waitUntil(lambda: session.bar.space.text().endswith("GB"), timeout=20_000)
    session.prepare(SessionChoice(tmp_path / "not made yet", "07"))
    qtbot.waitUntil(lambda: session.bar.space.text().endswith("GB"), timeout=20_000)
    window.close()
    qtbot.waitUntil(lambda: not window.bridge.running, timeout=20_000)
    window.deleteLater()


def test_the_last_folder_can_be_read(qtbot: QtBot) -> None:
    bar = SessionBar()
    qtbot.addWidget(bar)
    bar.resize(1280, 60)
    bar.show_space(63_900_000_000, 60_000)
    bar.show()
    session = Path("/home/assistant/Documents/study/recordings/sub-07/ses-20250131T120000Z")
    bar.show_choice(SessionChoice(session.parent.parent, "07"), str(session))
    qtbot.waitUntil(lambda: bar.folder.value.text().startswith("…"))
    assert bar.folder.value.text().endswith("/ses-20250131T120000Z")
    assert bar.folder.text() == str(session), "the rest is told on hover"
