"""Gives each reader of foreign files inputs that were changed at random. Whatever it does not read
must become a MilmerError, within two seconds and in little memory.

Each reader works in a process of its own, so that one that hangs or crashes is found as well.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from milmer_live.bench.fuzz.mutations import mutated
from milmer_live.bench.fuzz.readers import (
    READERS,
    Reader,
)
from milmer_live.bench.machine import machine
from milmer_live.errors import ConfigError, MilmerError

MOST_S = 2.0
HANGS_S = 20.0  # after which a reader is ended
MOST_MB = 200.0  # above the size of the input
ENDED_MB = 3000.0
LOOK_S = 0.1
SHOWN = 5  # faults of each reader
MB = 1e6

Say = Callable[[str], object]


@dataclass(slots=True)
class Result:
    """Of one reader. `refused` inputs became a MilmerError. Faults are said with the number of
    their input: what was raised, inputs that took too long or too much memory, and processes that
    crashed."""

    inputs: int = 0
    read: int = 0
    refused: int = 0
    unexpected: int = 0
    too_slow: int = 0
    too_large: int = 0
    crashed: int = 0
    slowest_s: float = 0.0
    most_mb: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not (self.unexpected or self.too_slow or self.too_large or self.crashed)

    def take(self, one: One) -> None:
        self.inputs += 1
        self.read += one.outcome == "read"
        self.refused += one.outcome == "refused"
        self.unexpected += one.outcome not in ("read", "refused")
        self.too_slow += one.seconds > MOST_S
        self.too_large += one.mb > MOST_MB
        self.slowest_s = max(self.slowest_s, one.seconds)
        self.most_mb = max(self.most_mb, one.mb)
        if one.outcome not in ("read", "refused"):
            self.note(f"{one.number}: {one.outcome}")
        if one.seconds > MOST_S or one.mb > MOST_MB:
            self.note(f"{one.number}: {one.seconds:.1f} s, {one.mb:.0f} MB")

    def note(self, fault: str) -> None:
        if len(self.faults) < SHOWN:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class One:
    """What became of one input: seconds of the processor, and the memory above its size."""

    number: int
    outcome: str
    seconds: float
    mb: float


def measure(
    inputs: int, only: Sequence[str] = (), seed: int = 0, keep: Path | None = None,
    say: Say = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """So many inputs for each reader, or for those in `only`. Inputs with a fault are written into
    `keep`. Raises ConfigError for a reader that does not exist."""
    names = [one.name for one in READERS]
    unknown = [name for name in only if name not in names]
    if unknown:
        raise ConfigError(f"There is no reader '{unknown[0]}'.", f"There are: {', '.join(names)}.")
    results: dict[str, Any] = {"machine": machine()}
    for reader in READERS:
        if not only or reader.name in only:
            result = fuzz(reader, inputs, seed, keep)
            say(f"{reader.name}: {result.inputs:,} inputs in {result.seconds:.0f} s")
            results[reader.name] = {"reader": reader.name, **asdict(result)}
    return results


def fuzz(reader: Reader, inputs: int, seed: int = 0, keep: Path | None = None) -> Result:
    """A process that ends before all inputs were read is followed by another."""
    result, begun = Result(), time.monotonic()
    while result.inputs < inputs:
        _run(reader.name, range(result.inputs, inputs), seed, keep, result)
    result.seconds = time.monotonic() - begun
    return result


def _run(name: str, numbers: range, seed: int, keep: Path | None, result: Result) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=work, args=(name, numbers, seed, keep, theirs), daemon=True)
    worker.start()
    theirs.close()
    done, heard = 0, time.monotonic()
    why = ""
    while done < len(numbers) and not why:
        try:
            if ours.poll(LOOK_S):
                result.take(ours.recv())
                done, heard = done + 1, time.monotonic()
                continue
        except EOFError:
            worker.join()
            why = f"the process ended with {worker.exitcode}"
            continue
        why = _excess(worker.pid, time.monotonic() - heard, has_begun=done > 0)
    worker.kill()
    worker.join()
    if why:
        result.inputs += 1
        result.crashed += 1
        result.note(f"{numbers[done]}: {why}")


def _excess(pid: int | None, silent_s: float, *, has_begun: bool) -> str:
    """Why a process has to be ended; a first import takes long on a busy machine."""
    if silent_s > (HANGS_S if has_begun else 10 * HANGS_S):
        return f"no end after {silent_s:.0f} s"
    try:
        used = psutil.Process(pid).memory_info().rss / MB
    except psutil.Error:
        return ""
    return f"{used:.0f} MB" if used > ENDED_MB else ""


def work(name: str, numbers: range, seed: int, keep: Path | None, told: Connection) -> None:
    """Read one input after the other, and tell what became of each."""
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    reader = next(one for one in READERS if one.name == name)
    with TemporaryDirectory() as folder:
        seeds = [path.read_bytes() for path in reader.make(Path(folder))]
        place = Path(folder) / reader.place
        peak = _Peak()
        for content in seeds:  # what is imported and set up once is no fault of an input
            place.write_bytes(content)
            _read(reader, place, -1, 0.0, peak)
        for number in numbers:
            content = mutated(np.random.default_rng([seed, number]), seeds)
            place.write_bytes(content)
            one = _read(reader, place, number, len(content) / MB, peak)
            is_good = one.outcome in ("read", "refused") and one.seconds < MOST_S
            if keep is not None and not is_good:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{name}-{number}").write_bytes(content)
            told.send(one)


def _read(reader: Reader, place: Path, number: int, size_mb: float, peak: _Peak) -> One:
    peak.reset()
    begun = time.process_time()  # on a busy machine the clock on the wall says little
    try:
        reader.read(place)
        outcome = "read"
    except MilmerError as error:
        outcome = "refused" if str(error) else "a MilmerError that says nothing"
    except Exception as error:  # noqa: BLE001 -- it is what is looked for
        outcome = f"{type(error).__name__}: {error}"[:200]
    return One(number, outcome, time.process_time() - begun, peak.grown_mb() - size_mb)


class _Peak:
    """The most memory that this process had since the last reset; where the system cannot begin
    anew, since the first."""

    def __init__(self) -> None:
        self._begun = 0.0

    def reset(self) -> None:
        try:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        except OSError:
            return
        self._begun = self._now()

    def grown_mb(self) -> float:
        return max(0.0, self._now() - self._begun) if self._begun else 0.0

    @staticmethod
    def _now() -> float:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / MB
        return 0.0


def totals(results: dict[str, Any]) -> Counter[str]:
    """Over all readers."""
    sums: Counter[str] = Counter()
    for name, part in results.items():
        if name != "machine":
            for key in ("inputs", "unexpected", "too_slow", "too_large", "crashed"):
                sums[key] += part[key]
    return sums
