"""German is complete, and what Qt reads is what the translators wrote."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from milmer_live.paths import resource
from milmer_live.ui import i18n, translations
from milmer_live.ui.affect_panel import AffectPanel
from milmer_live.ui.i18n import tr

GERMAN = translations.read(resource("i18n") / "milmer_de.ts")


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    translator = i18n.install(qapp, "de")
    assert translator is not None
    yield
    QCoreApplication.removeTranslator(translator)


def test_every_text_of_the_window_has_its_german() -> None:
    assert [text for text in translations.texts() if text not in GERMAN] == []


def test_placeholders_are_the_same() -> None:
    def names(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert [text for text, german in GERMAN.items() if names(text) != names(german)] == []


@pytest.mark.usefixtures("german")
def test_what_qt_reads_is_what_the_translators_wrote() -> None:
    assert [text for text, german in GERMAN.items() if tr(text) != german] == []


@pytest.mark.usefixtures("german")
def test_the_window_speaks_german() -> None:
    panel = AffectPanel()
    assert panel.title == "Affekt"
    assert panel.meaning.text() == "Warte auf das erste Fenster"


def test_english_needs_no_file(qapp: QApplication) -> None:
    assert i18n.install(qapp, "en") is None
    assert tr("Connect …") == "Connect …"
