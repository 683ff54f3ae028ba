"""What `record` says at its end is so, on real streams: the table, the exit code, the commands."""

from __future__ import annotations

import io
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
import torch
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame
from model_tools import saved, tiny
from rich.console import Console
from sessions import picture, plan
from test_balance import Source
from test_record_command import amplifiers, markers, start
from typer.testing import CliRunner

from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.cli.app import app
from milmer_live.clock import LSLClock
from milmer_live.errors import ConfigError, ExitCode, ModelError
from milmer_live.live.engine import Engine
from milmer_live.live.inference.model_switch import NewModel
from milmer_live.live.recording.recorder import (
    Recorder,
    RecorderState,
    RecorderStatus,
)
from milmer_live.live.session_recording import RecordingRun
from milmer_live.live.sources.lazy_detector import LateDetector
from milmer_live.live.workers import Faults
from milmer_live.model.backends import choose
from milmer_live.model.network import Milmer
from milmer_live.processing.faces.detection import Detect
from milmer_live.runs import record as record_run
from milmer_live.runs.balance_table import print_balance
from milmer_live.runs.record import (
    Recorded,
    RecordOptions,
    run_recording,
)
from milmer_live.samples import MODEL_CHANNELS, FrameSample
from milmer_live.storage.session.balance import (
    Outcome,
    StreamBalance,
)
from milmer_live.storage.session.card import read_card
from milmer_live.storage.session.reader import open_session
from milmer_live.storage.session.streams import (
    EVENTS,
    PREDICTIONS,
)
from milmer_live.storage.video import VideoWriter

CLOCK = LSLClock()


