"""An amplifier in a process of its own, for tests that kill it: `lsl_amplifier.py SOURCE_ID VALUE`.

Sends 8 channels at 250 Hz, all of one value, until it is killed.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pylsl

RATE = 250.0
NAMES = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")
CHUNK = 10


def outlet(source_id: str) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo("amplifier", "EEG", len(NAMES), RATE, "float32", source_id)
    channels = info.desc().append_child("channels")
    for name in NAMES:
        channel = channels.append_child("channel")
        channel.append_child_value("label", name)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    return pylsl.StreamOutlet(info)


def main(source_id: str, value: float) -> None:
    stream = outlet(source_id)
    data = np.full((CHUNK, len(NAMES)), value, dtype=np.float32)
    due = start = pylsl.local_clock()
    sent = 0
    while True:
        due += CHUNK / RATE
        time.sleep(max(0.0, due - pylsl.local_clock()))
        stream.push_chunk(data, [start + (sent + n) / RATE for n in range(CHUNK)])
        sent += CHUNK


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
