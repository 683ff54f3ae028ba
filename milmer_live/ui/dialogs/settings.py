"""Settings: every one with its unit, range and default; what is wrong is refused as it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from milmer_live.errors import ConfigError
from milmer_live.ui.language import setting_words
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.language.numbers import number
from milmer_live.ui.look import theme
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Choice,
    label,
)
from milmer_live.ui.state import preferences
from milmer_live.ui.state.preferences import (
    DEFAULT,
    AppSettings,
    Described,
    Profile,
)

TITLES = {"view": mark("View"), "filters": mark("Filter"), "camera": mark("Camera")}
FIELD_WIDTH = 210  # "Mittelwert der Kanäle unten" beside the arrow
Field = QCheckBox | Choice | QLineEdit


class SettingsDialog(QDialog):
    """`saved` brings settings that are valid."""

    saved = Signal(object)

    def __init__(self, settings: AppSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self.resize(760, 660)
        self.settings = settings
        self.profiles = Choice()
        self.fields: dict[str, dict[str, Field]] = {}
        self.problem = label()
        self.save_button = QPushButton(tr("Save"))
        self._lay_out()
        self._fill_profiles()
        self.show_profile(settings.current)
        self.profiles.activated.connect(lambda _index: self._choose())

    def show_profile(self, profile: Profile) -> None:
        for part, fields in self.fields.items():
            for name, field in fields.items():
                _put(field, getattr(getattr(profile, part), name))
        self._check()

    def profile(self) -> Profile:
        """As it stands in the fields. Raises ConfigError for the first value that is wrong."""
        made = Profile()
        for part, fields in self.fields.items():
            values = {name: _take(field) for name, field in fields.items()}
            made = preferences.changed(made, part, values)
        return made

    def set_theme(self, look: Theme) -> None:
        self.problem.setStyleSheet(f"color: {look.danger};")

    def add_profile(self, name: str) -> None:
        """As it stands in the fields, under another name."""
        self.settings = self.settings.with_profile(name, self.profile())
        self._fill_profiles()

    def _check(self) -> None:
        """Say what is wrong, mark where, and do not let it be saved."""
        wrong: ConfigError | None = None
        try:
            self.profile()
        except ConfigError as error:
            wrong = error
        self.problem.setText(setting_words.rule(wrong.message) if wrong else "")
        self.save_button.setEnabled(wrong is None)
        at = None if wrong is None else (wrong.values.get("where"), wrong.values.get("setting"))
        for part, kind in preferences.parts():
            for one in preferences.described(kind):
                is_wrong = at == (part, one.name)
                _flag(self.fields[part][one.name], is_wrong)
                if is_wrong:
                    self.problem.setText(setting_words.problem(one))

    def _save(self) -> None:
        self.settings = self.settings.with_profile(self.profiles.currentData(), self.profile())
        self.saved.emit(self.settings)
        self.accept()

    def _choose(self) -> None:
        name = self.profiles.currentData()
        self.settings = AppSettings(profile=name, profiles=self.settings.profiles)
        self.show_profile(self.settings.current)

    def _ask_name(self) -> None:
        name, given = QInputDialog.getText(self, tr("New profile"), tr("Name of the study"))
        if given and name.strip() and self.save_button.isEnabled():
            self.add_profile(name.strip())

    def _remove(self) -> None:
        self.settings = self.settings.without_profile(self.profiles.currentData())
        self._fill_profiles()
        self.show_profile(self.settings.current)

    def _fill_profiles(self) -> None:
        self.profiles.clear()
        for name in self.settings.profiles:
            self.profiles.addItem(setting_words.profile_name(name), name)
        self.profiles.setCurrentIndex(self.profiles.findData(self.settings.profile))
        self._delete.setEnabled(self.settings.profile != DEFAULT)

    def _lay_out(self) -> None:
        self.problem.setWordWrap(True)
        self.problem.setMinimumHeight(2 * theme.L)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.XL, theme.L, theme.XL, theme.L)
        column.setSpacing(theme.M)
        column.addLayout(self._profile_row())
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._form())
        column.addWidget(area, stretch=1)
        column.addWidget(self.problem)
        row = QHBoxLayout()
        cancel = _button(tr("Cancel"), self.reject)
        self.save_button.setProperty("primary", True)
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self._save)
        row.addWidget(_button(tr("Defaults"), lambda: self.show_profile(Profile())))
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.save_button)
        column.addLayout(row)

    def _profile_row(self) -> QHBoxLayout:
        self._delete = _button(tr("Delete"), self._remove)
        self.profiles.setAccessibleName(tr("Profile"))
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        row.addWidget(label("", tr("Profile of the study")))
        row.addWidget(self.profiles, stretch=1)
        row.addWidget(_button(tr("New …"), self._ask_name))
        row.addWidget(self._delete)
        return row

    def _form(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, theme.M, 0)
        grid.setHorizontalSpacing(theme.L)
        grid.setVerticalSpacing(theme.S)
        grid.setColumnStretch(2, 1)
        for part, kind in preferences.parts():
            grid.addWidget(label("title", tr(TITLES[part])), grid.rowCount(), 0, 1, 3)
            self.fields[part] = {
                one.name: self._add(grid, one) for one in preferences.described(kind)
            }
        grid.setRowStretch(grid.rowCount(), 1)
        return page

    def _add(self, grid: QGridLayout, one: Described) -> Field:
        row = grid.rowCount()
        field = _field(one, self._check)
        field.setAccessibleName(setting_words.title(one))
        field.setFixedWidth(FIELD_WIDTH)
        words = label("", setting_words.title(one))
        words.setWordWrap(True)
        grid.addWidget(field, row, 0)
        grid.addWidget(words, row, 1)
        grid.addWidget(label("caption", setting_words.note(one)), row, 2)
        grid.setColumnMinimumWidth(1, 240)
        return field


def _button(words: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: act())
    return button


def _field(one: Described, changed: Callable[[], None]) -> Field:
    if isinstance(one.default, bool):
        box = QCheckBox()
        box.toggled.connect(lambda _on: changed())
        return box
    if one.choices:
        choice = Choice()
        for value in one.choices:
            choice.addItem(setting_words.value_words(value), value)
        choice.currentIndexChanged.connect(lambda _index: changed())
        return choice
    line = QLineEdit()
    line.setProperty("listed", isinstance(one.default, tuple))
    line.textChanged.connect(lambda _text: changed())
    return line


def _put(field: Field, value: Any) -> None:
    if isinstance(field, QCheckBox):
        field.setChecked(value)
    elif isinstance(field, Choice):
        field.setCurrentIndex(field.findData(value))
    elif isinstance(value, tuple):
        field.setText(", ".join(value))
    else:
        field.setText(number(value))


def _take(field: Field) -> Any:
    """What was typed; numbers stay text, which the settings read or refuse."""
    if isinstance(field, QCheckBox):
        return field.isChecked()
    if isinstance(field, Choice):
        return field.currentData()
    text = field.text().strip()
    if field.property("listed"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text.replace(",", ".")


def _flag(field: Field, wrong: bool) -> None:
    """A red border, which the style sheet draws for the property."""
    if bool(field.property("wrong")) != wrong:
        field.setProperty("wrong", wrong)
        field.style().unpolish(field)
        field.style().polish(field)
