"""A model that was trained on synthetic participants says so wherever it answers about others."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pylsl
import pytest
from fake_engine import FakeEngine
from model_tools import tiny, tiny_card
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from rich.console import Console

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.clock import FakeClock
from milmer_live.errors import ModelError
from milmer_live.live.publisher import Publisher
from milmer_live.live.session_recording import RunFacts
from milmer_live.live.state import EngineSnapshot, ModelStatus
from milmer_live.model.card import Card, bundled_checkpoint, read_card
from milmer_live.runs.devices import LiveRun
from milmer_live.runs.launcher import WindowLauncher
from milmer_live.ui.language import i18n
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.main_window import MainWindow

CAUTION = read_card(bundled_checkpoint()).caution
MAKER = {"format": "DEAP, synthetic participants of milmer_live", "seed": 1}


def card_of(origin: dict[str, object] | None) -> Card:
    data: dict[str, object] = {"name": "a data set"}
    if origin is not None:
        data["origin"] = origin
    return tiny_card(tiny(), name="tiny", training={"data": data})


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (card_of(MAKER), True),
        (card_of({}), False),
        (card_of(None), False),
        (tiny_card(tiny()), False),
        (tiny_card(tiny(), training={"data": "?", "started_from": {"data": {}}}), False),
        (read_card(bundled_checkpoint()), True),
    ],
)
def test_only_what_was_trained_on_nobody_else_is_cautioned_about(card: Card, said: bool) -> None:
    assert card.is_synthetic is said
    assert bool(card.caution) is said
    assert card.summary["synthetic_only"] == ("true" if said else "false")


def test_the_stream_of_predictions_says_what_answers() -> None:
    card = read_card(bundled_checkpoint())
    publisher = Publisher(tuple, model=card.summary)
    try:
        (found,) = pylsl.resolve_byprop("source_id", publisher.source_id, 1, 10.0)
        inlet = pylsl.StreamInlet(found, recover=False)
        described = ElementTree.fromstring(inlet.info(10.0).as_xml()).find("desc/model")
        assert described is not None
        assert {child.tag: child.text or "" for child in described} == card.summary
        inlet.close_stream()
    finally:
        publisher.close()


def test_the_command_line_says_it_before_anything_is_connected() -> None:
    out = io.StringIO()
    console = Console(file=out, soft_wrap=True)
    LiveRun.prepare(LSLSource(name="Amp"), None, None, console, headless=False, publishes=False)
    assert CAUTION in out.getvalue()


class Cautioned(FakeEngine):
    """Its model was trained on synthetic participants."""

    facts = RunFacts()
    side_streams = ()

    @property
    def engine(self) -> FakeEngine:
        return self

    def snapshot(self, **wanted: Any) -> EngineSnapshot:
        return replace(super().snapshot(**wanted), model=ModelStatus("Demo", caution=CAUTION))


class Drawn(Cautioned):
    """And so is who sits there."""

    facts = RunFacts(is_drawn=True)


OpenWindow = Callable[[FakeEngine], MainWindow]


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[OpenWindow]:
    opened: list[MainWindow] = []

    def make(engine: FakeEngine) -> MainWindow:
        window = MainWindow(lambda: engine, clock=FakeClock(1000.0), remembers=False)
        opened.append(window)
        window.show()
        window.start()
        qtbot.waitUntil(lambda: window.bridge.snapshot is not None, timeout=20_000)
        return window

    yield make
    for window in opened:
        window.close()
    qtbot.waitUntil(lambda: not any(window.bridge.running for window in opened))
    for window in opened:
        window.deleteLater()


def test_a_bar_of_the_window_stays_while_it_answers_about_people(
    qtbot: QtBot, open_window: OpenWindow
) -> None:
    window = open_window(Cautioned(FakeClock(1000.0), before_s=20.0))
    qtbot.waitUntil(window.caution.isVisible, timeout=20_000)
    assert window.caution.text() == CAUTION
    window.banner.show_fault("Something else.")
    window.banner.hide()
    assert window.caution.isVisible()


def test_nothing_is_said_of_a_drawn_participant(qtbot: QtBot, open_window: OpenWindow) -> None:
    window = open_window(Drawn(FakeClock(1000.0), before_s=20.0))
    qtbot.waitUntil(lambda: window.affect.quadrant.text() != "–", timeout=20_000)
    assert not window.caution.isVisible()


def test_connect_is_told_what_model_would_answer(tmp_path: Path) -> None:
    launcher = WindowLauncher(Console(file=io.StringIO()))
    assert launcher.card_of("").caution == CAUTION
    with pytest.raises(ModelError, match="There is no checkpoint"):
        launcher.card_of(str(tmp_path / "none.safetensors"))


def test_it_is_german_in_the_german_window(qapp: QApplication) -> None:
    installed = i18n.install(qapp, "de")
    try:
        assert "synthetischen" in engine_words(CAUTION)
    finally:
        for one in installed:
            qapp.removeTranslator(one)
        QLocale.setDefault(QLocale("en"))
