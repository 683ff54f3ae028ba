"""Before a session: who, what may be kept of the face, where it goes, and what must be there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from milmer_live.errors import MilmerError
from milmer_live.live.state import SourceStatus
from milmer_live.ui.dialogs.required_list import RequiredList
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Choice,
    label,
)
from milmer_live.ui.state.session_choice import (
    CODECS,
    VIDEO_WORDS,
    SessionChoice,
    Video,
)

LONGEST = 64  # letters of a participant or of a session's name
PROBLEM_HEIGHT = 2 * theme.L + theme.XS  # two lines, kept free so that nothing moves


class SessionDialog(QDialog):
    """No picture of a face is kept until consent is ticked, and another participant has to be
    asked anew."""

    def __init__(
        self,
        choice: SessionChoice,
        parent: QWidget | None = None,
        *,
        sources: Sequence[SourceStatus] = (),
    ) -> None:
        """`sources` are those of the run, of which each can be required or not."""
        super().__init__(parent)
        self.setWindowTitle(tr("Session"))
        self._before = choice
        self.participant = QLineEdit(choice.participant)
        self.participant.setMinimumWidth(360)
        self.participant.setPlaceholderText(tr("Letters and digits, such as 01"))
        self.name = QLineEdit(choice.name)
        self.name.setPlaceholderText(tr("If you like, such as baseline"))
        self.folder = QLineEdit(str(choice.root))
        self.consent = QCheckBox(tr("The participant has agreed to be filmed"))
        self.sharing = QCheckBox(tr("The participant has agreed to the data being shared"))
        self.video = QButtonGroup(self)
        self.videos: dict[Video, QRadioButton] = {
            kept: QRadioButton(tr(words)) for kept, words in VIDEO_WORDS.items()
        }
        self.codec = Choice()
        self.codec.addItems([*CODECS])
        self.required = RequiredList(choice.optional)
        self.required.show_sources(sources)
        self.problem = label()
        self.problem.setWordWrap(True)
        self.problem.setMinimumHeight(PROBLEM_HEIGHT)
        self.record_button = QPushButton(tr("Record now"))
        self.keep_button = QPushButton(tr("Keep for later"))
        self.cancel_button = QPushButton(tr("Cancel"))
        self.records_now = False
        self._lay_out()
        self._fill(choice)
        self._connect()
        self._check()

    def choice(self) -> SessionChoice:
        return replace(
            self._before,
            root=Path(self.folder.text().strip()).expanduser(),
            participant=self.participant.text().strip(),
            name=self.name.text().strip(),
            consent=self.consent.isChecked(),
            sharing=self.sharing.isChecked(),
            video=self._chosen_video(),
            codec=CODECS[self.codec.currentIndex()],
            optional=self.required.optional(),
        )

    def set_theme(self, look: Theme) -> None:
        self.problem.setStyleSheet(f"color: {look.danger};")

    def _chosen_video(self) -> Video:
        return next(kept for kept, button in self.videos.items() if button.isChecked())

    def _fill(self, choice: SessionChoice) -> None:
        self.consent.setChecked(choice.consent)
        self.sharing.setChecked(choice.sharing)
        self.videos[choice.video].setChecked(True)
        self.codec.setCurrentIndex(CODECS.index(choice.codec))
        self._allow_video(choice.consent)

    def _connect(self) -> None:
        self.consent.toggled.connect(self._allow_video)
        self.participant.textEdited.connect(self._ask_anew)
        for field in (self.participant, self.name, self.folder):
            field.textChanged.connect(self._check)
        self.record_button.clicked.connect(self._record)
        self.keep_button.clicked.connect(self.accept)
        self.cancel_button.clicked.connect(self.reject)
        self._browse.clicked.connect(self._choose_folder)

    def _allow_video(self, agreed: bool) -> None:
        for kept, button in self.videos.items():
            button.setEnabled(agreed or kept == "none")
        self.codec.setEnabled(agreed)
        if not agreed:
            self.videos["none"].setChecked(True)

    def _ask_anew(self, _participant: str) -> None:
        """Consent was another participant's."""
        self.consent.setChecked(False)
        self.sharing.setChecked(False)

    def _check(self) -> None:
        """Say what is wrong as it is typed; an empty field only keeps the buttons grey."""
        text = self._wrong_words()
        if not text:
            try:
                self.choice().plan()
            except MilmerError as error:
                text = engine_words(str(error))
        ready = not text and bool(self.folder.text().strip())
        self.problem.setText(text if self.participant.text().strip() else "")
        self.record_button.setEnabled(ready)
        self.keep_button.setEnabled(ready)

    def _wrong_words(self) -> str:
        """What cannot be the name of a participant or a session; "" where both can."""
        participant = self.participant.text().strip()
        if not (participant.isascii() and participant.isalnum()):
            return tr("Participant: letters and digits only, such as 01.")
        for field, what in ((self.participant, tr("Participant")), (self.name, tr("Session"))):
            if len(field.text().strip()) > LONGEST:
                return tr("{what}: at most {n} characters.").format(what=what, n=LONGEST)
        return ""

    def _record(self) -> None:
        self.records_now = True
        self.accept()

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder"), self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _lay_out(self) -> None:
        self._browse = QPushButton(tr("Choose …"))
        folder = QHBoxLayout()
        folder.addWidget(self.folder, stretch=1)
        folder.addWidget(self._browse)
        kept = QVBoxLayout()
        kept.setSpacing(theme.S)
        for button in self.videos.values():
            self.video.addButton(button)
            kept.addWidget(button)
        form = QFormLayout()
        form.setHorizontalSpacing(theme.XL)
        form.setVerticalSpacing(theme.M)
        form.addRow(tr("Participant"), self.participant)
        form.addRow(tr("Session"), self.name)
        form.addRow(tr("Folder"), folder)
        form.addRow(tr("Consent"), self.consent)
        form.addRow("", self.sharing)
        form.addRow(tr("Video"), kept)
        form.addRow(tr("Codec"), self.codec)
        form.addRow(tr("Must be there"), self.required)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.keep_button)
        buttons.addWidget(self.record_button)
        self.record_button.setProperty("primary", True)
        self.record_button.setDefault(True)
        for other in (self.cancel_button, self.keep_button, self._browse):
            other.setAutoDefault(False)  # Enter means what the default button says
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.XL, theme.XL, theme.L)
        column.setSpacing(theme.L)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addStretch(1)
        column.addLayout(buttons)
