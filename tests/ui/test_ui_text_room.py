"""No text is cut off, in either language, from 1280 x 720 to 4K and at 100 to 200 % scaling.

Sizes are logical pixels: at 200 % a screen of 3840 x 2160 is 1920 x 1080 of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import SUPPORT
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from text_room import cut_off

SIZES = {
    "1": ("1280x720", "1280x800", "1920x1080", "3840x2160"),
    "1.5": ("1280x800", "1280x720", "2560x1440"),
    "2": ("1280x800", "1920x1080"),
}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("scaling", SIZES)
def test_no_text_is_cut_off(language: str, scaling: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "QT_SCALE_FACTOR": scaling,
        "QT_QPA_PLATFORM": "offscreen",
        "MILMER_LIVE_CONFIG": str(tmp_path),
    }
    command = [sys.executable, str(SUPPORT / "text_room.py"), language, *SIZES[scaling]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_what_has_no_room_is_found(qtbot: QtBot) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    row = QHBoxLayout(top)
    wide, narrow = QLabel("There is room for this"), QPushButton("and for this there is none")
    narrow.setFixedWidth(40)
    row.addWidget(wide)
    row.addWidget(narrow)
    top.show()
    qtbot.waitExposed(top)
    (line,) = cut_off(top)
    assert "none" in line
