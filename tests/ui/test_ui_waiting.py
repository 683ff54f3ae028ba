"""Required streams in the window: amber until they flow, named while they are missing, in the
balance at the end. Markers are real LSL streams."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
from live_tools import INFO, QUICK, WatchingPredictor, whole_frame
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot
from test_session_recording import CLOCK, Fed
from test_ui_session import MODEL, begin, end

from milmer_live.live.engine import Asked, Engine
from milmer_live.live.inference.model_switch import NewModel
from milmer_live.live.recording import read_back as reading
from milmer_live.live.session_recording import RunFacts
from milmer_live.live.sources.side_streams import (
    side_streams,
    with_sides,
)
from milmer_live.live.state import EngineSnapshot
from milmer_live.live.workers import Faults
from milmer_live.storage.session.balance import Outcome
from milmer_live.storage.session.card import (
    READ_EQUAL,
    read_card,
)
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import PREDICTIONS
from milmer_live.ui.controllers.recording import (
    Phase,
    WindowSession,
)
from milmer_live.ui.dialogs.session import SessionDialog
from milmer_live.ui.look import theme
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.state.session_choice import SessionChoice
from milmer_live.ui.state.session_state import SessionState

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise")
LIMIT_MS = 20_000
FEED_MS = 125


class Sender:
    """A stream of markers that does not exist until it is told to."""

    def __init__(self) -> None:
        self.source_id = f"stim-{uuid.uuid4()}"
        self.spec = f"lsl:source_id={self.source_id}"
        self.outlet: pylsl.StreamOutlet | None = None

    def appear(self) -> None:
        made = pylsl.StreamInfo("stim", "Markers", 1, 0.0, "string", self.source_id)
        self.outlet = pylsl.StreamOutlet(made)

    def send(self, text: str) -> None:
        assert self.outlet is not None
        self.outlet.push_sample([text])


class Run:
    """An engine on an amplifier that sends while it `flows`, and the markers of `sender`."""

    def __init__(self, sender: Sender) -> None:
        self.amplifier = Fed()
        self.flows = False
        self.engine = Engine(
            self.amplifier,
            None,
            None,
            whole_frame,
            QUICK,
            CLOCK,
            awaits_model=True,
            asked=Asked("lsl:amplifier", model=MODEL.name),
        )
        self.side_streams = side_streams((), (sender.spec,), CLOCK, Faults())
        self.facts = RunFacts(QUICK, MODEL)

    def feed(self) -> None:
        """To be called every `FEED_MS`."""
        if self.flows:
            self.amplifier.push(round(FEED_MS / 1000 * INFO.sample_rate))

    def start(self) -> None:
        for side in self.side_streams:
            side.start()
        self.engine.start()

    def stop(self) -> None:
        for side in self.side_streams:
            side.stop()
        self.engine.stop()
        for side in self.side_streams:
            side.join(5.0)

    def snapshot(self, **wanted: Any) -> EngineSnapshot:
        return with_sides(self.engine.snapshot(**wanted), self.side_streams)


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def run(sender: Sender) -> Run:
    return Run(sender)


@pytest.fixture
def window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> Iterator[MainWindow]:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path / "recordings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = MainWindow(lambda: run, clock=CLOCK, remembers=False)
    made.resize(1280, 800)
    made.show()
    made.start()
    feeding = QTimer(made, interval=FEED_MS)
    feeding.timeout.connect(run.feed)
    feeding.start()
    qtbot.waitUntil(lambda: made.bridge.engine is run and made.bridge.snapshot is not None)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=LIMIT_MS)
    made.deleteLater()


@pytest.fixture
def session(window: MainWindow) -> WindowSession:
    return window.session


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    return lambda condition: qtbot.waitUntil(condition, timeout=LIMIT_MS)


Wait = Callable[[Callable[[], bool]], None]


def is_amber(session: WindowSession) -> bool:
    return f"background: {theme.DARK.warning}" in session.bar.record_button.styleSheet()


def waits_for(session: WindowSession) -> str:
    """What the bar says that is missing, as far as it can be read."""
    label = session.bar.streams.waiting
    return label.toolTip() if label.isVisible() else ""


def counts(session: WindowSession) -> dict[str, int]:
    """Each stream of the bar with its count."""
    views = [one for one in session.bar.streams.views if one.isVisible()]
    return {one.words.toolTip(): int(one.count.text().replace(",", "")) for one in views}


def test_record_is_amber_until_samples_flow_on_each_stream(
    session: WindowSession, run: Run, sender: Sender, wait: Wait
) -> None:
    wait(lambda: waits_for(session) == f"Waiting for: EEG 'amplifier', markers '{sender.spec}'")
    assert is_amber(session)
    assert session.bar.record_button.text() == "▲  Record"
    assert sender.spec in session.bar.record_button.toolTip()
    run.flows = True
    wait(lambda: waits_for(session) == f"Waiting for: markers '{sender.spec}'")
    assert is_amber(session)
    sender.appear()
    wait(lambda: waits_for(session) == "")
    assert not is_amber(session)
    assert session.bar.record_button.text() == "●  Record"
    sender.send("go")
    wait(lambda: counts(session).get("stim · Markers") == 1)
    before = counts(session)["amplifier · EEG"]
    wait(lambda: counts(session)["amplifier · EEG"] > before)


def test_a_stream_that_never_came_is_named_while_and_after_it_is_recorded(
    qtbot: QtBot, session: WindowSession, run: Run, sender: Sender, wait: Wait
) -> None:
    run.flows = True
    wait(lambda: waits_for(session) == f"Waiting for: markers '{sender.spec}'")
    folder = begin(qtbot, session)
    assert session.phase is Phase.RECORDING, "nothing is forbidden"
    wait(lambda: counts(session).get("amplifier · EEG", 0) > 0)
    wait(lambda: counts(session).get(f"{sender.spec} · no data yet") == 0)
    wait(lambda: session.bar.state.state is SessionState.FAULT)
    assert sender.source_id in session.bar.message.toolTip()
    end(qtbot, session)

    dialog = session.balance.dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert not dialog.isModal()
    rows = {row.cells[0].text(): row.words for row in dialog.table.rows}
    assert rows[f"Markers · {sender.spec}"].splitlines()[0] == "It never came"
    assert rows["EEG · amplifier"] == "Whole"
    assert dialog.headline.text() == "Not whole: 1 of 3 streams"
    wait(lambda: session.bar.state.state is SessionState.FAULT)
    assert sender.spec in session.bar.message.toolTip()
    wait(lambda: "holds exactly" in dialog.read_back.text())
    assert dialog.headline.text() == "Not whole: 1 of 3 streams"
    card = read_card(folder)
    outcomes = {one.asked: one.outcome for one in card.balance}
    assert outcomes[sender.spec] is Outcome.NEVER_CAME
    dialog.close()
    wait(lambda: sender.spec not in session.bar.message.toolTip())


def test_a_whole_recording_is_green_once_its_file_was_read_back(
    qtbot: QtBot, session: WindowSession, run: Run, sender: Sender, wait: Wait
) -> None:
    sender.appear()
    run.flows = True
    wait(lambda: waits_for(session) == "")
    folder = begin(qtbot, session)
    sender.send("go")
    wait(lambda: counts(session).get("amplifier · EEG", 0) > 0)
    wait(lambda: counts(session).get("stim · Markers") == 1)
    assert session.bar.streams.more_button.isVisible()
    session.bar.streams.more_button.click()
    dialog = session.balance.dialog
    assert dialog is not None
    assert dialog.headline.text() == "Recording …"
    assert not dialog.export_button.isEnabled()
    end(qtbot, session)
    wait(lambda: dialog.headline.text() == "All that was required is whole")
    assert read_card(folder).read_back == READ_EQUAL
    assert session.bar.message.toolTip() == ""
    model = next(row for row in dialog.table.rows if row.cells[0].text().startswith("Model"))
    assert "not ready in time" in model.words
    assert "not required" in model.words


def test_what_the_session_does_not_require_is_not_waited_for(
    qtbot: QtBot, session: WindowSession, run: Run, sender: Sender, wait: Wait
) -> None:
    run.flows = True
    wait(lambda: waits_for(session) == f"Waiting for: markers '{sender.spec}'")
    session.open_dialog()
    dialog = session.dialog
    assert isinstance(dialog, SessionDialog)
    assert [one.isChecked() for one in dialog.required.boxes.values()] == [True, True]
    dialog.participant.setText("07")
    dialog.required.boxes[sender.spec].setChecked(False)
    dialog.keep_button.click()
    assert session.choice.optional == (sender.spec,)
    wait(lambda: waits_for(session) == "")
    assert not is_amber(session)
    session.bar.record_button.click()
    wait(lambda: session.phase is Phase.RECORDING)
    wait(lambda: counts(session).get("amplifier · EEG", 0) > 0)
    recording = session.recording
    assert recording is not None
    required = {one.asked: one.required for one in recording.status.balance}
    assert required == {"lsl:amplifier": True, sender.spec: False, MODEL.name: False}
    end(qtbot, session)
    balance = session.balance.dialog
    assert balance is not None
    wait(lambda: balance.headline.text() == "All that was required is whole")
    assert session.choice.optional == (sender.spec,), "the next session of this plan too"


def test_a_stream_that_goes_while_it_is_recorded_is_named_at_once(
    qtbot: QtBot, session: WindowSession, run: Run, sender: Sender, wait: Wait
) -> None:
    sender.appear()
    run.flows = True
    wait(lambda: waits_for(session) == "")
    begin(qtbot, session)
    sender.send("go")
    wait(lambda: counts(session).get("stim · Markers") == 1)
    sender.outlet = None
    wait(lambda: counts(session).get("stim · no more data") == 1)
    wait(lambda: "stim" in session.bar.message.toolTip())
    assert session.bar.state.state is SessionState.FAULT
    end(qtbot, session)
    dialog = session.balance.dialog
    assert dialog is not None
    rows = {row.cells[0].text(): row.words for row in dialog.table.rows}
    assert rows["Markers · stim"].startswith("It was lost ")


def test_recording_begins_while_the_model_is_loading_and_predictions_join(
    qtbot: QtBot, window: MainWindow, session: WindowSession, run: Run, sender: Sender, wait: Wait
) -> None:
    sender.appear()
    loaded = threading.Event()

    def load() -> NewModel:
        assert loaded.wait(60.0)
        return NewModel(WatchingPredictor(), QUICK)

    run.engine.switch_model("tiny", load)
    run.flows = True
    wait(lambda: waits_for(session) == "")
    wait(lambda: "Loading the model tiny" in window.top_bar.model())
    folder = begin(qtbot, session)
    wait(lambda: counts(session).get("amplifier · EEG", 0) > 0)
    assert "Loading the model tiny" in window.top_bar.model()
    loaded.set()
    wait(lambda: "Loading" not in window.top_bar.model())
    recording = session.recording
    assert recording is not None

    wait(lambda: recording.status.samples.get(PREDICTIONS, 0) > 0)
    end(qtbot, session)
    stream = open_session(folder).file.named(INFO.name)
    assert stream is not None
    kept = stream.numbers[:, 0]
    assert (np.diff(kept) == 1).all(), "no sample is missing while the model is loaded"


def test_a_difference_is_a_fault_on_screen(
    qtbot: QtBot,
    window: MainWindow,
    session: WindowSession,
    run: Run,
    sender: Sender,
    wait: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sender.appear()
    run.flows = True
    wait(lambda: waits_for(session) == "")
    monkeypatch.setattr(reading, "read_back", lambda folder: f"{folder.name} lacks a sample")
    begin(qtbot, session)
    sender.send("go")
    wait(lambda: counts(session).get("amplifier · EEG", 0) > 0)
    end(qtbot, session)
    wait(lambda: "lacks a sample" in window.banner.text())
    dialog = session.balance.dialog
    assert dialog is not None
    assert "lacks a sample" in dialog.read_back.text()
    assert dialog.headline.text() == "Not recorded in order"
    wait(lambda: session.bar.state.state is SessionState.FAULT)


def test_the_window_stays_until_what_is_missing_was_seen(
    qtbot: QtBot, window: MainWindow, session: WindowSession, run: Run, wait: Wait
) -> None:
    session.ask = lambda *_words: True
    run.flows = True
    begin(qtbot, session)
    wait(lambda: counts(session).get("amplifier · EEG", 0) > 0)
    window.close()
    wait(lambda: not window.bridge.running)
    dialog = session.balance.dialog
    assert dialog is not None
    wait(lambda: "holds exactly" in dialog.read_back.text())
    assert window.isVisible()
    assert dialog.isVisible()
    dialog.close_button.click()
    wait(lambda: not window.isVisible())


def test_the_window_goes_by_itself_once_all_is_known_to_be_whole(
    qtbot: QtBot, window: MainWindow, session: WindowSession, run: Run, sender: Sender, wait: Wait
) -> None:
    session.ask = lambda *_words: True
    sender.appear()
    run.flows = True
    wait(lambda: waits_for(session) == "")
    folder = begin(qtbot, session)
    sender.send("go")
    wait(lambda: counts(session).get("stim · Markers") == 1)
    wait(lambda: counts(session).get("amplifier · EEG", 0) > 0)
    window.close()
    wait(lambda: not window.isVisible())
    assert read_card(folder).read_back == READ_EQUAL


def test_the_dialog_follows_the_sources_that_come_while_it_is_open(
    session: WindowSession, sender: Sender, wait: Wait
) -> None:
    session.open_dialog()
    dialog = session.dialog
    assert isinstance(dialog, SessionDialog)
    wait(lambda: len(dialog.required.boxes) == 2)
    assert dialog.required.boxes[sender.spec].text() == f"Markers · {sender.spec}"[:55] + "…"
    dialog.required.boxes[sender.spec].setChecked(False)
    sender.appear()
    wait(lambda: dialog.required.boxes[sender.spec].text() == "Markers · stim")
    assert not dialog.required.boxes[sender.spec].isChecked()
    dialog.reject()
    assert session.choice == SessionChoice(session.choice.root)


def test_there_is_a_balance_to_ask_for_only_after_a_recording(
    window: MainWindow, session: WindowSession
) -> None:
    session.balance.show()
    assert session.balance.dialog is None
    assert "Nothing has been recorded yet" in window.banner.text()
