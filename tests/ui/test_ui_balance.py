"""The balance of a recording on screen: rows, words, colours, and what can be done from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot
from whole_window import BALANCE

from milmer_live.storage.session.balance import (
    Outcome,
    StreamBalance,
)
from milmer_live.storage.session.card import READ_EQUAL
from milmer_live.ui.bars.session_bar import SessionBar
from milmer_live.ui.dialogs.balance import (
    BalanceDialog,
    Sheet,
)
from milmer_live.ui.language.stream_words import (
    StreamLine,
    Verdict,
    line_during,
    verdict_of,
)
from milmer_live.ui.look import theme

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
WHOLE = BALANCE[-1]
SHEET = Sheet(Path("/data/ses-1"), (WHOLE,), 1000.0, 65.0, is_over=True, read_back=READ_EQUAL)
NEVER = StreamBalance(asked="lsl:stim", kind="markers")


@pytest.fixture
def dialog(qtbot: QtBot) -> BalanceDialog:
    made = BalanceDialog(SHEET)
    qtbot.addWidget(made)
    made.set_theme(theme.DARK)
    made.show()
    qtbot.waitExposed(made)
    return made


def row_words(dialog: BalanceDialog) -> list[str]:
    return [row.words for row in dialog.table.rows if row.cells[0].isVisible()]


def test_a_whole_recording_says_so_once_its_file_was_read_back(dialog: BalanceDialog) -> None:
    assert dialog.headline.text() == "Recorded whole"
    assert row_words(dialog) == ["Whole"]
    dialog.show_sheet(replace(SHEET, read_back=""))
    assert dialog.headline.text() == "Recorded. The file is being checked …"
    assert dialog.read_back.text() == "Reading the file back …"
    assert dialog.sheet.verdict() is Verdict.IDLE


def test_a_stream_that_never_came_is_named_in_red(dialog: BalanceDialog) -> None:
    dialog.show_sheet(replace(SHEET, balance=(WHOLE, NEVER)))
    assert dialog.headline.text() == "Not whole: 1 of 2 streams"
    assert theme.DARK.danger in dialog.headline.styleSheet()
    row = dialog.table.rows[1]
    assert [cell.text() for cell in row.cells] == [
        "Markers · lsl:stim",
        "never",
        "0",
        "0",
        "–",
        "It never came",
    ]
    assert theme.DARK.danger in row.cells[-1].styleSheet()


def test_a_difference_is_a_fault_although_every_stream_is_whole(dialog: BalanceDialog) -> None:
    dialog.show_sheet(replace(SHEET, read_back="'Amp' has 99 samples and not 100."))
    assert dialog.headline.text() == "Not recorded in order"
    assert "'Amp' has 99 samples and not 100." in dialog.read_back.text()
    assert theme.DARK.danger in dialog.read_back.styleSheet()


def test_what_was_not_required_does_not_spoil_the_session(dialog: BalanceDialog) -> None:
    free = NEVER.model_copy(update={"required": False})
    dialog.show_sheet(replace(SHEET, balance=(WHOLE, free)))
    assert dialog.headline.text() == "All that was required is whole"
    assert row_words(dialog)[1] == "It never came\nIt is not required"
    assert theme.DARK.warning in dialog.table.rows[1].cells[-1].styleSheet()


def test_every_outcome_has_words_and_a_colour() -> None:
    outcomes = {one.outcome: verdict_of(one) for one in BALANCE if one.required}
    assert outcomes == {
        Outcome.INCOMPLETE: Verdict.WARNS,
        Outcome.DIED: Verdict.BAD,
        Outcome.NEVER_CAME: Verdict.BAD,
        Outcome.WHOLE: Verdict.GOOD,
    }
    faulty = WHOLE.model_copy(update={"faults": ("The rate is wrong.",)})
    empty = NEVER.model_copy(update={"connected": 990.0, "name": "stim"})
    assert (verdict_of(faulty), verdict_of(empty)) == (Verdict.WARNS, Verdict.BAD)


def test_while_it_is_recorded_each_stream_has_its_count_and_its_problem() -> None:
    amp, camera, keys, other, stim = map(line_during, BALANCE)
    assert (amp.count, amp.verdict) == (8_999_000, Verdict.WARNS)
    assert "12 gaps, 1201.55 s in all" in amp.problem
    assert "600 samples rejected: Gone." in amp.problem
    assert "400 samples not kept" in amp.problem
    assert (camera.verdict, camera.problem) == (Verdict.BAD, "no more data")
    assert (keys.verdict, keys.problem) == (Verdict.WARNS, "no data yet")
    assert (other.verdict, other.problem) == (Verdict.IDLE, "no data yet")
    assert (stim.verdict, stim.problem, stim.count) == (Verdict.GOOD, "", 1)


def test_markers_that_are_connected_are_not_missed_yet() -> None:
    waiting = NEVER.model_copy(update={"connected": 990.0, "name": "stim", "alive": True})
    assert line_during(waiting).verdict is Verdict.IDLE


class FileManager(QObject):
    """Takes the place of the system's."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


