"""Export a session: format, signals, rate, names, where to, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from milmer_live.storage.export import FORMATS, ExportOptions, Format
from milmer_live.storage.export.job import (
    ExportJob,
    ExportStatus,
    ExportStep,
)
from milmer_live.storage.export.options import EFFECTIVE, NOMINAL, TASK
from milmer_live.storage.export.streams import streams_of
from milmer_live.ui.desktop import show_folder
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Choice,
    ElidedLabel,
    LimitedText,
    breakable,
    label,
)

LOOK_MS = 100
WIDTH = 560
FORMAT_WORDS: dict[Format, str] = {
    "fif": mark("FIF, for MNE"),
    "edf": mark("EDF+"),
    "bdf": mark("BDF+"),
    "brainvision": mark("BrainVision"),
    "bids": mark("BIDS, a folder"),
    "eeglab": mark("EEGLAB (.set)"),
    "csv": mark("CSV, a table"),
    "npz": mark("NumPy arrays (.npz)"),
}
RATE_WORDS = {
    "": mark("Nominal; CSV and NumPy as recorded"),
    NOMINAL: mark("Nominal, as the header says"),
    EFFECTIVE: mark("Effective, by the time stamps"),
}
UNITS = ("", "uV", "mV", "V", "nV")
NOTE_LINES = 6
MakeJob = Callable[[Path, Format, Path, ExportOptions], ExportJob]


class ExportFields:
    """What is written, and how it is named: the options of `milmer-live export`."""

    def __init__(self, streams: tuple[str, ...]) -> None:
        self._streams = streams
        self.signals, self.rate, self.unit = Choice(), Choice(), Choice()
        self.signals.addItems([tr("EEG"), tr("All signals")])
        instead = tr("{name} instead of the EEG")
        self.signals.addItems([instead.format(name=breakable(name)) for name in streams])
        self.rate.addItems([tr(words) for words in RATE_WORDS.values()])
        self.rate.setEditable(True)
        self.rate.setToolTip(tr("Or a number of Hz."))
        self.unit.addItems([tr("As stated"), *(unit.replace("u", "µ") for unit in UNITS[1:])])
        self.subject, self.name, self.run = QLineEdit(), QLineEdit(), QLineEdit()
        self.task = QLineEdit(TASK)
        for field in (self.subject, self.name):
            field.setPlaceholderText(tr("as recorded"))

    @property
    def options(self) -> ExportOptions:
        chosen = self.signals.currentIndex()
        known = self.rate.findText(self.rate.currentText())
        typed = self.rate.currentText().strip().removesuffix("Hz").strip()
        return ExportOptions(
            rate=tuple(RATE_WORDS)[known] if known >= 0 else typed,
            streams=self._streams[chosen - 2 : chosen - 1] if chosen > 1 else (),
            everything=chosen == 1,
            unit=UNITS[self.unit.currentIndex()],
            subject=self.subject.text().strip(),
            session=self.name.text().strip(),
            task=self.task.text().strip() or TASK,
            run=self.run.text().strip(),
        )

    @property
    def rows(self) -> tuple[tuple[str, QWidget], ...]:
        return (
            (tr("Signals"), self.signals),
            (tr("Sampling rate"), self.rate),
            (tr("Unit of the EEG"), self.unit),
            (tr("Participant"), self.subject),
            (tr("Session"), self.name),
            (tr("Task (BIDS)"), self.task),
            (tr("Run"), self.run),
        )

    def enable(self, to: Format, *, is_free: bool) -> None:
        """While no export runs; other formats than BIDS have no task in their names."""
        for _, field in self.rows:
            field.setEnabled(is_free and (field is not self.task or to == "bids"))


class ExportDialog(QDialog):
    """The window goes on meanwhile. Closing the dialog cancels what is not done."""

    def __init__(
        self,
        session: Path,
        folder: Path,
        parent: QWidget | None = None,
        *,
        make_job: MakeJob = ExportJob,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self.setMinimumWidth(WIDTH)
        self.session = session
        self.job: ExportJob | None = None
        self.format = Choice()
        self.format.addItems([tr(words) for words in FORMAT_WORDS.values()])
        self.fields = ExportFields(streams_of(session))
        self.folder = QLineEdit(str(folder))
        self.browse = QPushButton(tr("Choose …"))
        self.words, self.place = label(), ElidedLabel("muted", keeps_end=True)
        self.notes = label("muted")
        self._notes = LimitedText(self.notes, most=NOTE_LINES)
        self.bar = QProgressBar()
        self.export_button = QPushButton(tr("Export"))
        self.open_button = QPushButton(tr("Open folder"))
        self.close_button = QPushButton(tr("Close"))
        self._make_job = make_job
        self._look = theme.DARK
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._show_status)
        self._connect()
        self._lay_out()

    def start(self) -> None:
        """In the background, as chosen."""
        to = FORMATS[self.format.currentIndex()]
        self.job = self._make_job(self.session, to, self._folder(), self.fields.options)
        self.job.start()
        self._timer.start()
        self._show_status()

    def end(self) -> None:
        """Cancel while it runs, else close."""
        if self.job is not None and not self.job.status.is_over:
            self.job.cancel()
            self.words.setText(tr("Cancelling …"))
        else:
            self.close()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self._paint()

    def reject(self) -> None:
        """Esc, or the window's own cross."""
        if self.job is not None:
            self.job.cancel()
        super().reject()

    def _folder(self) -> Path:
        return Path(self.folder.text().strip()).expanduser()

    def _show_status(self) -> None:
        assert self.job is not None
        status = self.job.status
        runs = not status.is_over
        if not runs:
            self._timer.stop()
        for widget in (self.format, self.folder, self.browse, self.export_button):
            widget.setEnabled(not runs)
        self._enable()
        self.bar.setVisible(runs)
        self.close_button.setText(tr("Cancel") if runs else tr("Close"))
        self.open_button.setVisible(status.step is ExportStep.DONE)
        self.words.setText(status_words(status))
        self.place.set_text(str(status.written or ""))
        self._show_notes(status)
        self._paint()

    def _show_notes(self, status: ExportStatus) -> None:
        """What is otherwise than in the session."""
        words = "\n".join(breakable(engine_words(note)) for note in status.notes)
        if words != self.notes.text():
            self.notes.setText(words)
        self._notes.setVisible(bool(words))
        self._notes.fit()

    def _enable(self) -> None:
        runs = self.job is not None and not self.job.status.is_over
        self.fields.enable(FORMATS[self.format.currentIndex()], is_free=not runs)

    def _open_folder(self) -> None:
        if not show_folder(self._folder()):
            text = tr("No file manager answers. The folder is {path}")
            self.words.setText(text.format(path=self._folder()))

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _paint(self) -> None:
        step = self.job.status.step if self.job is not None else None
        inks = {ExportStep.DONE: self._look.ok, ExportStep.FAILED: self._look.danger}
        ink = inks.get(step, self._look.text) if step is not None else self._look.text
        self.words.setStyleSheet(f"color: {ink};")

    def _connect(self) -> None:
        self.format.currentIndexChanged.connect(self._enable)
        self._enable()
        self.export_button.clicked.connect(self.start)
        self.open_button.clicked.connect(self._open_folder)
        self.close_button.clicked.connect(self.end)
        self.browse.clicked.connect(self._choose_folder)
        self.folder.textChanged.connect(
            lambda text: self.export_button.setEnabled(bool(text.strip()))
        )

    def _lay_out(self) -> None:
        self.words.setWordWrap(True)
        self.words.setMinimumHeight(2 * theme.L + theme.XS)
        self.bar.setRange(0, 0)
        self.bar.setFixedHeight(theme.S)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.open_button.hide()
        self.export_button.setProperty("primary", True)
        self.export_button.setDefault(True)
        for other in (self.browse, self.open_button, self.close_button):
            other.setAutoDefault(False)
        where, buttons = QHBoxLayout(), QHBoxLayout()
        where.addWidget(self.folder, stretch=1)
        where.addWidget(self.browse)
        buttons.setSpacing(theme.S)
        buttons.addWidget(self.open_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.export_button)
        form = QFormLayout()
        form.setHorizontalSpacing(theme.XL)
        form.setVerticalSpacing(theme.M)
        form.addRow(tr("Format"), self.format)
        for words, field in self.fields.rows:
            field.setAccessibleName(words)
            form.addRow(words, field)
        form.addRow(tr("Folder"), where)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.XL, theme.XL, theme.L)
        column.setSpacing(theme.M)
        column.addLayout(form)
        self._notes.hide()
        for part in (self.words, self.place, self._notes, self.bar):
            column.addWidget(part)
        column.addStretch(1)
        column.addLayout(buttons)


def status_words(status: ExportStatus) -> str:
    """Where the export stands, or why it failed."""
    match status.step:
        case ExportStep.READING:
            return tr("Reading the session …")
        case ExportStep.WRITING:
            written = number(status.bytes_written / 1e6, ",.1f")
            return tr("Writing … {mb} MB so far").format(mb=written)
        case ExportStep.DONE:
            return tr("Exported. Pictures of faces are never exported.")
        case ExportStep.CANCELLED:
            return tr("Cancelled. Nothing was left behind.")
        case ExportStep.FAILED:
            return f"{status.problem} {status.hint}".strip()
