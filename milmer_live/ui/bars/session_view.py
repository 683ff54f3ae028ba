"""What the session's bar says, made of what the engine and the recorder say."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

from milmer_live.live.recording.disk_watch import expected_bytes_per_s
from milmer_live.live.recording.recorder import RecorderState
from milmer_live.live.session_recording import SessionRecording
from milmer_live.live.state import EngineSnapshot, EngineState, SourceStatus
from milmer_live.samples import CROP_SIZE
from milmer_live.ui.bridge import Bridge
from milmer_live.ui.language.engine_words import engine_words
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.language.stream_words import (
    StreamLine,
    line_before,
    line_during,
    named,
)
from milmer_live.ui.state.session_choice import SessionChoice
from milmer_live.ui.state.session_state import (
    SessionState,
    Shown,
)

LOOK_EVERY_S = 2.0

# A name in quotation marks, or a figure: one that is no part of a name or an address.
_FIGURE = re.compile(r"('[^']*'|„[^“]*“)|(?<![\w:/=.-])[+-]?\d[\d.,]*(?!\w)")

FIRST_S = 1.0  # in which a source that is connected gives the first of a recording


def fault_of(snapshot: EngineSnapshot, recording: SessionRecording | None) -> str:
    """All that the experimenter must know now, the recorder's own first, each on a line; empty when
    all is well."""
    if recording is None:
        return ""  # the banner has what is wrong with the sources
    recorder = recording.status.fault or recording.recorder.faults.text
    if has_stopped(recording) and not recorder:
        recorder = tr("The recording has stopped by itself; the log says more.")
    said = (*recorder.splitlines(), *snapshot.fault.splitlines())
    parts = [*dict.fromkeys(map(engine_words, said))]
    parts = [part for part in parts if part] or _missing_now(recording)
    return "\n".join(parts)


def new_lines(text: str, before: str) -> list[str]:
    """Lines of `text` that were not in `before`; other figures alone make no new one."""
    known = {_without_figures(line) for line in before.splitlines()}
    return [line for line in text.splitlines() if _without_figures(line) not in known]


def _without_figures(line: str) -> str:
    return _FIGURE.sub(lambda found: found[1] or "", line)


def _missing_now(recording: SessionRecording) -> list[str]:
    """Streams of which nothing comes, although nobody has said why yet. Gaps that are over are
    told by the strip of streams."""
    is_fresh = recording.recorder.clock.now() - recording.started_at < FIRST_S
    missing = [
        one
        for one in recording.status.balance
        if (one.is_awaited and not (is_fresh and one.connected is not None))
        or (one.required and one.lost_at is not None)
    ]
    return [tr("No data from {streams}").format(streams=named(missing))] if missing else []


def waited_for(snapshot: EngineSnapshot, choice: SessionChoice) -> tuple[SourceStatus, ...]:
    """Streams that must be there and do not flow."""
    return tuple(one for one in snapshot.sources if choice.requires(one) and not one.is_flowing)


def waiting_words(
    snapshot: EngineSnapshot, choice: SessionChoice, recording: SessionRecording | None
) -> str:
    """Which streams are missing; empty where all that are required flow. While it is recorded
    the bar's message says it."""
    missing = waited_for(snapshot, choice)
    if recording is not None or not missing:
        return ""
    return tr("Waiting for: {streams}").format(streams=named(missing))


def stream_lines(
    snapshot: EngineSnapshot, choice: SessionChoice, recording: SessionRecording | None
) -> list[StreamLine]:
    """Each stream with its count: what has come, or while it is recorded what is in the file."""
    if recording is not None:
        return [line_during(one) for one in recording.status.balance]
    return [line_before(one, required=choice.requires(one)) for one in snapshot.sources]


def has_stopped(recording: SessionRecording) -> bool:
    """Nothing is kept any more, although nobody has ended it."""
    return recording.status.state in (RecorderState.FAILED, RecorderState.CLOSED)


def shown_state(
    snapshot: EngineSnapshot, recording: SessionRecording | None, now: float, last_fault: str
) -> Shown:
    """`last_fault` is what was wrong with the last recording."""
    if recording is None:
        state = _LIVE_STATES.get(snapshot.state, SessionState.IDLE)
        return Shown(SessionState.FAULT if last_fault else state)
    elapsed = None if has_stopped(recording) else now - recording.started_at
    bad = fault_of(snapshot, recording)
    return Shown(SessionState.FAULT if bad else SessionState.RECORDING, elapsed)


def title_words(shown: Shown, participant: str) -> str:
    """For the title of the window; that of a fault says too whether it is recorded."""
    words = [tr("fault")] if shown.state is SessionState.FAULT else []
    if shown.elapsed_s is not None:
        words.append(tr("recording {participant}").format(participant=participant))
    elif shown.state is SessionState.LIVE:
        words.append(tr("live"))
    return ", ".join(words)


_LIVE_STATES = {EngineState.LIVE: SessionState.LIVE, EngineState.FAULT: SessionState.FAULT}


class SpaceWatch:
    """Room on the disk before a recording, asked for in the background: a disk may be slow."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._free: int | None = None
        self._due: float | None = None
        self._asked = False

    def forget(self) -> None:
        """Another folder, or much was written."""
        self._due = None

    def look(
        self, choice: SessionChoice, snapshot: EngineSnapshot | None, now: float
    ) -> tuple[int | None, float | None]:
        """Bytes, and minutes that they will last for what runs now; None: not known, or nothing
        runs."""
        is_due = self._due is None or now >= self._due
        if is_due and not self._asked and self._bridge.running:
            self._asked, self._due = True, now + LOOK_EVERY_S
            self._bridge.run(partial(_free_bytes, choice.root), self._answered)
        rate = _rate(choice, snapshot) if snapshot is not None else 0.0
        if self._free is None or not rate:
            return self._free, None
        room = max(0.0, self._free - choice.recording().reserve_mb * 1e6)
        return self._free, room / rate / 60

    def _answered(self, free: int | None) -> None:
        self._asked = False
        self._free = free


def _rate(choice: SessionChoice, snapshot: EngineSnapshot) -> float:
    """Bytes a second, 0 where nothing runs."""
    picture, fps = (0, 0), 0.0
    if choice.consent and choice.video != "none" and snapshot.frame is not None:
        height, width = snapshot.frame.image.shape[:2]
        picture = (width, height) if choice.video == "full" else (CROP_SIZE, CROP_SIZE)
        fps = max((s.measured_rate for s in snapshot.sources if s.kind == "camera"), default=0.0)
    return expected_bytes_per_s(snapshot.eeg_info, picture, fps, choice.codec)


def _free_bytes(root: Path) -> int | None:
    """Of the folder, or of the one that it would be made in."""
    for folder in (root, *root.parents):
        try:
            return shutil.disk_usage(folder).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
