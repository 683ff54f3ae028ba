"""What is left to the desktop."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from milmer_live.no_telemetry import users_environment


def show_folder(folder: Path) -> bool:
    """Open `folder` in the file manager; False where there is none. It is started with the user's
    own environment: programs that the user starts from it need the user's proxy."""
    with users_environment():
        return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
