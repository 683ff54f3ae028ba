"""Words in the user's language.

`tr("Connect")` is looked up when it is called, so a module's constants are marked with
`mark` and translated where they are shown. `make translations` collects both.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from milmer_live.paths import resource

CONTEXT = "milmer_live"
LANGUAGES = {"en": "English", "de": "Deutsch"}


def tr(text: str) -> str:
    """`text` in the language that is installed; placeholders such as {n} stay."""
    return QCoreApplication.translate(CONTEXT, text)


def mark(text: str) -> str:
    """The same text, known to `make translations`; it is shown through `tr`."""
    return text


def install(app: QCoreApplication, language: str = "system") -> tuple[QTranslator, ...]:
    """Speak `language` ("system", "en", "de") from now on, in the buttons that are Qt's own and
    in numbers too; what was installed for it: nothing where that is English."""
    code = QLocale.system().name()[:2] if language == "system" else language
    known = language == "system" and code in LANGUAGES  # then as the user has set it there
    QLocale.setDefault(QLocale.system() if known else QLocale(code if code in LANGUAGES else "en"))
    if code == "en":
        return ()
    qts = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    installed = []
    for file in (qts / f"qtbase_{code}.qm", resource("i18n") / f"milmer_{code}.qm"):
        translator = QTranslator(app)
        if translator.load(str(file)):
            app.installTranslator(translator)
            installed.append(translator)
    return tuple(installed)
