"""What `milmer-live record` does, and what it prints."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pydantic import JsonValue
from rich.console import Console

from milmer_live import paths
from milmer_live.acquisition.registry import eeg_source, frame_source, without_password
from milmer_live.acquisition.source import EEGSource, FrameSource
from milmer_live.clock import Clock, LSLClock
from milmer_live.config import CameraSettings, Preprocessing, RecordingSettings, validated
from milmer_live.errors import ConfigError, ExitCode, ModelError, RecordingError, SourceLost
from milmer_live.live.engine import Asked, Engine
from milmer_live.live.recording.recorder import (
    Recorder,
    RecorderState,
    RecorderStatus,
)
from milmer_live.live.session_recording import (
    RecordingRun,
    RunFacts,
)
from milmer_live.live.sources.side_streams import (
    device_signals,
    side_streams,
)
from milmer_live.live.state import endings_of, missing_of
from milmer_live.live.workers import Faults, Guard
from milmer_live.processing.channels.user_channels import (
    NOTHING_SAID,
    Said,
)
from milmer_live.processing.faces.detection import Detect
from milmer_live.processing.lazy_scipy import load as load_late
from milmer_live.runs.balance_table import (
    balance_rows,
    print_balance,
)
from milmer_live.runs.recognizer import (
    Recognizer,
    late_detector,
)
from milmer_live.samples import FaceBox, FrameSample
from milmer_live.storage.session.balance import (
    StreamBalance,
    short_streams,
)
from milmer_live.storage.session.card import (
    READ_EQUAL,
    Plan,
    make_plan,
)
from milmer_live.system.stdio import waits_at_most
from milmer_live.system.stopping import stop_requests

REPORT_S = 5.0
LOOK_S = 0.1
_FIGURES = re.compile(r"\d[\d.,]*")
READER_S = 1.0  # for which a reader of our output that has paused is waited for


@dataclass(frozen=True)
class RecordOptions:
    """What the user has asked for. `duration_s` None: until interrupted. `said` is of
    the channels of the first `eeg`; with less than `min_coverage` of the model's EEG known (None:
    as it says itself) the model runs without EEG.
    `asked_of_camera` are fields of CameraSettings. `required` has what must be whole, as it was
    named; None: everything."""

    eeg: tuple[str, ...]
    camera: str | None
    markers: tuple[str, ...]
    participant: str
    out: Path | None
    duration_s: float | None
    recording: dict[str, object]
    checkpoint: Path | None
    said: Said = NOTHING_SAID
    min_coverage: float | None = None
    asked_of_camera: Mapping[str, object] = field(default_factory=dict)
    required: tuple[str, ...] | None = None
    wait_s: float = 0.0

    @property
    def named(self) -> tuple[str, ...]:
        """All that was asked for, without passwords."""
        several = (*self.eeg, *self.markers, *([self.camera] if self.camera else ()))
        model = (str(self.checkpoint),) if self.checkpoint else ()
        return (*(without_password(one) for one in several), *model)


@dataclass(frozen=True)
class Recorded:
    """How a recording ended."""

    status: RecorderStatus
    folders: tuple[Path, ...]

    @property
    def exit_code(self) -> ExitCode:
        is_whole = not short_streams(self.status.balance)
        return ExitCode.OK if is_whole and self.status.read_back == READ_EQUAL else ExitCode.SHORT

    @property
    def json_text(self) -> str:
        values = {
            "session": str(self.status.folder),
            "folders": [str(folder) for folder in self.folders],
            "state": str(self.status.state),
            "read_back": self.status.read_back,
            "troubles": [*self.status.troubles],
            "exit_code": int(self.exit_code),
            "balance": balance_rows(self.status.balance),
        }
        return json.dumps(values, indent=2)


def run_recording(options: RecordOptions, console: Console) -> Recorded:
    """Record until the time is over or the user ends it. Raises MilmerError where nothing can be
    recorded."""
    clock, faults = LSLClock(), Faults()
    threading.Thread(target=load_late, name="imports", daemon=True).start()  # takes a second
    prepared = _Prepared.of(options, clock, console)
    run = prepared.run
    with stop_requests() as ended, waits_at_most(READER_S):
        if options.wait_s:
            run.start()
            _wait(run, options, ended, console)
        run.record(prepared.recorder(faults))
        console.print(f"Recording into {run.status.folder}; Ctrl+C ends it.", markup=False)
        prepared.later.release()
        if not options.wait_s:
            run.start()
        prepared.load_model()
        _watch(run, ended, options.duration_s, console)
        stopped = _stop(run)
    return _end(run, console, stopped=stopped)


def _stop(run: RecordingRun) -> bool:
    """Close the session and read it back. Whether it was closed in time."""
    stopped = run.stop()
    if stopped and run.recording is not None:
        run.recording.wait_read_back()
    return stopped


def _end(run: RecordingRun, console: Console, *, stopped: bool) -> Recorded:
    recording = run.recording
    assert recording is not None
    console.print(f"\nSession:  {run.status.folder} ({run.status.state})", markup=False)
    if not stopped:
        raise RecordingError("The recording did not end in time.", "Repair the session.")
    recorded = Recorded(run.status, tuple(recording.recorder.folders))
    print_balance(recorded.status.balance, recording.started_at, console)
    _print_verdict(recorded.status, console)
    if recorded.status.state is RecorderState.FAILED:
        raise RecordingError(recorded.status.fault)
    return recorded


class Later:
    """What a thread that prepares something prints, held back until the recording has begun."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._held: list[str] | None = []
        self._lock = threading.Lock()

    def print(self, text: str) -> None:
        with self._lock:
            if self._held is None:
                self._console.print(text, markup=False)
            else:
                self._held.append(text)

    def release(self) -> None:
        """Print what was held, and from now on at once."""
        with self._lock:
            for text in self._held or ():
                self._console.print(text, markup=False)
            self._held = None


