"""An amplifier in a process of its own whose first channel counts samples.

    lsl_counter.py SOURCE_ID SECONDS [RATE]

Says "up", sends what is due every 10 ms, says how many samples it has sent, and ends when its
standard input does.
"""

from __future__ import annotations

import sys
import time

import pylsl

NAMES = ("Fp1", "Fp2", "C3", "C4")


def outlet(source_id: str, rate: float) -> pylsl.StreamOutlet:
    info = pylsl.StreamInfo("counter", "EEG", len(NAMES), rate, "float32", source_id)
    channels = info.desc().append_child("channels")
    for name in NAMES:
        channel = channels.append_child("channel")
        channel.append_child_value("label", name)
        channel.append_child_value("unit", "microvolts")
        channel.append_child_value("type", "EEG")
    return pylsl.StreamOutlet(info)


def main(source_id: str, seconds: float, rate: float = 250.0) -> None:
    stream = outlet(source_id, rate)
    _say("up")
    stream.wait_for_consumers(30.0)
    start, sent = pylsl.local_clock(), 0
    while sent < seconds * rate:
        time.sleep(0.01)
        due = min(int((pylsl.local_clock() - start) * rate), int(seconds * rate))
        for number in range(sent, due):
            stream.push_sample([float(number)] * len(NAMES), start + number / rate)
        sent = due
    _say(str(sent))
    sys.stdin.read()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:]))
