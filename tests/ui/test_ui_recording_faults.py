"""What is wrong while a session is recorded is said once, in the session's bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from test_session_recording import CLOCK
from test_ui_session import Run, begin, end

from milmer_live.live.state import EngineSnapshot, EngineState
from milmer_live.ui.bars.session_view import new_lines
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
FAULT = "EEG stream 'amp' sends nothing: is the amplifier on?"


class Failing(Run):
    """A run whose amplifier can be said to be lost."""

    fault = ""

    def snapshot(self, **wanted: Any) -> EngineSnapshot:
        seen = super().snapshot(**wanted)
        return replace(seen, fault=self.fault, state=EngineState.FAULT) if self.fault else seen


@pytest.fixture
def run() -> Failing:
    return Failing()


@pytest.fixture
def window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Failing
) -> Iterator[MainWindow]:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", str(tmp_path / "recordings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = MainWindow(lambda: run, clock=CLOCK, remembers=False)
    made.show()
    made.start()
    qtbot.waitUntil(lambda: made.bridge.engine is run and made.bridge.snapshot is not None)
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.bridge.running, timeout=20_000)
    made.deleteLater()


def test_each_of_several_faults_has_a_line_of_its_own(
    qtbot: QtBot, window: MainWindow, run: Failing
) -> None:
    window.resize(1280, 800)
    begin(qtbot, window.session)
    message = window.session.bar.message
    said = [f"The camera '{name}' repeats its last picture: no face is used." for name in "abcd"]
    run.fault = "\n".join(said)
    qtbot.waitUntil(lambda: message.toolTip() == run.fault, timeout=20_000)
    shown = [line.text() for line in message.lines if line.isVisible()]
    assert shown[:2] == said[:2]
    assert shown[2].startswith(f"(+2)  {said[2]}")
    run.fault = said[3]
    qtbot.waitUntil(lambda: message.toolTip() == run.fault, timeout=20_000)
    assert [line.text() for line in message.lines if line.isVisible()] == said[3:]


def test_only_what_is_new_of_the_faults_is_noted_in_the_pictures(
    qtbot: QtBot, window: MainWindow, run: Failing
) -> None:
    begin(qtbot, window.session)
    camera, rate = "The camera gives no pictures.", "The EEG stream 'EEG': sends {} Hz."
    faults = ("", camera, f"{camera}\n{rate.format(249.3)}", f"{camera}\n{rate.format(250.1)}")
    for run.fault in faults:
        wanted = "\n".join(map(engine_words, run.fault.splitlines()))
        qtbot.waitUntil(
            lambda wanted=wanted: window.session.bar.message.toolTip() == wanted,  # type: ignore[misc]
            timeout=20_000,
        )
    noted = [one.text for one in window.markers.between(-np.inf, np.inf)]
    assert noted.count(camera) == 1
    assert [text for text in noted if "sends" in text] == [rate.format(249.3)]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("No LSL stream of source_id 'amp1'.", "No LSL stream of source_id 'amp2'."),
        ("The camera '0, 640 × 480' is gone.", "The camera '1, 640 × 480' is gone."),
        ("http://10.0.0.1/a gives no pictures.", "http://10.0.0.2/a gives no pictures."),
        ("lsl:Amp1 is gone.", "lsl:Amp2 is gone."),
        ("Der EEG-Strom „Amp 1“ ist weg.", "Der EEG-Strom „Amp 2“ ist weg."),
    ],
)
def test_another_stream_is_another_fault(before: str, now: str) -> None:
    assert new_lines(now, before) == [now]
    assert new_lines(now, f"{before}\n{now}") == []
    assert new_lines("'A': 2 gaps, +3.5 %.", "'A': 1 gap.\n'A': 1 gaps, -2.6 %.") == []


def test_a_fault_is_said_by_the_bar_alone_while_it_is_recorded(
    qtbot: QtBot, window: MainWindow, run: Failing
) -> None:
    begin(qtbot, window.session)
    run.fault = FAULT
    qtbot.waitUntil(lambda: window.session.bar.message.toolTip() == FAULT, timeout=20_000)
    assert not window.banner.isVisible()
    end(qtbot, window.session)
    qtbot.waitUntil(lambda: FAULT in window.banner.text(), timeout=20_000)
    assert window.banner.isVisible()
    assert FAULT not in window.session.bar.message.toolTip(), "and nowhere else"


def test_a_banner_of_before_gives_its_room_to_the_traces(
    qtbot: QtBot, window: MainWindow, run: Failing
) -> None:
    run.fault = FAULT
    qtbot.waitUntil(window.banner.isVisible, timeout=20_000)
    before = window.docks.height()
    begin(qtbot, window.session)
    qtbot.waitUntil(lambda: window.session.bar.message.toolTip() == FAULT, timeout=20_000)
    qtbot.waitUntil(lambda: not window.banner.isVisible(), timeout=20_000)
    qtbot.waitUntil(lambda: window.docks.height() > before, timeout=20_000)
    run.fault = ""
    end(qtbot, window.session)