@pytest.fixture
def file_manager() -> Iterator[FileManager]:
    made = FileManager()
    QDesktopServices.setUrlHandler("file", made, "open")  # type: ignore[arg-type]
    yield made
    QDesktopServices.unsetUrlHandler("file")


def test_the_folder_is_opened_and_the_export_offered(
    qtbot: QtBot, dialog: BalanceDialog, file_manager: FileManager
) -> None:
    dialog.open_button.click()
    assert file_manager.opened == ["/data/ses-1"]
    with qtbot.waitSignal(dialog.export_asked) as asked:
        dialog.export_button.click()
    assert asked.args == [Path("/data/ses-1")]
    dialog.show_sheet(replace(SHEET, is_over=False))
    assert not dialog.export_button.isEnabled(), "its files are still being written"
    assert dialog.headline.text() == "Recording …"


def test_where_no_file_manager_answers_the_path_is_said(
    dialog: BalanceDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    dialog.open_button.click()
    assert "/data/ses-1" in dialog.troubles.text()
    assert dialog.troubles.isVisible()


def test_trouble_on_the_way_is_told_although_all_was_kept(dialog: BalanceDialog) -> None:
    dialog.show_sheet(replace(SHEET, troubles=("The disk was nearly full.",)))
    assert dialog.headline.text() == "Recorded whole"
    assert dialog.troubles.text() == "The disk was nearly full."
    dialog.show_sheet(replace(SHEET, fault="Nothing is recorded any more."))
    assert dialog.headline.text() == "Not recorded in order"
    assert not dialog.troubles.isVisible()


def test_more_streams_than_have_room_are_counted_and_what_is_wrong_comes_first(
    qtbot: QtBot,
) -> None:
    bar = SessionBar()
    qtbot.addWidget(bar)
    bar.resize(1280, 90)
    lines = [StreamLine("markers", f"a rather long name {n}", 1_234_567) for n in range(6)]
    bad = StreamLine("EEG", "amplifier", 7, Verdict.BAD, "no more data")
    bar.streams.show_lines([*lines, bad], is_recorded=True)
    bar.show()
    qtbot.waitExposed(bar)
    seen = [view for view in bar.streams.views if view.isVisible()]
    assert len(seen) == 5
    assert seen[0].words.toolTip() == "amplifier · no more data"
    assert bar.streams.more_button.text() == "and 2 more …"
    assert len(bar.streams.more_button.toolTip().splitlines()) == 7
    for view in seen:
        wanted = view.count.fontMetrics().horizontalAdvance(view.count.text())
        assert view.count.width() >= wanted, "a count is never cut off"
    with qtbot.waitSignal(bar.balance_asked):
        bar.streams.more_button.click()
