"""What the user says of the channels of an LSL stream of EEG: unit, layout, names."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit

from milmer_live.live.sources.discovery import Found
from milmer_live.processing.channels.device_profiles import (
    Profile,
    exactly,
    profile_file,
)
from milmer_live.processing.channels.layouts import LAYOUTS
from milmer_live.processing.channels.user_channels import Said
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look.widgets import Choice

AS_STATED = mark("as stated")
UNITS = ("µV", "mV", "V", "nV")
LAYOUT_WIDTH = 150  # pixels, for the longest name


class ChannelChoice(QObject):
    """The fields, which are laid out where they belong. They hold for one stream: `forget` them
    for the next. `changed` when the user has changed one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.unit, self.layouts, self.names = Choice(), Choice(), QLineEdit()
        self.remember = QCheckBox(tr("Remember this of the device"))
        self._proposed: tuple[str, ...] | None = None  # layouts that stand first in the list
        self.unit.addItems([tr(AS_STATED), *UNITS])
        self.unit.setAccessibleName(tr("Unit"))
        self.unit.setToolTip(tr("The unit of the EEG, where the stream states none or a wrong one"))
        self.layouts.setMinimumWidth(LAYOUT_WIDTH)
        self.layouts.setToolTip(tr("Where the electrodes of a cap are that numbers them"))
        self.names.setPlaceholderText("Fp1,Fp2,-,Cz …")
        self.names.setAccessibleName(tr("Channels"))
        self.names.setToolTip(tr("Names in order; - leaves a channel as it is"))
        self.remember.hide()
        self._propose(())
        self.unit.currentIndexChanged.connect(self.changed)
        self.layouts.currentIndexChanged.connect(self.changed)
        self.names.textChanged.connect(self.changed)

    @property
    def written(self) -> tuple[str, str, str]:
        """Unit, layout and names as they stand there, "" where nothing is said."""
        unit, layout = (
            box.currentText() if box.currentIndex() > 0 else "" for box in (self.unit, self.layouts)
        )
        return unit, layout, self.names.text().strip()

    @property
    def places(self) -> bool:
        """Whether the user says where the electrodes are."""
        _, layout, names = self.written
        return bool(layout or names)

    def show_for(self, found: Found | None, *, is_lsl: bool) -> None:
        """For the stream in the address; layouts that fit it come first. A board gives µV and names
        its channels."""
        for field in (self.unit, self.layouts, self.names):
            field.setEnabled(is_lsl)
        can_keep = found is not None and found.sender is not None
        self.remember.setVisible(can_keep and any(self.written))
        self._propose(found.layouts if found is not None else ())

    def forget(self) -> None:
        """Another stream is meant: what was said of the last one does not hold for it."""
        self.unit.setCurrentIndex(0)
        self.layouts.setCurrentIndex(0)
        self.names.clear()
        self.remember.setChecked(False)

    def kept(self, found: Found | None, said: Said) -> tuple[Path, str] | None:
        """`said` as the user's profile of the device: its file and what is in it; None where that
        is not asked for."""
        if not self.remember.isChecked() or found is None or found.sender is None:
            return None
        profile = Profile(
            title=found.title,
            match=exactly(found.sender, found.n_channels),
            unit=said.unit,
            layout=said.layout,
            channels=said.names,
        )
        return profile_file(profile, found.title)

    def _propose(self, proposals: tuple[str, ...]) -> None:
        if proposals == self._proposed:
            return
        self._proposed = proposals
        chosen = self.layouts.currentText() if self.layouts.currentIndex() > 0 else ""
        others = [name for name in LAYOUTS if name not in proposals]
        self.layouts.blockSignals(True)
        self.layouts.clear()
        self.layouts.addItems([tr(AS_STATED), *proposals, *others])
        self.layouts.setCurrentIndex(max(0, self.layouts.findText(chosen)) if chosen else 0)
        self.layouts.blockSignals(False)
