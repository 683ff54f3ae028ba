"""Artifacts: progress in words, proposed components ticked, what is ticked is what is removed."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from milmer_live.live.state import FitPhase, FitStatus
from milmer_live.processing.eeg.artifacts import (
    Artifacts,
    Component,
    ComponentKind,
)
from milmer_live.samples import MODEL_CHANNELS
from milmer_live.ui.dialogs.artifacts import ArtifactDialog


@pytest.fixture
def artifacts() -> Artifacts:
    rng = np.random.default_rng(1)
    kinds = (ComponentKind.BLINK, ComponentKind.OTHER, ComponentKind.MUSCLE)
    components = tuple(
        Component(index, kind, f"reason {index}", 0.3, rng.normal(size=32))
        for index, kind in enumerate(kinds)
    )
    unmixing = rng.normal(size=(3, 32))
    return Artifacts(MODEL_CHANNELS, unmixing, components, (0, 2), True)


@pytest.fixture
def dialog(qtbot: QtBot) -> ArtifactDialog:
    made = ArtifactDialog()
    qtbot.addWidget(made)
    return made


def test_the_progress_is_said(dialog: ArtifactDialog) -> None:
    assert not dialog.apply_button.isEnabled()
    dialog.show_status(FitStatus(FitPhase.COLLECTING, 15.0, 60.0))
    assert "15 of 60 s" in dialog.says.text()
    assert dialog.bar.value() == 25
    assert not dialog.fit_button.isEnabled()
    assert dialog.cancel_button.isEnabled()
    dialog.show_status(FitStatus(problem="The baseline has a gap."))
    assert dialog.says.text() == "The baseline has a gap."


def test_what_is_ticked_is_removed(
    qtbot: QtBot, dialog: ArtifactDialog, artifacts: Artifacts
) -> None:
    dialog.show_status(FitStatus(FitPhase.READY, artifacts=artifacts))
    assert [box.text() for box in dialog.boxes] == ["blink", "other", "muscle"]
    assert dialog.chosen() == (0, 2)
    dialog.boxes[2].click()
    with qtbot.waitSignal(dialog.apply_asked) as asked:
        QTest.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    assert asked.args[0].excluded == (0,)
    with qtbot.waitSignal(dialog.apply_asked) as asked:
        dialog.none_button.click()
    assert asked.args == [None]


def test_the_users_choice_outlives_the_next_status(
    dialog: ArtifactDialog, artifacts: Artifacts
) -> None:
    dialog.show_status(FitStatus(FitPhase.READY, artifacts=artifacts))
    dialog.boxes[0].click()
    dialog.show_status(FitStatus(FitPhase.READY, artifacts=artifacts))
    assert dialog.chosen() == (2,)
