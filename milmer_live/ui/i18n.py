"""Words in the user's language.

`tr("Connect")` is looked up when it is called, so a module's constants are marked with
`mark` and translated where they are shown. `make translations` collects both.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from milmer_live.paths import resource

CONTEXT = "milmer_live"
LANGUAGES = {"en": "English", "de": "Deutsch"}


def tr(text: str) -> str:
    """`text` in the language that is installed; placeholders such as {n} stay."""
    return QCoreApplication.translate(CONTEXT, text)


def mark(text: str) -> str:
    """The same text, known to `make translations`; it is shown through `tr`."""
    return text


def install(app: QCoreApplication, language: str = "system") -> QTranslator | None:
    """Speak `language` ("system", "en", "de") from now on; None where that is English."""
    code = QLocale.system().name()[:2] if language == "system" else language
    translator = QTranslator(app)
    if code == "en" or not translator.load(str(resource("i18n") / f"milmer_{code}.qm")):
        return None
    app.installTranslator(translator)
    return translator
