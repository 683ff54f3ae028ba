"""Links that stall, readers that are stopped, senders that end: what a plain inlet gets we get."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live_tools import read_all, read_until_lost
from places import SUPPORT

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.clock import now
from milmer_live.errors import SourceLost
from milmer_live.samples import EEGChunk

RATE = 250.0
STALL_S = 4.0
PAUSE = threading.Event()  # never set

needs_namespaces = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None,
    reason="network namespaces need Linux, root and ip",
)
needs_signals = pytest.mark.skipif(os.name == "nt", reason="no SIGSTOP there")


@contextmanager
def program(
    name: str, *arguments: object, within: Sequence[str] = (), config: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A program of the tests that has said its first line; ended and waited for."""
    command = [*within, sys.executable, str(SUPPORT / name), *map(str, arguments)]
    environment = os.environ | ({"LSLAPICFG": str(config)} if config else {})
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() in ("up", "reading")
            yield process
        finally:
            process.kill()


def kept_by(readers: subprocess.Popen[str], n_sent: int) -> None:
    """Both have every sample from their first to the last, once; ours has marked no gap."""
    assert readers.stdout is not None
    kept: dict[str, Any] = json.loads(readers.stdout.readline())
    for name in ("plain", "ours"):
        numbers = np.array(kept[name])
        assert numbers[-1] == n_sent - 1
        np.testing.assert_array_equal(np.diff(numbers), 1, name)
    assert len(kept["ours"]) >= len(kept["plain"]), "it was connected first"
    assert (kept["jumps"], kept["losses"], kept["lost"]) == (0, 0, 0)


class Cable:
    """Two hosts and the cable between them; they find each other as known peers alone."""

    def __init__(self, folder: Path) -> None:
        tag = uuid.uuid4().hex[:8]
        self.hosts = {"a": f"milmer-a-{tag}", "b": f"milmer-b-{tag}"}
        self.config = folder / "lsl.cfg"
        self.config.write_text(
            "[multicast]\nResolveScope = machine\nAddressesOverride = {}\n"
            "[ports]\nIPv6 = disable\n"
            "[lab]\nKnownPeers = {10.77.7.1, 10.77.7.2, 127.0.0.1}\n"
            f"SessionID = cable-{tag}\n[log]\nlevel = -3\n"
        )

    def __enter__(self) -> Cable:
        a, b = self.hosts.values()
        for host in (a, b):
            self._ip("netns", "add", host)
        self._ip(
            "link", "add", "end", "netns", a, "type", "veth", "peer", "name", "end", "netns", b
        )
        for host, address in ((a, "10.77.7.1/30"), (b, "10.77.7.2/30")):
            self._ip("-n", host, "addr", "add", address, "dev", "end")
            self._ip("-n", host, "link", "set", "lo", "up")
            self._ip("-n", host, "link", "set", "end", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for host in self.hosts.values():
            self._ip("netns", "del", host)

    def pull(self) -> None:
        self._ip("-n", self.hosts["b"], "link", "set", "end", "down")

    def plug_in(self) -> None:
        self._ip("-n", self.hosts["b"], "link", "set", "end", "up")

    def within(self, host: str) -> list[str]:
        return ["ip", "netns", "exec", self.hosts[host]]

    @staticmethod
    def _ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True)


@pytest.fixture
def cable() -> Iterator[Cable]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            link = Cable(Path(folder)).__enter__()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error}")
        try:
            yield link
        finally:
            link.__exit__()


@needs_namespaces
@pytest.mark.timeout(180)
def test_a_link_that_is_down_for_seconds_costs_nothing(cable: Cable) -> None:
    source_id, seconds = f"far-{uuid.uuid4()}", 4.0 + 2 * STALL_S
    counter = (source_id, seconds, RATE)
    count = int(seconds * RATE)
    with (
        program("lsl_counter.py", *counter, within=cable.within("a"), config=cable.config),
        program(
            "lsl_readers.py", source_id, count, 90.0, within=cable.within("b"), config=cable.config
        ) as readers,
    ):
        PAUSE.wait(2.0)
        cable.pull()
        PAUSE.wait(STALL_S)
        cable.plug_in()
        kept_by(readers, count)


@needs_signals
@pytest.mark.timeout(180)
def test_a_reader_that_is_stopped_for_seconds_loses_nothing() -> None:
    source_id, seconds = f"near-{uuid.uuid4()}", 4.0 + STALL_S
    count = int(seconds * RATE)
    with (
        program("lsl_counter.py", source_id, seconds, RATE),
        program("lsl_readers.py", source_id, count, 60.0) as readers,
    ):
        PAUSE.wait(2.0)
        readers.send_signal(signal.SIGSTOP)
        PAUSE.wait(STALL_S)
        readers.send_signal(signal.SIGCONT)
        kept_by(readers, count)


@needs_signals
@pytest.mark.timeout(180)
def test_a_sender_that_is_stopped_is_silent_and_not_lost() -> None:
    source_id, seconds = f"stopped-{uuid.uuid4()}", 3.0
    count = int(seconds * RATE)
    with (
        program("lsl_counter.py", source_id, seconds, RATE) as counter,
        program("lsl_readers.py", source_id, count, 60.0) as readers,
    ):
        PAUSE.wait(1.0)
        counter.send_signal(signal.SIGSTOP)
        PAUSE.wait(STALL_S)
        counter.send_signal(signal.SIGCONT)
        kept_by(readers, count)


def numbers(chunks: Sequence[EEGChunk]) -> list[int]:
    return [int(number) for chunk in chunks for number in chunk.data[:, 0]]


@pytest.mark.timeout(180)
def test_all_that_a_sender_has_sent_is_read_before_it_is_lost_and_the_next_one_is_found() -> None:
    """The reader is held up until the sender has ended; then another process is the sender."""
    source_id = f"restarted-{uuid.uuid4()}"
    source = LSLSource(source_id=source_id, timeout_s=20.0)
    with program("lsl_counter.py", source_id, 2.0, RATE) as counter:
        source.open()
        assert counter.stdout is not None
        assert counter.stdout.readline() == "500\n"
        PAUSE.wait(0.3)  # for the last of it to be received
    chunks: list[EEGChunk] = []
    began = now()
    with pytest.raises(SourceLost, match="The LSL stream 'counter' is gone"):
        collect_until_lost(source, chunks)
    assert now() - began < 5.0
    assert numbers(chunks) == list(range(500))
    with program("lsl_counter.py", source_id, 1.0, RATE):
        source.close()
        source.open()
        again = read_all(source, 250)
    assert numbers(again) == list(range(numbers(again)[0], 250))
    assert again[0].first_index == 0
    source.close()


def collect_until_lost(source: LSLSource, chunks: list[EEGChunk]) -> None:
    end = now() + 30.0
    while now() < end:
        chunk = source.read(0.1)
        chunks += [] if chunk is None else [chunk]


@pytest.mark.timeout(180)
def test_a_sender_that_is_killed_is_lost_within_a_second() -> None:
    source_id = f"killed-{uuid.uuid4()}"
    source = LSLSource(source_id=source_id, timeout_s=20.0)
    with program("lsl_counter.py", source_id, 60.0, RATE) as counter:
        source.open()
        read_all(source, 100)
        counter.kill()
        counter.wait()
        began = now()
        with pytest.raises(SourceLost):
            read_until_lost(source)
        assert now() - began < 3.0  # 0.5 s by itself; the rest is for a busy machine
    source.close()
