"""Connect: everything that answers, the last set-up one click away, the demo for a first look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from milmer_live.acquisition.brainflow.boards import BoardListing
from milmer_live.acquisition.registry import eeg_source, frame_source
from milmer_live.errors import MilmerError
from milmer_live.live.run import (
    Setup,
)
from milmer_live.live.sources.discovery import (
    Found,
    Scout,
)
from milmer_live.ui.dialogs.board_choice import BoardChoice
from milmer_live.ui.dialogs.channel_choice import ChannelChoice
from milmer_live.ui.dialogs.found_list import FoundList
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import label
from milmer_live.ui.state.files import Keep, write_text

REFRESH_MS = 250
MOST_LETTERS = 80  # that fit beside a box in the dialog's own width
MakeScout = Callable[[], Scout]
IsFile = Callable[[Path, Callable[[bool], None]], None]
AboutModel = Callable[[str, Callable[[str], None]], None]


class ConnectDialog(QDialog):
    """While it is open a scout looks around; it is stopped when the dialog closes. `is_file` tells,
    perhaps later, whether there is such a file, `about_model` what a model is ("": the default).
    `keep` writes a small file."""

    connect_asked = Signal(object)
    demo_asked = Signal()

    def __init__(
        self,
        make_scout: MakeScout,
        last: Setup | None,
        parent: QWidget | None = None,
        *,
        is_file: IsFile = lambda path, tell: tell(path.is_file()),
        about_model: AboutModel = lambda _checkpoint, _tell: None,
        keep: Keep = write_text,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Connect"))
        self.resize(820, 700)
        self.streams = FoundList(tr("EEG streams"), with_ages=True)
        self.cameras = FoundList(tr("Cameras"), with_ages=False)
        self.eeg, self.camera, self.checkpoint = QLineEdit(), QLineEdit(), QLineEdit()
        self.boards = BoardChoice()
        self.channels = ChannelChoice()
        self.markers, self.signals = QCheckBox(), QCheckBox()
        self.says = label("muted")
        self.camera_says = label("muted", tr("No camera answers. Plug one in, or give an address."))
        self.camera_says.hide()
        self.problem = label()
        self.connect_button = QPushButton(tr("Connect"))
        self.last_button = QPushButton()
        self.demo_button = QPushButton(tr("Try the demo"))
        self.model_says = label("muted")
        self._make_scout, self._is_file, self._about_model = make_scout, is_file, about_model
        self._keep = keep
        self._no_file = ""
        self._scout: Scout | None = None
        self._last = last
        self._marker_specs: tuple[str, ...] = ()
        self._signal_specs: tuple[str, ...] = ()
        self._look = theme.DARK
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._lay_out()
        self._connect()
        self._check()
        self._look_for_model()

    def setup(self) -> Setup:
        """What is written in the fields."""
        eeg, camera, model = (
            field.text().strip() for field in (self.eeg, self.camera, self.checkpoint)
        )
        markers = self._marker_specs if self.markers.isChecked() else ()
        also = self._signal_specs if self.signals.isChecked() else ()
        return Setup(eeg, camera, model, markers, *self.channels.written, also)

    def refresh(self) -> None:
        """Show what the scout has found by now."""
        found = self._scout.found if self._scout is not None else None
        if self._scout is not None:
            self._scout.chosen = self.eeg.text().strip()
        if found is None:
            self.says.setText(tr("Looking for streams and cameras …"))
            return
        streams = [one for one in found if one.kind == "eeg"]
        self.streams.show_found(streams)
        cameras = [one for one in found if one.kind == "camera"]
        self.cameras.show_found(cameras)
        self.camera_says.setVisible(not cameras)
        self.cameras.setVisible(bool(cameras))
        self._marker_specs = self._offer(
            self.markers,
            [one for one in found if one.kind == "markers"],
            tr("Record the markers of {names} too"),
            tr("Record the markers of {n} streams too"),
        )
        self._signal_specs = self._offer(
            self.signals,
            [one for one in found if one.kind == "signal"],
            tr("Record the signals of {names} too"),
            tr("Record the signals of {n} streams too"),
        )
        self._show_channels()
        self.says.setText(self._words(streams))

    def set_theme(self, look: Theme) -> None:
        self._look = look
        for table in (self.streams, self.cameras):
            table.rows.set_theme(look)
        self.problem.setStyleSheet(f"color: {look.danger};")

    def offer_boards(self, boards: Sequence[BoardListing]) -> None:
        """To be chosen, and while an address of EEG is typed."""
        self.boards.show_boards(boards)
        completer = QCompleter([one.spec for one in boards if one.has_eeg], self)
        completer.setFilterMode(completer.filterMode().MatchContains)
        self.eeg.setCompleter(completer)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        if self._scout is None:
            self._scout = self._make_scout()
            self._scout.start()
        self._timer.start()
        self.refresh()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self._leave()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self._leave()
        super().closeEvent(event)

    def _leave(self) -> None:
        """The scout ends by itself within a second; nobody waits for it."""
        self._timer.stop()
        if self._scout is not None:
            self._scout.stop()
            self._scout = None

    def _words(self, streams: list[Found]) -> str:
        """What was found, or what to do where nothing was."""
        chosen = self._chosen()
        if chosen is not None and chosen.needs_unit and not self.setup().unit:
            return tr(
                "'{name}' states no voltage ({unit}): choose its unit, else the model runs without "
                "EEG. It is recorded in either case."
            ).format(name=chosen.title, unit=chosen.unit)
        if chosen is not None and chosen.unplaced and not self.channels.places:
            why, _, _ = chosen.unplaced.partition(" Say where")
            return tr(
                "{why} Choose its layout below or name its channels, else the model runs without "
                "EEG. It is recorded in either case."
            ).format(why=engine_words(why))
        if chosen is not None and chosen.coverage is not None and not chosen.unplaced:
            return _words_of(chosen)
        if streams:
            return tr("Streams that answer: {n}. Choose one.").format(n=len(streams))
        return tr(
            "No LSL stream answers. Start the amplifier's program and switch its LSL outlet on. "
            "If it runs, a firewall may block LSL (UDP and TCP ports 16571 to 16604). "
            "A BrainFlow board is chosen below."
        )

    def _chosen(self) -> Found | None:
        """The stream whose address is in the field; None where it is not among those found."""
        spec = self.eeg.text().strip()
        return next((one for one in self.streams.rows.found if one.spec == spec), None)

    def _show_channels(self) -> None:
        is_lsl = self.eeg.text().strip().lower().startswith("lsl:")
        self.channels.show_for(self._chosen(), is_lsl=is_lsl)

    def _offer(self, box: QCheckBox, found: list[Found], names: str, count: str) -> tuple[str, ...]:
        """Streams to be recorded beside the EEG, unless somebody does not want it."""
        titles = ", ".join(one.title for one in found)
        words = names.format(names=titles)
        box.setText(words if len(words) <= MOST_LETTERS else count.format(n=len(found)))
        box.setToolTip(titles)
        box.setVisible(bool(found))
        return tuple(one.spec for one in found)

    def _check(self) -> None:
        """Refuse, in words, what names no device, as it is typed."""
        self._show_channels()
        setup = self.setup()
        self.problem.setText("")
        try:
            if setup.eeg:
                eeg_source(setup.eeg, said=setup.said())
            if setup.camera:
                frame_source(setup.camera)
            if setup.checkpoint and setup.checkpoint == self._no_file:
                self.problem.setText(tr("There is no such model file."))
        except MilmerError as error:
            self.problem.setText(engine_words(str(error)))
        self.connect_button.setEnabled(bool(setup.eeg) and not self.problem.text())

    def _look_for_model(self) -> None:
        """Ask whether there is such a file, and what model it is; what is said of an older text is
        not used."""
        asked = self.setup().checkpoint
        self.model_says.setText("")

        def tell(is_file: bool) -> None:
            if asked == self.setup().checkpoint:
                self._no_file = "" if is_file else asked
                self._check()

        def describe(words: str) -> None:
            if asked == self.setup().checkpoint:
                self.model_says.setText("" if asked and asked == self._no_file else words)

        if asked:
            self._is_file(Path(asked), tell)
        self._about_model(asked, describe)

    def _ask_for_fields(self) -> None:
        """Connect what is written in the fields; what was said of the device is kept if asked."""
        setup = self.setup()
        if (kept := self.channels.kept(self._chosen(), setup.said())) is not None:
            self._keep(*kept)
        self._ask(setup)

    def _ask(self, setup: Setup) -> None:
        self.hide()
        self.connect_asked.emit(setup)

    def _ask_demo(self) -> None:
        self.hide()
        self.demo_asked.emit()

    def _choose_model(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Model"), "", tr("Checkpoints (*.safetensors)")
        )
        if chosen:
            self.checkpoint.setText(chosen)

    def _connect(self) -> None:
        self.streams.chosen.connect(self.eeg.setText)
        self.boards.chosen.connect(self.eeg.setText)
        self.cameras.chosen.connect(self.camera.setText)
        self.eeg.textChanged.connect(self.refresh)
        self.streams.doubleClicked.connect(lambda _index: self.connect_button.click())
        for field in (self.eeg, self.camera, self.checkpoint):
            field.textChanged.connect(self._check)
        self.checkpoint.textChanged.connect(self._look_for_model)
        self.channels.changed.connect(self.refresh)
        self.channels.changed.connect(self._check)
        self.eeg.textChanged.connect(self.channels.forget)
        self.connect_button.clicked.connect(self._ask_for_fields)
        self.demo_button.clicked.connect(self._ask_demo)
        if self._last is not None:
            last = self._last
            self.last_button.setText(tr("Last set-up: {words}").format(words=last.words()))
            self.last_button.clicked.connect(lambda: self._ask(last))

    def _lay_out(self) -> None:
        self.last_button.setVisible(self._last is not None)
        for box in (self.markers, self.signals):
            box.setChecked(True)
            box.hide()
        self.cameras.hide()
        self.connect_button.setProperty("primary", True)
        self.connect_button.setDefault(True)
        for words in (self.says, self.model_says, self.problem):
            words.setWordWrap(True)
        self.problem.setMinimumHeight(2 * theme.L + theme.XS)
        self.eeg.setPlaceholderText("lsl:NAME   brainflow:CYTON?serial_port=…")
        self.camera.setPlaceholderText("camera:0   camera:http://HOST/video.mjpg   lsl:NAME")
        self.checkpoint.setPlaceholderText(tr("the one that comes along"))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        column.setSpacing(theme.S)
        column.addWidget(self.last_button)
        column.addWidget(label("title", tr("EEG")))
        column.addWidget(self.says)
        column.addWidget(self.streams, stretch=3)
        unit = label("muted", tr("Unit"))
        unit.setBuddy(self.channels.unit)
        column.addLayout(_row(tr("Address"), self.eeg, unit, self.channels.unit))
        column.addLayout(_row(tr("Board"), self.boards))
        said, names = self.channels, label("muted", tr("Channels"))
        names.setBuddy(self.channels.names)
        column.addLayout(_row(tr("Layout"), said.layouts, names, said.names, said.remember))
        column.addWidget(self.signals)
        column.addWidget(self.markers)
        column.addSpacing(theme.S)
        column.addWidget(label("title", tr("Camera")))
        column.addWidget(self.camera_says)
        column.addWidget(self.cameras, stretch=2)
        column.addLayout(_row(tr("Address"), self.camera))
        column.addSpacing(theme.S)
        choose = QPushButton(tr("Choose …"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose_model)
        column.addLayout(_row(tr("Model"), self.checkpoint, choose))
        column.addWidget(self.model_says)
        column.addWidget(self.problem)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(self.demo_button)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.connect_button)
        for button in (self.demo_button, self.last_button, close):
            button.setAutoDefault(False)
        return row


def _words_of(found: Found) -> str:
    """What the chosen stream was recognised as, and what of the model's EEG it knows."""
    share = f"{100 * (found.coverage or 0.0):.0f} %"
    if found.device:
        words = tr("'{name}' is recognised as {device}. It knows {share} of the model's EEG.")
        return words.format(name=found.title, device=found.device, share=share)
    words = tr("'{name}' knows {share} of the model's EEG.")
    return words.format(name=found.title, share=share)


def _row(name: str, field: QWidget, *more: QWidget) -> QHBoxLayout:
    words: QLabel = label("muted", name)
    words.setMinimumWidth(64)
    words.setBuddy(field)
    field.setAccessibleName(name)
    row = QHBoxLayout()
    row.setSpacing(theme.S)
    for part in (words, field, *more):
        row.addWidget(part)
    return row
