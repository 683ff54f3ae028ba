"""Export from the window: chosen, run beside it, cancelled, told."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from test_export_job import left_behind, session

from milmer_live.storage.export import FORMATS
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
