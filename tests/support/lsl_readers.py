"""A plain inlet and a source of ours, side by side in a process that can be stopped or cut off.

    lsl_readers.py SOURCE_ID COUNT SECONDS

Says "reading" when both are connected, then reads until both have sample number COUNT - 1, or
for SECONDS, and prints what they got as JSON.
"""

from __future__ import annotations

import json
import sys

import pylsl

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.errors import SourceLost


def main(source_id: str, count: int, seconds: float) -> None:
    source = LSLSource(source_id=source_id, timeout_s=20.0)
    source.open()
    plain = pylsl.StreamInlet(pylsl.resolve_byprop("source_id", source_id, timeout=20.0)[0])
    plain.open_stream(20.0)
    _say("reading")
    ours: list[int] = []
    theirs: list[int] = []
    jumps = losses = 0
    end = pylsl.local_clock() + seconds
    while pylsl.local_clock() < end and not (
        ours and theirs and ours[-1] == theirs[-1] == count - 1
    ):
        try:
            chunk = source.read(0.05)
        except SourceLost:
            losses += 1
            break
        if chunk is not None:
            jumps += chunk.first_index != len(ours)
            ours += chunk.data[:, 0].astype(int).tolist()
        samples, _ = plain.pull_chunk(0.0, 8192, as_numpy=True)
        theirs += samples[:, 0].astype(int).tolist()
    kept = {"ours": ours, "plain": theirs, "jumps": jumps, "losses": losses}
    _say(json.dumps(kept | {"lost": source.lost}))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
