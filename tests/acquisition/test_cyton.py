"""A serial board as labs have it: switched on late, unplugged, plugged in again, wanted twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame

from milmer_live.acquisition.brainflow.eeg import BrainFlowSource
from milmer_live.bench import boards
from milmer_live.bench.senders import cyton
from milmer_live.errors import SourceLost, SourceNotFound
from milmer_live.live.engine import Engine
from milmer_live.samples import EEGChunk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")

EMULATOR = Path(cyton.__file__)
HOLDER = """
import fcntl, os, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(file, fcntl.LOCK_EX)
print("up", flush=True)
sys.stdin.read()
"""


@contextmanager
def started(*command: str) -> Iterator[None]:
    """A program, once it is up, which is killed at the end."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, *command], stdin=pipe, stdout=pipe) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline().strip() == b"up"
            yield
        finally:
            program.kill()


@pytest.fixture
def port(tmp_path: Path) -> Path:
    return tmp_path / "ttyUSB0"


@contextmanager
def board(port: Path, every_s: float = 0.004) -> Iterator[None]:
    with started(str(EMULATOR), str(port), str(every_s)):
        yield
    port.unlink()


def source(port: Path) -> BrainFlowSource:
    return BrainFlowSource(f"CYTON?serial_port={port}")


@pytest.fixture
def received(port: Path) -> Iterator[Callable[[], int]]:
    """Samples that a run has received so far."""
    engine = Engine(source(port), None, None, whole_frame, QUICK)
    engine.start()
    try:
        yield lambda: engine.snapshot(eeg_seconds=0.0).sources[0].received
    finally:
        engine.stop()


@pytest.mark.timeout(180)
def test_a_board_that_comes_late_or_comes_back_is_there_by_itself(
    port: Path, received: Callable[[], int]
) -> None:
    for _ in range(3):
        before = received()
        with board(port):
            wait_until(lambda before=before: received() > before + 250, 30.0)  # type: ignore[misc]


@pytest.mark.timeout(180)
def test_the_benchmark_takes_a_board_away_in_three_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OFF_S", "UNPLUGGED_S"):
        monkeypatch.setattr(boards, name, 0.1)
    said: list[str] = []
    found = boards.measure(tmp_path, 1, None, said.append)
    assert len(said) == found["all"]["runs"] == found["all"]["recovered"] == 3
    assert all(0 < seconds < boards.LIMIT_S for seconds in found["all"]["each_s"])


def test_a_port_that_is_unplugged_is_named_at_once(port: Path) -> None:
    with board(port):
        one = source(port)
        one.open()
        assert one.read(10.0) is not None

    def to_the_end() -> None:
        while one.read(0.1) is not None:
            pass

    with pytest.raises(SourceLost, match=rf"The port {port} of the board CYTON is gone\."):
        to_the_end()
    one.close()


def test_every_row_of_a_board_comes_beside_its_eeg(port: Path) -> None:
    with board(port):
        one = source(port)
        one.open()
        sides = {beside.name: beside for beside in one.beside}
        assert list(sides) == ["Cyton accelerometer", "Cyton analog inputs", "Cyton other"]
        infos = [beside.open() for beside in sides.values()]
        chunks = [one.read(10.0) for _ in range(5)]
        one.close()
    n_samples = sum(len(chunk) for chunk in chunks if chunk is not None)
    others = sides["Cyton other"].read(0.0)
    assert infos[0].unit == "g"
    assert others is not None
    assert others.raw is not None
    assert len(others) >= n_samples
    assert (others.raw[:, 0] == 0xC0).all(), "the byte that ends a package"


def test_every_package_is_a_sample(port: Path) -> None:
    with board(port):
        one = source(port)
        one.open()
        chunks: list[EEGChunk] = []
        while sum(map(len, chunks)) < 600:  # its number begins again twice
            chunk = one.read(10.0)
            assert chunk is not None
            chunks.append(chunk)
        one.close()
    values = np.concatenate([chunk.data[:, 0] for chunk in chunks])
    steps = np.diff(values)
    assert np.allclose(steps, steps[0], rtol=1e-3), "one after the other"
    assert [chunk.first_index for chunk in chunks] == np.cumsum(
        [0, *map(len, chunks[:-1])]
    ).tolist()


@pytest.mark.parametrize("every_s", [0.1, 0.3, 0.5])
def test_bursts_of_a_healthy_board_are_no_gap(port: Path, every_s: float) -> None:
    with board(port, every_s):
        engine = Engine(source(port), None, WatchingPredictor(), whole_frame, QUICK)
        engine.start()
        try:
            wait_until(lambda: engine.snapshot().counters.samples_received > 1500, 60.0)
            counters, view = engine.snapshot().counters, engine.snapshot(eeg_seconds=3.0).eeg
        finally:
            engine.stop()
    assert counters.eeg_gaps == counters.samples_lost == counters.stamps_jumped == 0
    assert counters.samples_unusable == counters.samples_late == 0
    assert view is not None
    assert np.diff(view.times).max() < 2 / view.sample_rate


def test_a_second_reader_is_refused_and_costs_the_first_nothing(port: Path) -> None:
    with board(port):
        first = source(port)
        first.open()
        with pytest.raises(SourceNotFound, match=rf"The port {port} is in use by "):
            source(port).open()
        assert first.read(10.0) is not None
        first.close()
        second = source(port)
        second.open()
        assert second.read(10.0) is not None
        second.close()


def test_a_port_that_another_program_has_is_named_and_left_alone(port: Path) -> None:
    with board(port):
        with (
            started("-c", HOLDER, str(port)),
            pytest.raises(SourceNotFound, match="is in use by"),
        ):
            source(port).open()
        one = source(port)
        one.open()
        assert one.read(10.0) is not None
        one.close()
