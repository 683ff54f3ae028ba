"""German is complete, and what Qt reads is what the translators wrote."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot
from whole_window import dialogs, states
from widget_texts import Marked, painted, texts

from milmer_live.catalogue import EventKind
from milmer_live.clock import FakeClock
from milmer_live.config import CameraSettings, FilterSettings, validated
from milmer_live.errors import ConfigError, SourceLost
from milmer_live.events import Event
from milmer_live.live.sources.discovery import Found
from milmer_live.live.sources.side_streams import MarkerStream
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.live.workers import Faults
from milmer_live.paths import resource
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.samples import Marker
from milmer_live.ui.affect.panel import AffectPanel
from milmer_live.ui.bars.session_bar import minutes_text
from milmer_live.ui.bars.source_view import SourceView
from milmer_live.ui.dialogs.found_list import FoundModel
from milmer_live.ui.language import i18n, setting_words, translations
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look.widgets import number_field
from milmer_live.ui.main_window import MainWindow
from milmer_live.ui.signals.margins import (
    clock_text,
    voltage_text,
)
from milmer_live.ui.state.marker_log import MarkerLog

GERMAN = translations.read(resource("i18n") / "milmer_de.ts")


def test_every_text_of_the_window_has_its_german() -> None:
    assert [text for text in translations.texts() if text not in GERMAN] == []


def test_placeholders_are_the_same() -> None:
    def names(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert [text for text, german in GERMAN.items() if names(text) != names(german)] == []


@pytest.mark.usefixtures("german")
def test_what_qt_reads_is_what_the_translators_wrote() -> None:
    assert [text for text, german in GERMAN.items() if tr(text) != german] == []


@pytest.mark.usefixtures("german")
def test_the_window_speaks_german() -> None:
    panel = AffectPanel()
    assert panel.title == "Affekt"
    assert panel.meaning.text() == "Warte auf das erste Fenster"


def test_english_needs_no_file(qapp: QApplication) -> None:
    assert i18n.install(qapp, "en") == ()
    assert tr("Connect …") == "Connect …"


# What is the same in every language: the program, electrodes, units, codecs and file names.
SAME = re.compile(
    r"\b(Milmer|Live|EEG|DEAP|LSL|English|Deutsch|HAHV|LAHV|LALV|HALV)\b"
    r"|\b(Fp|AF|F|FC|C|T|CP|P|PO|O)(z|\d)\b"
    r"|\b(biosemi|easycap|eego|egi|openbci|unicorn)-m?\d+\b"
    r"|µV²?(/div|/s)?|\b([mn]V|Hz|fps|min|ms|px|s/div|div|GB|h264|ffv1|mjpeg|float32|int32|string|dB)\b"
)
# What stands for the user's own words, devices and files.
GIVEN = re.compile(
    r"/data/\S+|/tmp/\S*|ActiC\w*|Other|Keys|Webcam|Demo participant|s01_trial07.avi|lab-\d|"
    r"lsl:\S*|camera:\S*|brainflow:\S*|coughed|r = 0.93 with Fp1|Gone\.|Markers ·"
)
# What Qt has files of its own for: keys, and the buttons of docks and tabs.
QTS_OWN = re.compile(
    r"Close|Float|Scroll (Left|Right)"
    r"|((Ctrl|Shift)\+)*(F\d+|Left|Right|Up|Down|PgUp|PgDown|Home|End|Space|Esc|.)"
)


@pytest.fixture
def marked(qapp: QApplication) -> Iterator[None]:
    translator = Marked()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def untranslated(seen: Iterable[str]) -> list[str]:
    """Those that have a word which no translator can have seen."""
    bare = {text: outside_marks(text) for text in set(seen) if not QTS_OWN.fullmatch(text)}
    left = {text: SAME.sub("", GIVEN.sub("", one)) for text, one in bare.items()}
    return sorted(text for text, one in left.items() if re.search(r"[^\W\d_]{2,}", one))


def outside_marks(text: str) -> str:
    """Sentences may stand in one another: the innermost are taken out first. One that has no room
    is cut off, and so is a name after its kind."""
    text = re.sub(r"(?<= · )\S*…$", "…", text)
    shorter = re.sub(r"«[^«»]*…$", "…", re.sub(r"«[^«»]*»", "", text))
    return shorter.removesuffix("…") if shorter == text else outside_marks(shorter)


@pytest.mark.usefixtures("marked")
@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_no_word_of_the_window_or_its_dialogs_escapes_the_translators(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("MILMER_LIVE_RECORDINGS", "/data/recordings")
    clock = FakeClock(1000.0)
    engine = FakeEngine(clock, before_s=20.0)
    window = MainWindow(lambda: engine, clock=clock, remembers=False)
    seen: list[str] = []
    with painted(monkeypatch) as drawn:
        window.show()
        window.start()
        qtbot.waitUntil(lambda: window.affect.plane.paints > 0)
        for _state in states(window, engine, clock):
            seen += [text for _, text in texts(window)]
            for panel in window.panels.values():
                panel.grab()
        for _name, dialog in dialogs(window, window.look):
            seen += [text for _, text in texts(dialog)]
            dialog.grab()
    window.close()
    qtbot.waitUntil(lambda: not window.bridge.running)
    left = untranslated([*seen, *drawn])
    assert not left, "\n".join(left)


def test_what_is_not_translated_is_found() -> None:
    assert untranslated(["«Record»", "Fz", "10 µV/div", "«Saved»: /data/x.png"]) == []
    assert untranslated(["«Record» now"]) == ["«Record» now"]


@pytest.mark.usefixtures("german")
def test_qts_own_buttons_speak_german() -> None:
    box = QMessageBox()
    box.setStandardButtons(QMessageBox.StandardButton.Cancel)
    assert box.buttons()[0].text() == "Abbrechen"


def test_what_is_wrong_with_settings_is_said_in_words_that_are_translated() -> None:
    for kind, values in (
        (FilterSettings, {"low_hz": 60}),
        (FilterSettings, {"reference": "channels"}),
        (CameraSettings, {"width": 640}),
    ):
        with pytest.raises(ConfigError) as raised:
            validated(kind, values, "")
        assert setting_words.rule(raised.value.message) in GERMAN


@pytest.mark.usefixtures("german")
def test_numbers_are_written_one_way_in_fields_and_sentences(qtbot: QtBot) -> None:
    view = SourceView()
    qtbot.addWidget(view)
    view.show_status(SourceStatus("amp", "EEG", SourceState.LIVE, 128.0, 127.96))
    said = [one.text() for one in view.findChildren(QLabel)]
    assert "128,0 von 128 Hz" in said
    assert minutes_text(60 * 1008.0) == "1.008 h"
    assert found_age(2.25) == "vor 2,2 s"
    assert (voltage_text(2500), clock_text(12.5)) == ("2,5 mV", "0:12,5")
    field = number_field("edge", " Hz", 0.0, 100.0, 1)
    qtbot.addWidget(field)
    field.setValue(1.0)
    assert field.text() == "1,0 Hz"


def test_a_rate_that_is_not_stated_is_not_called_0() -> None:
    found = Found("eeg", "lsl:amp", "amp", "", 0.0, measured_hz=120.04)
    assert FoundModel().texts(found)[2] == "irregular, 120.0 Hz"
    assert FoundModel().texts(replace(found, measured_hz=None))[2] == "irregular"
    live = SourceStatus("amp", "EEG", SourceState.LIVE, 128.0)
    assert SourceView._rate_text(live) == "– of 128 Hz"


def found_age(age_s: float) -> str:
    found = Found("eeg", "lsl:amp", "amp", "", 128.0, measured_hz=None, age_s=age_s)
    return FoundModel().texts(found)[3]


def events(*said: Event) -> list[str]:
    """What the log shows of events."""
    log = MarkerLog()
    for event in said:
        log.hear(event)
    log.settle()
    return [one.text for one in log.all()]


SETTINGS = SignalSettings(FilterSettings(low_hz=0.5, notch_hz=50.0, reference="average"), ("P7",))


def test_events_of_the_engine_are_put_into_the_users_words(qapp: QApplication) -> None:
    said = (
        Event(1.0, EventKind.CONNECTED, "Webcam", {"kind": "camera"}),
        Event(2.0, EventKind.LOST, "amp", {"kind": "EEG", "why": "The LSL stream 'amp' is gone."}),
        Event(3.0, EventKind.NOTED, "film", {"why": "film 3"}),
        Event(4.0, EventKind.SETTINGS, "amp", {"parts": SETTINGS.described}),
    )
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        shown = events(*said)
    finally:
        qapp.removeTranslator(translator)
    assert shown == [
        "««Camera» connected: Webcam»",
        "««EEG» lost: «The LSL stream 'amp' is gone.»»",
        "film 3",
        "«EEG settings: «0.5 to 50 Hz»; «notch 50 Hz»; «reference: mean of all channels»;"
        " «bad: P7»»",
    ]


def test_every_event_of_a_source_has_a_form() -> None:
    """As the workers say them: a new one is not forgotten here."""
    worker = MarkerStream("lsl:Keys", ComesAndGoes(), FakeClock(), Faults())
    heard: list[Event] = []
    worker.on_event.append(heard.append)
    for _ in range(2):
        worker.step()
    assert [event.kind for event in heard] == [EventKind.CONNECTED, EventKind.LOST]
    said = [event.text for event in heard]
    assert said == ["markers connected: Keys", "markers lost: The markers 'Keys' are gone."]
    assert events(*heard) == [text.replace("markers", "Markers", 1) for text in said]


NOTES = (
    "The LSL stream 'amp' has several channels called Cz, cz. They are recorded, and none of them "
    "is used as an electrode.",
    "The name of the LSL stream 'Büro' is not UTF-8. It was read as cp1252.",
    "Texts of 'stim' are not UTF-8. They are read as cp1252.",
    "The description of the LSL stream 'amp' was cleaned: 1 bare ampersand escaped; 1 text read as "
    "cp1252.",
    "The buffer of the LSL stream 'stim' was full: samples are lost.",
    "The clock of the LSL stream 'amp' could not be compared with ours yet: its time stamps are "
    "taken as they are.",
    "Frames of 'film' have no time stamp: it is deduced.",
)


@pytest.mark.parametrize("note", NOTES)
def test_notes_of_a_source_are_put_into_the_users_words(qapp: QApplication, note: str) -> None:
    translator = Marked()
    qapp.installTranslator(translator)
    try:
        (shown,) = events(Event(1.0, EventKind.NOTED, values={"why": note}))
    finally:
        qapp.removeTranslator(translator)
    assert shown == f"«{note}»"


class ComesAndGoes:
    def open(self) -> str:
        return "Keys"

    def read(self, timeout_s: float) -> tuple[Marker, ...] | None:  # noqa: ARG002
        raise SourceLost("The markers 'Keys' are gone.", "Start their sender again.")

    def close(self) -> None:
        pass
