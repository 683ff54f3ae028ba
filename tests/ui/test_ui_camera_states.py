"""The camera's panel: whose face is used, who is waited for, a camera that shows nothing new."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from milmer_live.catalogue import EventKind
from milmer_live.events import Event
from milmer_live.live.state import EngineSnapshot, EngineState, SourceState, SourceStatus
from milmer_live.samples import FaceBox, FaceState, FrameSample, frozen
from milmer_live.ui.camera.panel import CameraPanel
from milmer_live.ui.look import theme
from milmer_live.ui.state.marker_log import MarkerLog

MINE, OTHER = FaceBox(60, 60, 90, 100, 0.9, 1), FaceBox(200, 60, 60, 70, 0.8, 2)
FRAME = FrameSample(frozen(np.full((240, 320, 3), 90, np.uint8)), 1.0, 0)
LIVE = EngineSnapshot(
    EngineState.LIVE,
    sources=(SourceStatus("Webcam", "camera", SourceState.LIVE, 25.0, 25.0, 0.0),),
    frame=FRAME,
    face=MINE,
    faces=(MINE,),
    face_state=FaceState.HELD,
)


@pytest.fixture
def panel(qtbot: QtBot) -> CameraPanel:
    made = CameraPanel()
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.grab()  # lays it out
    return made


@pytest.mark.parametrize(
    ("changes", "state", "asks"),
    [
        ({}, "Face found", False),
        ({"faces": (MINE, OTHER)}, "Face found, 2 in view", False),
        ({"face_pinned": True}, "Face chosen by click", False),
        ({"face": None, "faces": ()}, "No face", False),
        (
            {"face": None, "faces": (), "faces_sought": False},
            "Faces are not looked for yet",
            False,
        ),
        ({"face": None, "faces": (), "face_state": FaceState.NOBODY}, "No face", False),
        (
            {"face": None, "faces": (), "face_state": FaceState.LOST},
            "Waiting for the participant's face",
            False,
        ),
        (
            {"face": None, "faces": (OTHER,), "face_state": FaceState.LOST},
            "Waiting for the participant's face",
            True,
        ),
        (
            {"face": None, "faces": (replace(OTHER, number=0),), "face_state": FaceState.LOST},
            "Waiting for the participant's face",
            False,
        ),
        (
            {"face": None, "faces": (MINE, OTHER), "face_state": FaceState.SEVERAL},
            "Whose face?",
            True,
        ),
    ],
)
def test_it_says_whose_face_is_used(
    panel: CameraPanel, changes: dict[str, object], state: str, asks: bool
) -> None:
    panel.show_snapshot(replace(LIVE, **changes))  # type: ignore[arg-type]
    assert panel.state.text() == state
    picture = panel.picture.grab().toImage()
    strip = picture.pixelColor(picture.width() // 2, picture.height() - 2)
    assert (strip == QColor(theme.DARK.warning)) is asks


def test_a_stalled_camera_has_no_picture(panel: CameraPanel) -> None:
    stalled = SourceStatus("Webcam", "camera", SourceState.STALLED, 25.0, 0.0, 3.0)
    panel.show_snapshot(replace(LIVE, sources=(stalled,), frame=None, face=None, faces=()))
    assert panel.state.text() == "Camera stalled"
    assert panel.picture.words().startswith("Camera stalled\nno new picture since ")


@pytest.mark.parametrize("kind", EventKind)
def test_its_events_are_shown_in_the_users_language(
    kind: EventKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def translated(words: str) -> str:
        asked.append(words)
        return words

    monkeypatch.setattr("milmer_live.ui.language.engine_words.tr", translated)
    values = dict.fromkeys(kind.placeholders - {"source", "kind", "parts"}, 7)
    log = MarkerLog()
    log.hear(Event(1.0, kind, "7", {"kind": "camera", "parts": ("7",), **values}))
    log.settle()
    assert kind.value in asked or kind.is_frame
    shown = re.sub(r"\{kind\}", "Camera", kind.value)
    assert log.all()[0].text == re.sub(r"\{[^}]*\}", "7", shown)
