"""The balance of recordings in the window: shown when one ends, until its file was read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from milmer_live.live.session_recording import SessionRecording
from milmer_live.storage.session.balance import short_streams
from milmer_live.storage.session.card import READ_EQUAL
from milmer_live.ui.dialogs.balance import (
    BalanceDialog,
    Sheet,
    read_back_words,
)
from milmer_live.ui.dialogs.export import ExportDialog
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.stream_words import (
    named,
    outcome_words,
)
from milmer_live.ui.state.marker_log import Noted

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow

LOOK_MS = 250


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording. `length_s` is None while it runs; `fault` is what kept it from ending in
    order, `is_closed` whether its files were closed in time."""

    recording: SessionRecording
    length_s: float | None = None
    fault: str = ""
    is_closed: bool = True

    def sheet(self, now: float) -> Sheet:
        status, started_at = self.recording.status, self.recording.started_at
        return Sheet(
            folder=status.folder,
            balance=status.balance,
            started_at=started_at,
            length_s=now - started_at if self.length_s is None else self.length_s,
            is_over=self.length_s is not None,
            fault=self.fault,
            troubles=status.troubles,
            read_back=status.read_back,
            is_closed=self.is_closed,
        )


class WindowBalance(QObject):
    """One dialog at a time, of the recording that runs or of the last one."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.dialog: BalanceDialog | None = None
        self.export: ExportDialog | None = None
        self._window = window
        self._kept: Kept | None = None  # what the dialog shows, or would
        self._unread: list[Kept] = []  # ended, and their files are still being read
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._holds = False
        window.bridge.stopped.connect(self._let_go)
        window.last_guards.append(self.may_go)

    @property
    def is_seen(self) -> bool:
        return self.dialog is not None and self.dialog.isVisible()

    @property
    def fault(self) -> str:
        """What was wrong with the last recording, as long as its balance is seen."""
        if self.dialog is None or not self.is_seen:
            return ""
        sheet = self.dialog.sheet
        return fault_words(sheet) if sheet.is_over and sheet.is_short else ""

    def hold_window(self) -> None:
        """The program is being closed while it records: what came of the recording must be seen
        before the window goes."""
        self._holds = True

    def release_window(self) -> None:
        """Nobody is there to see it."""
        self._holds = False

    def may_go(self) -> bool:
        """Whether the last recording is known to be whole, or its balance was closed."""
        return not (self._holds and self.is_seen and (self._unread or self.fault))

    def begin(self, recording: SessionRecording) -> None:
        """Another recording begins: it is the one that is shown from now on."""
        self._kept = Kept(recording)
        if self.dialog is not None:
            self.dialog.close()

    def end(self, recording: SessionRecording, fault: str, *, is_closed: bool) -> None:
        """Show what came of it, and say in the log what is wrong."""
        length_s = self._window.clock.now() - recording.started_at
        self._kept = Kept(recording, length_s, fault, is_closed)
        if is_closed:
            self._unread.append(self._kept)
        for one in short_streams(recording.status.balance):
            self._note(f"{named((one,))}: {'; '.join(outcome_words(one))}")
        self.show()

    def show(self) -> None:
        """The recording that runs, or the last one."""
        if self._kept is None:
            self._window.banner.show_note(tr("Nothing has been recorded yet."))
            return
        sheet = self._kept.sheet(self._window.clock.now())
        if self.dialog is None:
            self.dialog = BalanceDialog(sheet, self._window)
            self.dialog.export_asked.connect(self.open_export)
            self.dialog.finished.connect(self._leave)
        self.dialog.addActions(self._window.actions())  # its keys hold while the dialog has them
        self.dialog.set_theme(self._window.look)
        self.dialog.show_sheet(sheet)
        if self.is_seen:
            self.dialog.raise_()
        self.dialog.show()
        self._timer.start()

    def look(self) -> None:
        """What has changed since: counts, and what reading back has shown."""
        for one in [one for one in self._unread if one.recording.status.read_back]:
            self._unread.remove(one)
            self._tell_read_back(one)
        if self.dialog is not None and self.is_seen and self._kept is not None:
            self.dialog.show_sheet(self._kept.sheet(self._window.clock.now()))
        elif not self._unread:
            self._timer.stop()
        self._leave()

    def open_export(self, session: Path) -> None:
        """Into a folder beside the sessions, unless another is chosen."""
        if self.export is not None:
            self.export.close()
            self.export.deleteLater()
        folder = self._window.session.choice.root / "exports"
        self.export = ExportDialog(session, folder, self._window)
        self.export.set_theme(self._window.look)
        self.export.show()

    def _tell_read_back(self, one: Kept) -> None:
        """A difference is said also where the dialog is closed, or shows another recording."""
        sheet = one.sheet(self._window.clock.now())
        if sheet.read_back != READ_EQUAL:
            words = read_back_words(sheet)
            self._note(f"{words} {sheet.folder}")
            self._window.banner.show_fault(words, str(sheet.folder))

    def _note(self, text: str) -> None:
        self._window.markers.add(Noted(self._window.clock.now(), text))

    def _leave(self) -> None:
        """Close the window that was held until now."""
        if self._holds and not self._window.bridge.running and self.may_go():
            self._timer.stop()
            self._window.close()

    def _let_go(self) -> None:
        """The program ends: an export is not left running."""
        if self.export is not None:
            self.export.close()


def fault_words(sheet: Sheet) -> str:
    """One line for the session's bar."""
    short = short_streams(sheet.balance)
    if not short:
        return tr("The last recording is not whole.")
    return tr("The last recording is not whole: {streams}").format(streams=named(short))
