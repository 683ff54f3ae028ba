"""Qt set up once, and the window run."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from milmer_live import paths
from milmer_live.errors import MilmerError
from milmer_live.live.run import (
    Launch,
    Launcher,
    OpenEngine,
    Truth,
)
from milmer_live.system.stopping import stop_requests
from milmer_live.ui.bridge import (
    OnPrediction,
)
from milmer_live.ui.dialogs.crash_report import CrashReporter
from milmer_live.ui.ending import end_on, end_unasked
from milmer_live.ui.language.i18n import install as install_language
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.fonts import ui_font
from milmer_live.ui.look.theme import (
    Theme,
    ThemeName,
)
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.paper import pictures
from milmer_live.ui.state import preferences
from milmer_live.ui.state.preferences import AppSettings


def make_app(*, offscreen: bool = False) -> QApplication:
    """The QApplication of this process, with the project's font, style and icon."""
    # Importing cv2 points Qt at OpenCV's own Qt 5 plugins (opencv-python#736).
    os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
    os.environ.pop("QT_QPA_FONTDIR", None)
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("milmer_live")
    app.setApplicationDisplayName("Milmer Live")
    app.setStyle("Fusion")
    app.setFont(ui_font())
    app.setWindowIcon(QIcon(str(paths.resource("icons") / "mark.svg")))
    return app


def run(
    open_engine: OpenEngine | None = None,
    *,
    launcher: Launcher | None = None,
    launch: Launch | None = None,
    model_name: str = "",
    truth: Truth | None = None,
    on_prediction: OnPrediction | None = None,
    look: ThemeName | None = None,
    offscreen: bool = False,
    duration_s: float | None = None,
    screenshot: Path | None = None,
) -> int:
    """Show the window until it is closed, or until the engine has run for `duration_s`; 0 when
    all went well. Ctrl+C, SIGTERM and SIGHUP close it without a question. `launch` is started at
    once; without it, and without `open_engine`, the window asks what to connect.

    `screenshot` (PNG) is taken before the end. Off screen nobody can read a banner or a
    dialog: there a MilmerError of the engine is raised, and any other fault gives 1.
    """
    app = make_app(offscreen=offscreen)
    settings = AppSettings() if offscreen else preferences.read(settings_file())
    install_language(app, settings.current.view.language)
    reporter = CrashReporter(paths.log_file())
    reporter.install()
    try:
        window = MainWindow(
            open_engine,
            launcher=launcher,
            model_name=model_name,
            truth=truth,
            on_prediction=on_prediction,
            settings=settings,
            look=chosen_look(app, look, settings),
            follows_system=look is None and settings.current.view.theme == "system",
            remembers=not offscreen,
        )
        window.show()
        window.start()
        if launch is not None:
            window.use_launch(launch, tr("Loading the model …"))
        elif window.launch is not None and open_engine is None:
            window.tour.begin() if window.tour.is_due else window.launch.open_dialog()
        if duration_s is not None:
            end = QTimer(window, singleShot=True, interval=round(duration_s * 1000))
            end.timeout.connect(lambda: _end(window, screenshot))
            window.bridge.started.connect(end.start)
        if offscreen:
            window.bridge.failed.connect(window.close)
        with stop_requests() as stop:
            end_on(stop, window)
            code = app.exec()
    finally:
        reporter.uninstall()
    return _outcome(code, offscreen, window.bridge.error, reporter)


def settings_file() -> Path:
    return paths.config_dir() / "settings.toml"


def chosen_look(app: QApplication, asked: ThemeName | None, settings: AppSettings) -> Theme:
    """What was asked on the command line, else what is set, else as the system is."""
    chosen = asked or settings.current.view.theme
    return system_look(app) if chosen == "system" else theme.THEMES[chosen]


def system_look(app: QApplication) -> Theme:
    return theme.of_scheme(app.styleHints().colorScheme())


def _end(window: MainWindow, screenshot: Path | None) -> None:
    """A picture that cannot be written is a failure of the bridge."""
    if screenshot is not None:
        window.bridge.run(partial(pictures.save_screenshot, window.tools.picture(), screenshot))
    end_unasked(window)  # the end was agreed at the start


def _outcome(code: int, offscreen: bool, error: MilmerError | None, reporter: CrashReporter) -> int:
    if offscreen and error is not None:
        raise error
    if offscreen and reporter.reports:
        sys.stderr.write("\n".join(reporter.reports))
        return 1
    return code