@dataclass(frozen=True)
class _Prepared:
    """All that a recording needs, before anything is connected or written."""

    options: RecordOptions
    plan: Plan
    run: RecordingRun
    recognizer: Recognizer | None
    console: Console
    later: Later

    @staticmethod
    def of(options: RecordOptions, clock: Clock, console: Console) -> _Prepared:
        """Raises MilmerError for what cannot be recorded at all."""
        _check_required(options)
        plan = make_plan({"participant": options.participant})
        recording = validated(RecordingSettings, options.recording, "--video")
        source = eeg_source(options.eeg[0], clock, said=options.said)
        faults = Faults()
        sides = [
            *device_signals(source, options.eeg[0], clock, faults),
            *side_streams(options.eeg[1:], options.markers, clock, faults),
        ]
        asked = validated(CameraSettings, dict(options.asked_of_camera), "The camera")
        frames = None if options.camera is None else frame_source(options.camera, asked, clock)
        recognizer = _recognizer(options, console)
        if recognizer is not None and recognizer.model.card.caution:
            console.print(recognizer.model.card.caution, markup=False)
        facts = recognizer.facts if recognizer else RunFacts()
        facts = replace(facts, settings=(("sources", _asked(options)),))
        preprocessing = facts.preprocessing.with_min_coverage(options.min_coverage)
        later = Later(console)
        engine = _engine(options, source, frames, preprocessing, clock, later)
        plan = facts.put_into(plan.model_copy(update={"recording": recording}))
        run = RecordingRun(engine, sides, faults)
        return _Prepared(options, plan, run, recognizer, console, later)

    def recorder(self, faults: Faults) -> Recorder:
        """Makes the session's folder."""
        return Recorder(
            self.options.out or paths.recordings(),
            self.plan,
            self.run.engine.clock,
            faults,
            fallback=paths.fallback_recordings(),
            required=self.options.required,
        )

    def load_model(self) -> None:
        """The model joins when it is ready; the recording goes on meanwhile, and without it."""
        checkpoint = self.options.checkpoint
        if checkpoint is None:
            return
        console, known = self.console, self.recognizer
        name = known.name if known is not None else checkpoint.name
        self.run.engine.switch_model(
            name, lambda: (known or Recognizer.of_card(checkpoint, console)).new_model()
        )


def _check_required(options: RecordOptions) -> None:
    for one in options.required or ():
        if one not in options.named:
            raise ConfigError(
                f"--require {one}: nothing is recorded by that name.",
                f"Asked for: {', '.join(options.named)}.",
            )


def _recognizer(options: RecordOptions, console: Console) -> Recognizer | None:
    """None where no model was asked for, and where its card cannot be read: that is said while
    the recording goes on. Raises ModelError where there is no such file."""
    if options.checkpoint is None:
        return None
    if not options.checkpoint.is_file():
        raise ModelError(f"There is no checkpoint {options.checkpoint}.", "Check the path.")
    try:
        return Recognizer.of_card(options.checkpoint, console)
    except ModelError:
        return None


