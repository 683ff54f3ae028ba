"""What the tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from milmer_live.ui.language import i18n


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    """The window in German: its texts and Qt's, and the numbers."""
    before = QLocale()
    installed = i18n.install(qapp, "de")
    assert len(installed) == 2
    yield
    QLocale.setDefault(before)
    for translator in installed:
        QCoreApplication.removeTranslator(translator)