@pytest.fixture(autouse=True)
def _pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there at once: what OpenVINO needs would be made first."""
    monkeypatch.setattr(choose, "find_spec", lambda _name: None)


@pytest.fixture
def cap() -> Iterator[str]:
    """An amplifier that sends."""
    with amplifiers(("Cap", 32, 128.0)) as (source_id,):
        yield f"lsl:source_id={source_id}"


def absent() -> str:
    return f"lsl:source_id={uuid.uuid4()}"


class Screen(io.StringIO):
    """What is printed; `cues` are called when their words are first said."""

    def __init__(self, cues: dict[str, Callable[[], object]] | None = None) -> None:
        super().__init__()
        self._cues = dict(cues or {})

    def write(self, text: str) -> int:
        for words in [words for words in self._cues if words in text]:
            self._cues.pop(words)()
        return super().write(text)

    @property
    def text(self) -> str:
        return self.getvalue()


def record(out: Path, screen: Screen, *eeg: str, **changes: Any) -> Recorded:
    values: dict[str, Any] = {
        "eeg": eeg,
        "camera": None,
        "markers": (),
        "participant": "01",
        "out": out,
        "duration_s": 7.0,
        "recording": {},
        "checkpoint": None,
    }
    options = RecordOptions(**(values | changes))
    return run_recording(options, Console(file=screen, highlight=False, soft_wrap=True, width=80))


def row(recorded: Recorded, asked: str) -> StreamBalance:
    return next(one for one in recorded.status.balance if one.asked == asked)


def command(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    return result.exit_code, result.stdout


@pytest.mark.timeout(300)
def test_what_was_asked_for_and_never_came_is_named_everywhere(cap: str, tmp_path: Path) -> None:
    eeg, stim, camera = absent(), absent(), f"camera:{tmp_path / 'none.avi'}"
    silent = markers()
    screen = Screen()
    silent_spec = f"lsl:source_id={silent.get_info().source_id()}"

    recorded = record(tmp_path, screen, cap, eeg, markers=(stim, silent_spec), camera=camera)

    outcomes = {one.asked: one.outcome for one in recorded.status.balance}
    assert outcomes == {
        cap: Outcome.WHOLE,
        camera: Outcome.NEVER_CAME,
        eeg: Outcome.NEVER_CAME,
        stim: Outcome.NEVER_CAME,
        silent_spec: Outcome.EMPTY,
    }
    assert recorded.exit_code is ExitCode.SHORT
    folder = recorded.status.folder
    for spec in (eeg, stim, camera):
        assert f"{spec}: it never came." in screen.text.replace("\n", "")
    silent_story = f"Stimuli ({silent_spec}): it was connected, but no marker came."
    assert silent_story in screen.text.replace("\n", " ").replace("  ", " ")
    assert "(waiting)" in screen.text
    code, text = command("check", folder)
    assert code == ExitCode.BROKEN
    assert f"fault balance: {eeg}: it never came." in text
    code, text = command("sessions", tmp_path)
    assert "not whole" in text
    assert f"{eeg}: it never came." in text
    code, text = command("labels", folder)
    assert f"Not whole: {eeg}: it never came." in text
    visible = read_card(folder).visible
    assert visible is not None
    assert {"Cap", "Stimuli"} <= {one.name for one in visible}


@pytest.mark.timeout(300)
def test_only_what_is_required_decides_the_exit_code(cap: str, tmp_path: Path) -> None:
    eeg, screen = absent(), Screen()
    recorded = record(tmp_path, screen, cap, eeg, required=(cap,))
    assert row(recorded, eeg).outcome is Outcome.NEVER_CAME
    assert recorded.exit_code is ExitCode.OK
    assert "(not required)" in screen.text
    assert "Whole: all that was required is in the file." in screen.text
    assert command("check", recorded.status.folder)[0] == ExitCode.OK


def test_what_is_required_must_have_been_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing is recorded by that name"):
        record(tmp_path, Screen(), "lsl:Cap", required=("lsl:Cup",))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(300)
def test_the_recording_begins_when_all_that_is_required_flows(tmp_path: Path) -> None:
    with ExitStack() as senders:
        stim = markers()
        spec = f"lsl:source_id={stim.get_info().source_id()}"
        screen = Screen()
        started: list[str] = []

        def begin() -> None:
            assert not list(tmp_path.iterdir()), "nothing is written while it waits"
            started.extend(senders.enter_context(amplifiers(("Late", 8, 250.0))))

        screen._cues["Waiting for: lsl:Late"] = begin
        recorded = record(tmp_path, screen, "lsl:Late", markers=(spec,), wait_s=60.0)
    late = row(recorded, "lsl:Late")
    assert started
    assert late.outcome is Outcome.WHOLE
    card = read_card(recorded.status.folder)
    assert late.connected is not None
    assert late.connected < card.started_lsl
    assert late.first is not None
    assert late.first - card.started_lsl < 1.0


@pytest.mark.timeout(300)
def test_a_wait_that_is_in_vain_costs_no_recording(cap: str, tmp_path: Path) -> None:
    eeg, screen = absent(), Screen()
    recorded = record(tmp_path, screen, cap, eeg, wait_s=2.0)
    text = screen.text.replace("\n", " ")
    assert f"Not there after 2 s: {eeg}. Recording begins without." in text
    assert recorded.exit_code is ExitCode.SHORT
    assert row(recorded, cap).outcome is Outcome.WHOLE


@pytest.mark.timeout(300)
def test_the_balance_is_there_for_other_programs(cap: str, tmp_path: Path) -> None:
    eeg = absent()
    process = start(
        *("--eeg", cap, "--eeg", eeg, "--participant", "02", "--out", tmp_path),
        *("--duration", "8", "--json"),
    )
    text, said = process.communicate()
    assert process.returncode == ExitCode.SHORT, said
    assert "Recording into" in said
    told = json.loads(text)
    assert (told["exit_code"], told["read_back"]) == (3, "equal")
    assert [one["outcome"] for one in told["balance"]] == ["whole", "never came"]
    assert told["balance"][0]["written"] > 100
    card = json.loads((Path(told["session"]) / "session.json").read_text())
    assert card["balance"][0]["written"] == told["balance"][0]["written"]
    rows = json.loads(command("sessions", tmp_path, "--json")[1])
    assert rows[0]["state"] == "not whole"
    assert eeg in rows[0]["shortfalls"][0]


@pytest.mark.timeout(300)
def test_a_sender_that_dies_halfway_is_named(tmp_path: Path) -> None:
    with ExitStack() as senders:
        ids = senders.enter_context(amplifiers(("Cap", 8, 250.0), ("Sleeve", 4, 250.0)))
        doomed = senders.enter_context(ExitStack())
        (dying,) = doomed.enter_context(amplifiers(("Belt", 2, 100.0)))
        cap, _, belt = (f"lsl:source_id={one}" for one in (*ids, dying))
        screen = Screen({"    5 s": doomed.close})
        recorded = record(tmp_path, screen, cap, belt, duration_s=9.0)
    gone = row(recorded, belt)
    assert gone.outcome is Outcome.DIED
    assert gone.written > 100
    assert "s after its first sample" in gone.sentence
    assert row(recorded, cap).outcome is Outcome.WHOLE
    assert recorded.exit_code is ExitCode.SHORT


@pytest.mark.timeout(300)
def test_a_checkpoint_that_cannot_be_loaded_costs_no_sample(cap: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_text("no weights at all")
    screen = Screen()
    recorded = record(tmp_path, screen, cap, checkpoint=broken)
    model = row(recorded, str(broken))
    assert model.outcome is Outcome.NEVER_CAME
    assert "is not used: The card" in model.sentence
    assert row(recorded, cap).outcome is Outcome.WHOLE
    assert recorded.exit_code is ExitCode.SHORT


def test_a_checkpoint_that_is_not_there_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no checkpoint"):
        record(tmp_path, Screen(), "lsl:Cap", checkpoint=tmp_path / "none.safetensors")
    assert list(tmp_path.iterdir()) == []


class Sent:
    """An amplifier of the model's channels that sends when it is told to."""

    def __init__(self) -> None:
        self.id = str(uuid.uuid4())
        info = pylsl.StreamInfo("Cap", "EEG", 32, 128.0, pylsl.cf_float32, self.id)
        info.set_channel_labels(list(MODEL_CHANNELS))
        info.set_channel_units("microvolts")
        self.outlet = pylsl.StreamOutlet(info)
        self.start = pylsl.local_clock() - 5.0
        self.sent = 0

    def send(self, seconds: float) -> None:
        for _ in range(round(seconds * 128 / 16)):
            times = (self.sent + np.arange(16)) / 128
            wave = 20 * np.sin(2 * np.pi * 10 * times)
            noise = np.random.default_rng(self.sent).normal(0, 5, (16, 32))  # no two are alike
            data = (wave[:, np.newaxis] + noise).astype(np.float32)
            self.outlet.push_chunk(data, (self.start + times).tolist())
            self.sent += 16

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send what is due, until the end of the block."""
        ended = threading.Event()

        def send() -> None:
            while not ended.wait(0.05):
                self.send(pylsl.local_clock() - self.start - self.sent / 128)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            yield
        finally:
            ended.set()
            sender.join()


@pytest.mark.timeout(300)
def test_a_model_joins_a_recording_that_has_begun(tmp_path: Path) -> None:
    torch.manual_seed(0)
    amp = Sent()
    model = saved(Milmer(tiny()), tmp_path).path
    joined = {"checkpoint": model, "duration_s": 12.0, "wait_s": 60.0}
    with amp.sending():
        recorded = record(tmp_path / "out", Screen(), f"lsl:source_id={amp.id}", **joined)
    answers = row(recorded, str(model))
    assert not answers.faults, answers.sentence
    assert answers.alive
    assert answers.written == answers.received > 3
    session = open_session(recorded.status.folder)
    assert session.card is not None
    assert session.card.plan.model is not None
    events = session.file.named(EVENTS)
    assert events is not None
    assert any(text.startswith("model ready: ") for text in events.texts)


@pytest.mark.timeout(300)
def test_nothing_waits_for_a_model_that_is_being_loaded(tmp_path: Path) -> None:
    amp, ready, predictor = Sent(), threading.Event(), WatchingPredictor()
    engine = Engine(
        LSLSource(source_id=amp.id), None, None, whole_frame, QUICK, CLOCK, awaits_model=True
    )
    run = RecordingRun(engine)
    run.record(Recorder(tmp_path, plan(), CLOCK, Faults()))
    run.start()

    def load() -> NewModel:
        assert ready.wait(60.0)
        return NewModel(predictor, QUICK)

    engine.switch_model("slow", load)
    wait_until(lambda: run.sources[0].connected_at is not None, 30.0)
    amp.send(2.0)
    wait_until(lambda: run.status.samples.get("Cap") == amp.sent, 30.0)
    wait_until(lambda: run.status.missing_required == ("model",))
    (model,) = (one for one in run.status.balance if one.kind == "model")
    assert model.story == "it never came. The model 'slow' is still being made ready."
    ready.set()
    wait_until(lambda: not engine.snapshot().model.loading, 30.0)
    amp.send(2.0)
    wait_until(lambda: run.status.samples.get(PREDICTIONS, 0) > 0, 30.0)
    wait_until(lambda: run.status.samples.get("Cap") == amp.sent, 30.0)
    wait_until(lambda: not run.status.missing_required)
    assert run.stop()
    events = open_session(run.status.folder).file.named(EVENTS)
    assert events is not None
    assert any(text.startswith("model ready") for text in events.texts)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.avi"
    with VideoWriter(path, 25.0, (160, 120)) as file:
        for index in range(1500):
            file.write(picture(index))
    return path


@pytest.mark.timeout(300)
def test_a_face_detector_that_cannot_be_had_costs_no_frame(
    cap: str, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_path: Path, say: object) -> bool:
        del say
        raise ModelError("The face-detection model could not be downloaded.", "Is there a network?")

    monkeypatch.setattr("milmer_live.runs.recognizer.fetch_face_model", missing)
    screen = Screen()
    recorded = record(
        tmp_path,
        screen,
        cap,
        camera=f"camera:{film}",
        recording={"video": "full", "video_consent": True, "codec": "mjpeg"},
    )
    camera = row(recorded, f"camera:{film}")
    assert camera.written > 10
    assert camera.outcome in (Outcome.FAULTY, Outcome.INCOMPLETE)
    assert "Faces are not looked for: The face-detection model could not be" in camera.sentence
    assert "Faces are not looked for" in screen.text
    assert recorded.exit_code is ExitCode.SHORT


@pytest.mark.timeout(300)
def test_frames_are_recorded_while_the_face_detector_is_fetched(film: Path, tmp_path: Path) -> None:
    ready = threading.Event()

    def load() -> Callable[[FrameSample], Any]:
        assert ready.wait(60.0)
        return whole_frame

    amp = Sent()
    detect = LateDetector(load)
    camera = CameraSource(str(film))
    engine = Engine(LSLSource(source_id=amp.id), camera, None, detect, QUICK, CLOCK)
    run = RecordingRun(engine)
    run.record(Recorder(tmp_path, plan(), CLOCK, Faults()))
    run.start()
    wait_until(lambda: run.status.samples.get("MilmerLive-Frames", 0) > 5, 30.0)
    assert not detect.is_ready
    ready.set()
    wait_until(lambda: engine.snapshot().face is not None, 30.0)
    assert run.stop()
    rows = open_session(run.status.folder).file.named("MilmerLive-Frames")
    assert rows is not None
    scores = rows.numbers[:, 9]
    assert scores[0] != scores[0], "no face at first"
    assert (scores > 0.5).any()
    events = open_session(run.status.folder).file.named(EVENTS)
    assert events is not None
    assert "Faces are not looked for yet: the detector is being loaded." in events.texts
    assert "Faces are looked for from here on." in events.texts


def test_a_detector_that_is_loaded_too_late_is_closed() -> None:
    closed, ready = threading.Event(), threading.Event()

    class Detector:
        def __call__(self, _frame: FrameSample) -> None:
            return None

        def close(self) -> None:
            closed.set()

    def load() -> Detector:
        assert ready.wait(30.0)
        return Detector()

    late = LateDetector(load)
    late.close()
    ready.set()
    assert closed.wait(30.0)
    assert not late.is_ready


def test_a_detector_that_nobody_waits_for_any_more_may_fail_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ready = threading.Event()

    def load() -> Detect:
        assert ready.wait(30.0)
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    late = LateDetector(load)
    late.close()
    ready.set()
    late._thread.join(30.0)
    assert late.problem == ""
    assert caplog.records == []


def table(rows: tuple[StreamBalance, ...], width: int = 80) -> str:
    screen = io.StringIO()
    console = Console(file=screen, width=width, highlight=False, soft_wrap=True)
    print_balance(rows, 1000.0, console)
    return screen.getvalue()


def test_the_table_fits_80_columns_and_cuts_nothing() -> None:
    name = "A wireless amplifier of the laboratory on the second floor, left"
    long = StreamBalance(
        asked="lsl:source_id=x",
        kind="EEG",
        name=name,
        connected=1000.4,
        received=86_400_000,
        written=86_399_000,
        rejected=1000,
        rejected_why="It does not fit.",
        gaps=12,
        gap_samples=1200,
        gap_s=0.6,
        first=1000.5,
        last=44_200.5,
        alive=True,
        streams=(name,),
    )
    never = StreamBalance(
        asked="lsl:source_id=9d3e4d0c-5a1b-4f6e-8a37-0d1f0c1b2a34", kind="markers"
    )
    lines = table((long, never)).splitlines()
    heading, first, figures, second = lines[:4]
    for column in ("Received", "Written", "Rejected", "Gaps", "Connected", "First", "Last"):
        assert column in heading
    assert first == f"{name}: incomplete"
    assert second == f"{never.asked}: never came"
    for figure in ("86,400,000", "86,399,000", "1,000", "12 (0.6 s)", "0.4 s", "43200.5 s"):
        assert figure in figures
    assert max(map(len, lines[:5])) <= 80
    text = "\n".join(lines[5:])
    assert "12 gaps (1,200 samples, 0.60 s); 1,000 samples could not be" in text
    assert "recorded: It does not fit." in text
    assert never.sentence in text


def test_the_running_line_has_every_source() -> None:
    amp = StreamBalance(asked="lsl:a", kind="EEG", name="Amp", connected=1.0, received=9, written=9)
    rows = (
        amp.model_copy(update={"alive": True}),
        amp.model_copy(update={"name": "Gone"}),
        StreamBalance(asked="lsl:never", kind="EEG"),
        StreamBalance(asked="lsl:m", kind="markers", name="Stim", connected=1.0, alive=True),
    )
    status = RecorderStatus(RecorderState.RECORDING, Path(), balance=rows)
    line = record_run._line(status, 5.0)
    for part in ("Amp 9,", "Gone 9 (silent)", "lsl:never 0 (waiting)", "Stim 0 (no marker yet)"):
        assert part in line


def test_a_source_says_what_it_was_asked_for_by() -> None:
    assert Source("lsl:x", connected_at=None).status(0.0).title == "lsl:x"
    assert Source("lsl:x").status(0.0).title == "Amp"
