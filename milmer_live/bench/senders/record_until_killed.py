"""Records until it is killed: 32 channels at 500 Hz and a camera at 20 Hz, in real time.

    python -m milmer_live.bench.senders.record_until_killed FOLDER

Prints the session's folder, then after each twentieth of a second how many samples and frames
the recorder was given. When its input ends it prints "closing" and ends the recording; then it
waits to be killed.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from milmer_live.bench.senders.in_process import (
    Amplifier,
    Camera,
)
from milmer_live.clock import LSLClock
from milmer_live.config import RecordingSettings
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.workers import Faults
from milmer_live.storage.session.card import Plan

RATE, FRAME_RATE = 500.0, 20.0
STEP_S = 1 / FRAME_RATE
CLOSING = "closing"


def main(folder: Path) -> None:
    clock, closing = LSLClock(), threading.Event()
    threading.Thread(target=_until_told, args=(closing,), daemon=True).start()
    filmed = RecordingSettings(video="full", video_consent=True)
    recorder = Recorder(folder, Plan(participant="01", recording=filmed), clock, Faults())
    recorder.start()
    sys.stdout.write(f"{recorder.status.folder}\n")
    amplifier, camera = Amplifier(32, RATE, 0.0), Camera((320, 240), FRAME_RATE, 0.0)
    amplifier.start = camera.start = due = clock.now()
    while not closing.is_set():
        recorder.write_eeg(amplifier.info, amplifier.chunk(round(RATE * STEP_S)))
        picture = camera.frame()
        recorder.write_frame(picture)
        recorder.write_face(picture, None)
        sys.stdout.write(f"{amplifier.sent} {camera.sent}\n")
        sys.stdout.flush()
        due += STEP_S
        clock.wait(due - clock.now(), closing)
    sys.stdout.write(f"{CLOSING}\n")
    sys.stdout.flush()
    recorder.stop()
    recorder.join(60.0)
    threading.Event().wait()


def _until_told(closing: threading.Event) -> None:
    sys.stdin.read()
    closing.set()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