def _engine(
    options: RecordOptions,
    source: EEGSource,
    frames: FrameSource | None,
    preprocessing: Preprocessing,
    clock: Clock,
    later: Later,
) -> Engine:
    detect: Detect = _nobody
    if frames is not None:
        detect = late_detector(preprocessing.faces, later.print)
    return Engine(
        source,
        frames,
        None,
        detect,
        preprocessing,
        clock,
        awaits_model=options.checkpoint is not None,
        asked=Asked(
            without_password(options.eeg[0]),
            without_password(options.camera or ""),
            str(options.checkpoint or ""),
        ),
    )


def _asked(options: RecordOptions) -> dict[str, JsonValue]:
    """The sources as they were named."""
    return {
        "eeg": [*options.eeg],
        "channels": [*options.said.names],
        "layout": options.said.layout,
        "unit": options.said.unit,
        "camera": options.camera and without_password(options.camera),
        "markers": [*options.markers],
    }


def _nobody(_frame: FrameSample) -> FaceBox | None:
    """Where there is no camera nobody looks for faces."""
    return None


def _wait(
    run: RecordingRun, options: RecordOptions, ended: threading.Event, console: Console
) -> None:
    """Until samples flow on each source that is required, or the time is over: then the
    recording begins without. Raises SourceLost where the user ends it before."""
    clock, said = run.engine.clock, ""
    deadline = clock.now() + options.wait_s
    while missing := missing_of(run.sources, options.required):
        words = ", ".join(missing)
        if words != said:
            console.print(f"Waiting for: {words}", markup=False)
            said = words
        if clock.now() > deadline:
            text = f"Not there after {options.wait_s:g} s: {words}. Recording begins without."
            console.print(text, markup=False, style="bold red")
            return
        if ended.wait(LOOK_S):
            run.stop()
            raise SourceLost("Nothing was recorded.", f"It was ended while waiting for {words}.")


def _watch(
    run: RecordingRun, ended: threading.Event, duration_s: float | None, console: Console
) -> None:
    """Say every few seconds how it goes, and at once what does not work. What is said may fail:
    the recording goes on."""
    clock = run.engine.clock
    start = clock.now()
    report = _Report(run, console, start)
    say = Guard("report on the recording", clock, run.faults)
    while not ended.wait(LOOK_S):
        now = clock.now()
        if duration_s is not None and now - start >= duration_s:
            return
        say(partial(report.look, now))
        if run.status.state is RecorderState.FAILED:
            return


class _Report:
    """What is printed while a recording goes on."""

    def __init__(self, run: RecordingRun, console: Console, start: float) -> None:
        self._run = run
        self._console = console
        self._start = self._due = start
        self._said, self._over = "", 0

    def look(self, now: float) -> None:
        """Print what is new at `now`."""
        fault = self._run.fault
        if (words := _FIGURES.sub("", fault)) != self._said:  # what only counts on is no news
            self._said = words
            self._console.print(fault or "All is well again.", markup=False)
        endings = endings_of(self._run.sources)
        over, self._over = self._over, len(endings)
        for ending in endings[over:]:
            self._console.print(ending, markup=False)
        if now >= self._due:
            self._due += REPORT_S
            self._console.print(_line(self._run.status, now - self._start), markup=False)


def _line(status: RecorderStatus, seconds: float) -> str:
    warning = f"  {status.warning}" if status.warning else ""
    written = f"{status.bytes_written / 1e6:8.1f} MB"
    parts = [one for one in status.balance if one.part_of]
    asked = [_count(one) for one in status.balance if not one.part_of]
    flowing = sum(one.written > 0 and one.alive and not one.ended for one in parts)
    more = [f"{flowing} of {len(parts)} signals beside"] if parts else []
    counts = ", ".join((*asked, *more)) or "no source yet"
    return f"{seconds:6.0f} s  {written}  {counts}{warning}"


def _count(one: StreamBalance) -> str:
    """The running count of a source, and what is to be known of it."""
    text = f"{one.title} {one.written:,}"
    if one.is_awaited:
        return f"{text} (waiting)"
    if one.kind == "markers" and not one.received:
        return f"{text} (no marker yet)"
    if one.ended:
        return f"{text} (ended)"
    return text if one.alive else f"{text} (silent)"


def _print_verdict(status: RecorderStatus, console: Console) -> None:
    for text in status.troubles:
        console.print(f"Trouble:   {text}", markup=False)
    read = "as it was written" if status.read_back == READ_EQUAL else status.read_back
    console.print(f"Read back: {read}", markup=False)
    short = short_streams(status.balance)
    if short:
        names = ", ".join(f"{one.title} ({one.outcome})" for one in short)
        console.print(f"Not whole: {names}", markup=False, style="bold red")
    elif status.read_back == READ_EQUAL:
        console.print("Whole: all that was required is in the file.", markup=False)
