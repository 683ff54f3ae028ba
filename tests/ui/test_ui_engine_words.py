"""What the engine says is German in the German window."""

from __future__ import annotations

import re

import numpy as np
import pytest
from engine_texts import engine_texts
from pytestqt.qtbot import QtBot

from milmer_live.acquisition.lsl.spec import StreamQuery
from milmer_live.config import QualitySettings
from milmer_live.live.state import SourceState, SourceStatus
from milmer_live.processing.eeg.quality import assess
from milmer_live.ui.bars.source_view import SourceView
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.signals.canvas import TraceCanvas
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.signal_view import SignalView

# Of parts that the code puts together from others: what they come to.
PUT_TOGETHER = {
    "7: 7.": [],  # an error of Python's
    "7 7": [],
    "7 connected: 7": ["EEG connected: Amp"],
    "7 silent: 7": ["markers silent: Amp"],
    "7 back: 7": ["signal back: Amp"],
    "7 ended: 7": ["EEG ended: The recording /tmp/one.csv has come to its end."],
    "7 lost: 77": [
        "EEG lost: The LSL stream 'Amp' is gone.",
        "EEG lost: Amp (a1): The LSL stream 'Amp' is gone.",
    ],
    "7 '7' 7 gone.": [
        "The LSL stream 'Amp' is gone.",
        "The markers 'Amp' are gone.",
        "The camera 'Amp' is gone.",
    ],
    "7 7 not open.": ["The LSL stream is not open.", "The markers are not open."],
    "No data from 7 '7'.": [
        f"No data from {kind} 'Amp'." for kind in ("EEG", "markers", "camera", "signal")
    ],
    "Start 7 sender again: the connection comes back by itself.": [
        f"Start {whose} sender again: the connection comes back by itself."
        for whose in ("its", "their")
    ],
    "The stream is recorded7.": [
        "The stream is recorded.",
        "The stream is recorded; the model runs without EEG.",
    ],
    "'7' names no 7 source.": ["'x' names no EEG source.", "'x' names no signal source."],
    "The recording ended before all that had come was read7.": [
        "The recording ended before all that had come was read.",
        "The recording ended before all that had come was read: at least 12 missing.",
    ],
    "The video 7 is cut off: 7.": ["The video /data/a.mp4 is cut off: of 60.0 s there are 31.5 s."],
    "'7' states no sampling rate, and 7.": [
        "'Amp' states no sampling rate, and its samples come at no steady rate."
    ],
    "'7' is recognised as 7, 7 EEG channels7.": [
        "'Amp' is recognised as LiveAmp, 32 EEG channels.",
        "'Amp' is recognised as LiveAmp, 32 EEG channels and 6 others.",
    ],
    "7, which is no voltage. If its values are in one, say it: --unit uV.": [
        "The unit of the LSL stream 'Amp' is 'counts', which is no voltage. If its "
        "values are in one, say it: --unit uV."
    ],
    "The disk or the encoder is too slow: 7 are left out and marked as a gap.": [
        f"The disk or the encoder is too slow: {what} are left out and marked as a gap."
        for what in ("pictures", "samples of Amp")
    ],
    "The disk of 7 is full up to its reserve of 7.": [
        "The disk of /data is full up to its reserve of 200 MB."
    ],
    "LSL streams are 7: 7.": ["2 LSL streams are named 'Amp': 'Amp' (a1), 'Amp' (a2)."],
    "7`milmer-live devices` lists all of them.": [
        "Did you mean CYTON or GANGLION? `milmer-live devices` lists all of them."
    ],
}
# Of pieces, which the code does not have in one place.
WHOLE = [
    "The EEG stream 'Amp': 2 gaps, 30 samples known lost; 1 time stamp jumped.",
    "The EEG stream 'Amp': samples that are not numbers: Fp1 300, Cz 2. While that lasts the "
    "model runs without EEG. Mark Fp1 bad (right-click on the trace), and the neighbours stand in.",
    "The EEG stream 'Amp': It sends 240.0 Hz instead of 250 Hz (-4.0%).",
    "EEG 'Amp': its clock was set 2 times, and is right now",
    "The camera 'Cam' sends black pictures: no face is used. Is its lens covered?",
    "The signal display failed (ValueError: boom). It was restarted; recording continues.",
    "The recorder of the camera failed (ValueError: boom). It was restarted; recording continues.",
    "The LSL stream 'Amp' is gone. Start its sender again: the connection comes back by itself.",
    "No data from EEG 'Amp (a1)'. It resumes when data arrives.",
    "The model 'demo' is not used: It takes other windows, channels or faces than this run makes. "
    "Stop, and connect again with that model.",
    "The folder /data/a. b is gone. Recording goes on in /home/c.",
    f"No LSL stream {StreamQuery('Amp', 'a1')}. Found: none at all. Is its outlet "
    "running? A firewall may block LSL (UDP and TCP ports 16571 to 16604).",
]
# Words that no German text of ours has.
ENGLISH = re.compile(
    r"\b(the|is|are|it|its|no|of|has|and|with|than|not|samples known|where|from)\b", re.IGNORECASE
)


