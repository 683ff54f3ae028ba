"""Settings: one file, refused where they are typed, a profile a study."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from milmer_live.config import FilterSettings
from milmer_live.errors import ConfigError
from milmer_live.ui.dialogs.settings import SettingsDialog
from milmer_live.ui.state import preferences
from milmer_live.ui.state.files import write_text
from milmer_live.ui.state.preferences import (
    AppSettings,
    FilterProfile,
    Profile,
    ViewSettings,
)

STUDY = Profile(
    view=ViewSettings(theme="light", seconds=20),
    filters=FilterProfile(
        own=True, notch_hz=50.0, reference="channels", reference_channels=("M1", "M2")
    ),
)


def test_settings_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "settings.toml"
    settings = AppSettings().with_profile("Müdigkeit 2", STUDY)
    write_text(file, preferences.as_toml(settings))
    assert preferences.read(file) == settings
    assert preferences.read(tmp_path / "none.toml") == AppSettings()


def test_the_file_tells_unit_range_and_default_of_each_setting(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    write_text(file, preferences.as_toml(AppSettings()))
    lines = file.read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith("seconds"))
    assert row == "seconds = 10  # signal on the screen (s · 2 – 60 · default 10)"
    values = [line for line in lines if "=" in line and not line.startswith("profile")]
    assert all("default" in line for line in values)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("profile = 3", "profile"),
        ("[profiles.default.view]\nseconds = 99", "seconds"),
        ("[profiles.default.view]\nsecond = 9", "second"),
        ('profile = "gone"', "no profile 'gone'"),
        ("profile = ", "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=says):
        preferences.read(file)


def test_a_filter_of_ones_own_is_used_only_when_it_is_asked_for() -> None:
    assert Profile().filter_settings() is None
    own = STUDY.filter_settings()
    assert type(own) is FilterSettings
    assert own.notch_hz == 50.0


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    made = SettingsDialog(AppSettings().with_profile("Study", STUDY))
    qtbot.addWidget(made)
    return made


def type_into(dialog: SettingsDialog, part: str, name: str, text: str) -> QLineEdit:
    field = dialog.fields[part][name]
    assert isinstance(field, QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, text)
    return field


def test_a_wrong_value_is_refused_where_it_is_typed(dialog: SettingsDialog) -> None:
    field = type_into(dialog, "view", "seconds", "600")
    assert field.property("wrong")
    assert dialog.problem.text() == "Signal on the screen: a number is wanted, 2 to 60 s."
    assert not dialog.save_button.isEnabled()
    type_into(dialog, "view", "seconds", "30")
    assert not field.property("wrong")
    assert dialog.problem.text() == ""
    assert dialog.save_button.isEnabled()


def test_values_that_do_not_go_together_are_refused(dialog: SettingsDialog) -> None:
    type_into(dialog, "filters", "low_hz", "60")
    assert "must be below" in dialog.problem.text()
    assert not dialog.save_button.isEnabled()


def test_what_is_saved_is_what_was_typed(qtbot: QtBot, dialog: SettingsDialog) -> None:
    type_into(dialog, "filters", "high_hz", "40,5")
    with qtbot.waitSignal(dialog.saved) as saved:
        QTest.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    settings = saved.args[0]
    assert settings.profile == "Study"
    assert settings.current.filters.high_hz == 40.5
    assert settings.current.view == STUDY.view


def test_profiles_are_made_chosen_and_deleted(dialog: SettingsDialog) -> None:
    type_into(dialog, "view", "seconds", "5")
    dialog.add_profile("Second")
    assert dialog.settings.profile == "Second"
    dialog.profiles.setCurrentText("Study")
    dialog.profiles.activated.emit(dialog.profiles.currentIndex())
    assert dialog.profile().view.seconds == 20
    dialog._delete.click()
    assert list(dialog.settings.profiles) == ["default", "Second"]
    assert dialog.settings.profile == "default"


def test_every_setting_has_words_and_a_default(dialog: SettingsDialog) -> None:
    for part, fields in dialog.fields.items():
        for one in preferences.described(dict(preferences.parts())[part]):
            assert one.words, one.name
            assert "default" in one.note
            assert one.name in fields
