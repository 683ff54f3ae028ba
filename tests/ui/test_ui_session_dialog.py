"""The session dialog says what is wrong in the user's words, in room that is kept for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from milmer_live.ui.dialogs.session import SessionDialog
from milmer_live.ui.state.session_choice import SessionChoice

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> SessionDialog:
    made = SessionDialog(SessionChoice(tmp_path))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_a_name_with_other_signs_is_refused_in_a_sentence(dialog: SessionDialog) -> None:
    QTest.keyClicks(dialog.participant, "0 1/x")
    assert dialog.problem.text() == "Participant: letters and digits only, such as 01."
    assert not dialog.record_button.isEnabled()
    dialog.participant.setText("é1")  # a letter, but none that BIDS takes
    assert "letters and digits only" in dialog.problem.text()


def test_a_name_that_is_too_long_is_refused_in_a_sentence(dialog: SessionDialog) -> None:
    dialog.participant.setText("0" * 65)
    assert dialog.problem.text() == "Participant: at most 64 characters."
    dialog.participant.setText("01")
    dialog.name.setText("n" * 65)
    assert dialog.problem.text() == "Session: at most 64 characters."


def test_what_is_wrong_takes_no_room_from_the_rest(dialog: SessionDialog) -> None:
    heights = [button.height() for button in dialog.videos.values()]
    places = [button.y() for button in dialog.videos.values()]
    QTest.keyClicks(dialog.participant, "0 1/x")
    layout = dialog.layout()
    assert layout is not None
    layout.activate()
    assert [button.height() for button in dialog.videos.values()] == heights
    assert [button.y() for button in dialog.videos.values()] == places


def test_cancel_leaves_all_as_it_was(qtbot: QtBot, dialog: SessionDialog) -> None:
    dialog.participant.setText("01")
    with qtbot.waitSignal(dialog.rejected):
        QTest.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    assert not dialog.records_now
    assert not dialog.isVisible()
