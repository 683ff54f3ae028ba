"""Export from the window: chosen, run beside it, cancelled, told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from test_export_job import left_behind, session

from milmer_live.storage.export import FORMATS, ExportOptions
from milmer_live.storage.export.job import ExportStep
from milmer_live.ui.dialogs.export import (
    FORMAT_WORDS,
    ExportDialog,
)

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LIMIT_MS = 60_000
__all__ = ["session"]  # the fixture


@pytest.fixture
def dialog(qtbot: QtBot, session: Path, tmp_path: Path) -> ExportDialog:
    made = ExportDialog(session, tmp_path / "out")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_every_format_can_be_chosen(dialog: ExportDialog) -> None:
    assert tuple(FORMAT_WORDS) == FORMATS
    assert dialog.format.count() == len(FORMATS)


def test_a_session_is_exported_and_where_to_is_said(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    dialog.format.setCurrentIndex(FORMATS.index("csv"))
    dialog.export_button.click()
    assert not dialog.export_button.isEnabled()
    assert dialog.bar.isVisible()
    assert dialog.close_button.text() == "Cancel"
    qtbot.waitUntil(lambda: "Exported." in dialog.words.text(), timeout=LIMIT_MS)
    (table,) = (tmp_path / "out").glob("*_eeg.csv")
    assert dialog.place.toolTip() == str(table)
    assert dialog.open_button.isVisible()
    assert not dialog.bar.isVisible()
    dialog.export_button.click()
    qtbot.waitUntil(lambda: "nothing is overwritten" in dialog.words.text(), timeout=LIMIT_MS)
    assert not dialog.open_button.isVisible()


@pytest.mark.parametrize("how", ["button", "Esc", "cross"])
def test_a_cancelled_export_leaves_nothing_and_says_so(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path, how: str
) -> None:
    dialog.start()
    assert dialog.job is not None
    job = dialog.job
    qtbot.waitUntil(lambda: bool(left_behind(tmp_path / "out")))
    if how == "button":
        dialog.close_button.click()
        qtbot.waitUntil(lambda: "Nothing was left behind" in dialog.words.text(), timeout=LIMIT_MS)
        assert dialog.isVisible()
        assert dialog.export_button.isEnabled()
    elif how == "Esc":
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        dialog.close()
    qtbot.waitUntil(lambda: job.status.step is ExportStep.CANCELLED, timeout=LIMIT_MS)
    assert left_behind(tmp_path / "out") == []
    assert dialog.isVisible() == (how == "button")


def test_what_the_command_line_can_say_can_be_chosen(dialog: ExportDialog) -> None:
    fields = dialog.fields
    assert fields.options == ExportOptions(), "as the command line without options"
    names = [fields.signals.itemText(row) for row in range(fields.signals.count())]
    assert names == ["EEG", "All signals", "Amp instead of the EEG"]
    fields.signals.setCurrentIndex(2)
    assert fields.options.streams == ("Amp",)
    fields.signals.setCurrentIndex(1)
    fields.rate.setCurrentIndex(2)
    fields.unit.setCurrentIndex(2)
    fields.subject.setText("07")
    fields.name.setText("two")
    fields.run.setText("3")
    assert fields.options == ExportOptions(
        rate="effective", everything=True, unit="mV", subject="07", session="two", run="3"
    )
    fields.rate.setEditText(" 200 Hz")
    assert fields.options.rate == "200"
    dialog.format.setCurrentIndex(FORMATS.index("bids"))
    assert fields.task.isEnabled()
    dialog.format.setCurrentIndex(FORMATS.index("edf"))
    assert not fields.task.isEnabled()


def test_what_is_otherwise_than_in_the_session_is_told(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    dialog.format.setCurrentIndex(FORMATS.index("npz"))
    dialog.fields.rate.setEditText("fast")
    dialog.start()
    qtbot.waitUntil(lambda: "'fast' is no rate" in dialog.words.text(), timeout=LIMIT_MS)
    assert not dialog.notes.isVisible()
    dialog.fields.rate.setEditText("100")
    dialog.start()
    qtbot.waitUntil(lambda: "Exported." in dialog.words.text(), timeout=LIMIT_MS)
    assert "'Amp' is written at 100 Hz" in dialog.notes.text()
    assert dialog.notes.isVisible()
    (file,) = (tmp_path / "out").glob("*.npz")
    assert float(np.load(file)["sample_rate"]) == 100
