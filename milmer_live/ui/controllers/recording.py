"""The session in the window: prepare, record, end; faults said at once; repairs offered."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QDialog, QMessageBox

from milmer_live import paths
from milmer_live.catalogue import EventKind
from milmer_live.errors import MilmerError
from milmer_live.live.recording.recorder import (
    Recorder,
    RecorderState,
)
from milmer_live.live.session_recording import (
    Recordable,
    RunFacts,
    SessionRecording,
)
from milmer_live.live.state import EngineSnapshot
from milmer_live.live.workers import Faults
from milmer_live.storage.session.catalogue import unfinished_sessions
from milmer_live.storage.upkeep.repair import (
    Outcome,
    repair_each,
)
from milmer_live.ui.bars.session_bar import SessionBar
from milmer_live.ui.bars.session_view import (
    SpaceWatch,
    fault_of,
    has_stopped,
    new_lines,
    shown_state,
    stream_lines,
    title_words,
    waiting_words,
)
from milmer_live.ui.controllers.balance import WindowBalance
from milmer_live.ui.controllers.labels import WindowLabels
from milmer_live.ui.dialogs.repair import RepairDialog
from milmer_live.ui.dialogs.session import SessionDialog
from milmer_live.ui.labels.panel import LabelsPanel
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.state.marker_log import Noted
from milmer_live.ui.state.session_choice import (
    AllBut,
    ChoiceStore,
    SessionChoice,
)
from milmer_live.ui.state.session_state import SessionState, Shown

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow

Ask = Callable[[str, str, str], bool]  # question, what would happen, the button that does it


IDLE_MS = 250
COUNT_S = 0.2


class Phase(Enum):
    """OPENING and CLOSING: the disk is at work, in the background."""

    IDLE = "idle"
    OPENING = "opening"
    RECORDING = "recording"
    CLOSING = "closing"


class WindowSession(QObject):
    """One recording at a time. `ask` is put to the user before a recording is ended; without it
    (off screen) nobody is asked."""

    def __init__(self, window: MainWindow, panel: LabelsPanel, *, ask: Ask | None) -> None:
        super().__init__(window)
        self.bar = SessionBar()
        self.phase = Phase.IDLE
        self.store = ChoiceStore(paths.config_dir() / "session.json", window.keep)
        self.choice = self.store.last()
        self.dialog: QDialog | None = None
        self.ask = ask
        self.labels = WindowLabels(window, panel, self.takes_labels)
        self.balance = WindowBalance(window)
        self._window = window
        self.recording: SessionRecording | None = None
        self._space = SpaceWatch(window.bridge)
        self._idle = QTimer(self, interval=IDLE_MS)
        self._idle.timeout.connect(self._show_idle)
        self._idle.start()
        self._said = ""
        self._counted_at = -1e9
        self._counted: tuple[object, ...] = ()
        self._seen: str | None = None  # by the participant, as it was noted last
        window.add_bar(self.bar)
        window.close_guards.append(self.may_close)
        self._connect()
        self._add_actions()
        self.bar.show_choice(self.choice)

    @property
    def is_recording(self) -> bool:
        return self.phase is not Phase.IDLE

    @property
    def says_faults(self) -> bool:
        """Whether the bar has what is wrong with the sources, so that nobody else need say it."""
        return self.phase is Phase.RECORDING and self.recording is not None

    def takes_labels(self) -> bool:
        """Whether a label that is entered now is kept."""
        recording = self.recording if self.phase is Phase.RECORDING else None
        return recording is not None and not has_stopped(recording)

    @property
    def pictures_folder(self) -> Path | None:
        """Where pictures of the recording that runs belong; None while none runs."""
        recording = self.recording if self.takes_labels() else None
        return recording.status.folder / "pictures" if recording is not None else None

    @property
    def may_keep_faces(self) -> bool:
        """The participant has agreed to be filmed, or is drawn by the program."""
        return self.choice.consent or (self.is_drawn and self._window.bridge.snapshot is not None)

    @property
    def is_drawn(self) -> bool:
        """Whether the participant of this run is drawn by the program."""
        run = self._window.bridge.engine
        return isinstance(run, Recordable) and run.facts.is_drawn

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        """State, time and space; at the display rate."""
        now = self._window.clock.now()
        recording = self.recording if self.phase is Phase.RECORDING else None
        last_fault = self.balance.fault
        self._show_state(shown_state(snapshot, recording, now, last_fault))
        fault = fault_of(snapshot, recording) or engine_words(last_fault)
        warning = engine_words(recording.status.warning) if recording is not None else ""
        self.bar.show_message(fault or warning, is_bad=bool(fault))
        self._show_streams(snapshot, recording, now)
        if fault != self._said:
            for line in new_lines(fault, self._said) if recording is not None else ():
                self._window.markers.add(Noted(now, line))
            self._said = fault
        free, minutes = self._space.look(self.choice, snapshot, now)
        if recording is not None:
            self.bar.show_folder(recording.status.folder)
            free = recording.status.free_bytes
            minutes = recording.status.minutes_left or minutes  # the first seconds tell no rate
            self._note_screen(recording)
        self.bar.show_space(free, minutes)

    def _show_streams(
        self, snapshot: EngineSnapshot, recording: SessionRecording | None, now: float
    ) -> None:
        """Counts that change more often cannot be read."""
        self.bar.show_waiting(waiting_words(snapshot, self.choice, recording))
        if isinstance(self.dialog, SessionDialog) and self.dialog.isVisible():
            self.dialog.required.show_sources(snapshot.sources)
        key = (recording, len(snapshot.sources))
        if now - self._counted_at >= COUNT_S or key != self._counted:
            self._counted_at, self._counted = now, key
            lines = stream_lines(snapshot, self.choice, recording)
            self.bar.streams.show_lines(lines, is_recorded=recording is not None)

    def _show_idle(self) -> None:
        """While nothing is connected there is no snapshot: what was shown of the run before does
        not hold any more. There is still a folder with room."""
        if self._window.bridge.engine is None:
            last_fault = self.balance.fault
            self._show_state(Shown(SessionState.FAULT if last_fault else SessionState.IDLE))
            self.bar.show_message(engine_words(last_fault), is_bad=bool(last_fault))
            self.bar.streams.show_lines((), is_recorded=False)
            self.bar.show_waiting(tr("Nothing is connected"))
            now = self._window.clock.now()
            self.bar.show_space(*self._space.look(self.choice, None, now))

    def _show_state(self, shown: Shown) -> None:
        self.bar.show_state(shown)
        closing = self.phase is Phase.CLOSING
        words = title_words(shown, self.choice.participant)
        self._window.show_title(tr("closing the recording") if closing else words)

    def _note_screen(self, recording: SessionRecording) -> None:
        """What the participant sees belongs into the recording, and each change of it."""
        screen = self._window.participant
        seen = "off"
        if screen.isVisible():
            words = f": {screen.words}" if screen.words else ""
            seen = f"{screen.content.name.lower()}{words}"
        if seen != self._seen:
            self._seen = seen
            recording.note(EventKind.PARTICIPANT_SCREEN, seen=seen)

    def open_dialog(self) -> None:
        """Ask who is recorded, and what may be kept."""
        if self.is_recording:
            return
        snapshot = self._window.bridge.snapshot
        sources = snapshot.sources if snapshot is not None else ()
        dialog = SessionDialog(self.choice, self._window, sources=sources)
        dialog.set_theme(self._window.look)
        dialog.accepted.connect(lambda: self._prepare(dialog.choice(), dialog.records_now))
        self._show(dialog)

    def prepare(self, choice: SessionChoice) -> None:
        """Take `choice` for the next recording."""
        self.choice = choice
        self.store.keep(choice)
        self._space.forget()
        self.bar.show_choice(choice)

    def swap_recording(self) -> None:
        """Record; or, when that is confirmed, end the recording."""
        if self.phase is Phase.RECORDING:
            self.may_end()
        elif self.phase is Phase.IDLE and not self.choice.participant:
            self.open_dialog()
        elif self.phase is Phase.IDLE:
            self.begin()

    def begin(self) -> None:
        """Record what runs, as it was prepared."""
        run = self._window.bridge.engine
        if not isinstance(run, Recordable):
            self.bar.show_message(tr("Connect a device or start the demo, then record."))
            return
        self.phase = Phase.OPENING
        self.bar.show_recording(False, busy=True)
        self._window.bridge.run(partial(self._open, run), self._begun, self._refused)

    def may_connect(self) -> bool:
        """As `may_end`, before other devices are opened: they are not part of the recording."""
        return self._ends(
            tr("End the recording before other devices are connected?"),
            tr(
                "All that was recorded so far is kept and closed in order. "
                "The new devices are recorded in a session of their own."
            ),
            tr("End the recording"),
        )

    def may_end(self) -> bool:
        """Whether what depends on it may stop: no recording runs, or the user ends it."""
        return self._ends(
            tr("End the recording?"),
            tr("All that was recorded so far is kept and closed in order."),
            tr("End the recording"),
        )

    def may_close(self) -> bool:
        """As `may_end`, for the end of the program."""
        records = self.is_recording
        may_close = self._ends(
            tr("End the recording and close the program?"),
            tr("All that was recorded so far is kept and closed in order. Then the program ends."),
            tr("End and close"),
        )
        if records and may_close and self.ask is not None:
            self.balance.hold_window()
        return may_close

    def _ends(self, question: str, text: str, does: str) -> bool:
        if self.phase in (Phase.IDLE, Phase.CLOSING):
            return True
        if self.ask is not None and not self.ask(question, text, does):
            return False
        self.end()
        return True

    def end(self) -> None:
        """Write what still waits and close the files, in the background."""
        if self.phase in (Phase.OPENING, Phase.RECORDING):
            self.labels.close()
            self.phase = Phase.CLOSING
            self.bar.show_recording(True, busy=True)
            self._window.bridge.run(self._close, self._ended, self._refused)

    def offer_repair(self) -> None:
        """Look for sessions that a crash has left."""
        roots = {self.choice.root, paths.fallback_recordings()}
        self._window.bridge.run(partial(_unfinished, roots), self._offer)

    def raise_dialog(self) -> None:
        """Before another that was opened meanwhile: what a crash has left comes first."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.raise_()
            self.dialog.activateWindow()

    # On the worker of the bridge: here the disk may take its time.

    def _open(self, run: Recordable) -> SessionRecording:
        clock, facts = self._window.clock, run.facts
        recorder = Recorder(
            self.choice.root,
            facts.put_into(self.choice.plan()),
            clock,
            Faults(),
            fallback=paths.fallback_recordings(),
            required=self._required(facts),
        )
        recording = SessionRecording(recorder)
        recording.begin(run.engine, run.side_streams)
        self.recording = recording
        return recording

    def _required(self, facts: RunFacts) -> AllBut:
        """The model is shown in the balance, and a session without predictions is whole: what is
        computed from it can be computed later."""
        model = (facts.model.name,) if facts.model is not None else ()
        return AllBut((*self.choice.optional, *model))

    def _close(self) -> bool:
        return self.recording is None or self.recording.end()

    # Back on the GUI thread.

    def _begun(self, recording: SessionRecording) -> None:
        self._seen = None
        if self.phase is Phase.OPENING:  # and not asked to end already
            self.phase = Phase.RECORDING
            self.bar.show_recording(True)
            self.bar.show_choice(self.choice, str(recording.status.folder))
            self.labels.begin(recording.recorder)
            self.balance.begin(recording)

    def _ended(self, in_time: bool) -> None:
        recording, self.recording = self.recording, None
        self.phase = Phase.IDLE
        self.bar.show_recording(False)
        self.bar.show_choice(self.choice)
        self._space.forget()
        if recording is None:
            return
        status = recording.status
        self.labels.end(status.folder)
        text = ""
        if not in_time or status.state is RecorderState.FAILED:
            text = status.fault or tr("The recording did not end in time.")
            hint = tr("Repair it: milmer-live repair {folder}").format(folder=status.folder)
            self._window.banner.show_fault(text, hint)
        self.balance.end(recording, text, is_closed=in_time)
        if not text:
            self._window.markers.add(
                Noted(self._window.clock.now(), f"{tr('Recorded')}: {status.folder}")
            )

    def _refused(self, error: MilmerError) -> None:
        """The folder cannot be used, or the like: nothing is recorded, and that is said."""
        self.phase = Phase.IDLE
        self.bar.show_recording(False)
        self._window.banner.show_fault(error.message, error.hint)

    def _offer(self, folders: tuple[Path, ...]) -> None:
        if not folders:
            return
        dialog = RepairDialog(folders, self._window)
        dialog.repair_asked.connect(
            lambda chosen: self._window.bridge.run(partial(_repair, chosen), dialog.show_outcomes)
        )
        self._show(dialog)

    def _show_all_streams(self) -> None:
        """With what of each is in the file; before a recording, with those that must be there."""
        self.balance.show() if self.is_recording else self.open_dialog()

    def _prepare(self, choice: SessionChoice, records_now: bool) -> None:
        self.prepare(choice)
        if records_now:
            self.begin()

    def _show(self, dialog: QDialog) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = dialog
        dialog.show()

    def _connect(self) -> None:
        self.bar.record_asked.connect(self.swap_recording)
        self.bar.session_asked.connect(self.open_dialog)
        self.bar.balance_asked.connect(self._show_all_streams)

    def _add_actions(self) -> None:
        add, group = self._window.actions_.add, tr("Session")
        add(group, tr("Session …"), "Ctrl+E", self.open_dialog)
        add(group, tr("Record or end the recording"), "Ctrl+R", self.swap_recording)
        add(group, tr("Balance of the recording"), "Ctrl+B", self.balance.show)
        self.labels.add_actions(group)


def ask_user(window: MainWindow) -> Ask:
    """A question that stands in the way, answered "no" unless the other button is chosen."""

    def ask(question: str, text: str, does: str) -> bool:
        box = QMessageBox(window)
        box.setWindowTitle(question)
        box.setText(question)
        box.setInformativeText(text)
        yes = box.addButton(does, QMessageBox.ButtonRole.DestructiveRole)
        no = box.addButton(tr("Go on recording"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.exec()
        return box.clickedButton() is yes

    return ask


def _unfinished(roots: set[Path]) -> tuple[Path, ...]:
    return tuple(folder for root in sorted(roots) for folder in unfinished_sessions(root))


def _repair(folders: tuple[Path, ...]) -> list[Outcome]:
    """One for each file; one folder that fails keeps no other from its repair."""
    outcomes: list[Outcome] = []
    for folder in folders:
        try:
            outcomes += repair_each(folder)
        except MilmerError as error:
            outcomes.append(Outcome(folder, problem=str(error)))
    return outcomes
