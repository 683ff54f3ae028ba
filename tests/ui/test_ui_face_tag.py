"""The camera names the face that it follows by its number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from milmer_live.samples import FaceBox, FrameSample, frozen
from milmer_live.ui.camera.picture import (
    CameraPicture,
    tag_text,
)

FACE = FaceBox(200, 120, 160, 200, 0.963, number=2)


@pytest.mark.parametrize(
    ("face", "text"), [(FACE, "Face 2 · 96 %"), (replace(FACE, number=0), "Face · 96 %")]
)
def test_the_tag_has_number_and_score(face: FaceBox, text: str) -> None:
    assert tag_text(face) == text


def test_the_number_of_a_box_does_not_make_it_another_box() -> None:
    assert replace(FACE, number=3) == FACE, "recordings keep five values of it"


def test_the_number_is_painted_and_that_of_others_too(qtbot: QtBot) -> None:
    picture = CameraPicture()
    qtbot.addWidget(picture)
    picture.resize(640, 480)
    images = []
    for index, (mine, other) in enumerate(((2, 1), (3, 1), (2, 4))):
        frame = FrameSample(frozen(np.full((480, 640, 3), 90, np.uint8)), 1.0, index)
        faces = (replace(FACE, number=mine), FaceBox(440, 120, 120, 150, 0.8, number=other))
        picture.show_frame(frame, faces[0], faces)
        images.append(picture.grab().toImage())
    assert images[0] != images[1]
    assert images[0] != images[2]