def said() -> list[tuple[str, str]]:
    found = []
    for where, text in engine_texts():
        plain = text.removeprefix("7. ")
        found += [(where, one) for one in PUT_TOGETHER.get(plain, [plain])]
    return [*found, *(("whole", text) for text in WHOLE)]


@pytest.mark.usefixtures("german")
def test_all_that_the_engine_can_say_has_its_german() -> None:
    texts = said()
    assert len(texts) > 100, "what is not in the catalogue yet"
    left = [(where, text) for where, text in texts if ENGLISH.search(engine_words(text))]
    assert left == []


@pytest.mark.usefixtures("german")
def test_no_sentence_stays_as_it_is() -> None:
    same = [(where, text) for where, text in said() if engine_words(text) == text]
    assert same == []


@pytest.mark.usefixtures("german")
def test_what_is_not_known_stays_and_what_follows_it_is_translated() -> None:
    assert engine_words("Boom at dawn. It resumes when data arrives.") == (
        "Boom at dawn. Es geht weiter, sobald Daten eintreffen."
    )


@pytest.mark.usefixtures("german")
def test_what_is_to_be_known_of_a_source_is_german(qtbot: QtBot) -> None:
    view = SourceView()
    qtbot.addWidget(view)
    note = (
        "30 of the model's 32 channels found, 2 made from 30 electrodes: 99% of the model's EEG is "
        "known; "
        "sends 240.0 Hz instead of 250 Hz (-4.0%)"
    )
    view.show_status(SourceStatus("Amp", "EEG", SourceState.LIVE, note=note))
    assert view.more.toolTip().split("\n")[2:] == [
        "30 der 32 Kanäle des Modells gefunden, 2 aus 30 Elektroden berechnet: 99% des EEG des "
        "Modells sind erfasst",
        "sendet 240,0 Hz statt 250 Hz (-4.0%)",
    ]


@pytest.mark.usefixtures("german")
def test_why_a_channel_is_bad_is_german(qtbot: QtBot) -> None:
    rng = np.random.default_rng(4)
    names, times = [f"E{n}" for n in range(20)], np.arange(500) / 250
    data = rng.normal(0, 15, (500, 20))
    data[:, 1:9] = 20 * np.sin(60 * times)[:, np.newaxis]
    data[:, 11:16] = data[:, 1:6]
    data[:, 0] = 0
    data[:, 9] = 187_500
    data[::9, 10] = np.nan
    data[:, 16] = np.clip(900 * np.sin(60 * times), -150, 150)
    data[:, 17] = 40_000 * np.sin(60 * times)
    data[:, 18] += 900 * times + 80 * np.sin(100 * np.pi * times)
    data[:, 19] += rng.normal(0, 90, 500)
    found = assess(data.astype(np.float32), names, 250.0, QualitySettings(high_z=1.0))
    said = {text for one in found for text in one.reasons}
    assert len(said) > 8
    assert [text for text in said if ENGLISH.search(engine_words(text))] == []
    assert [text for text in said if engine_words(text) == text] == []
    canvas = TraceCanvas(EEGFeed(), SignalView())
    qtbot.addWidget(canvas)
    canvas.show_quality({one.name: one for one in found})
    assert canvas._tip("E0") == "E0\nflach (0,00 µV)"


def test_in_english_nothing_changes_that_names_no_option() -> None:
    for text in WHOLE:
        assert engine_words(text).replace("Camera", "camera") == text.replace(
            " and of source_id", ", of source_id"
        )
