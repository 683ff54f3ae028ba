"""Writes a data set of synthetic participants in DEAP's own format."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from milmer_live.errors import ConfigError, DatasetError
from milmer_live.storage.deap.layout import video_path
from milmer_live.storage.deap.origin import DESCRIPTION_FILE
from milmer_live.storage.deap.writer import (
    TrialRatings,
    write_dat,
    write_ratings,
)
from milmer_live.storage.video import VideoWriter
from milmer_live.synthetic.affect import STIMULUS_S
from milmer_live.synthetic.effects import EffectSizes
from milmer_live.synthetic.face.drawing import (
    FaceArtist,
    draw_in_one_thread,
)
from milmer_live.synthetic.participant import Participant
from milmer_live.synthetic.seeds import random_stream
from milmer_live.system.processes import begin_worker

MOST = 99  # two digits name a participant and a trial

Progress = Callable[[int, int], None]
"""Is told the trials done and to do; a participant's EEG counts as one trial."""


@dataclass(frozen=True, slots=True)
class SynthesisOptions:
    """How the data set is written. `size` is (width, height) in pixels; `first` is the number
    of the first participant; with `cap` all wear an EEG cap; `processes` changes the time it
    takes and nothing else."""

    fps: float = 25.0
    size: tuple[int, int] = (320, 240)
    first: int = 1
    effects: EffectSizes = field(default_factory=EffectSizes)
    processes: int = 1
    cap: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.fps <= 100:
            raise ConfigError(f"fps = {self.fps:g} is not between 1 and 100.", "Try 25.")
        if min(self.size) < 64 or any(side % 2 for side in self.size):
            raise ConfigError(
                f"A video of {self.size[0]} x {self.size[1]} pixels cannot be drawn.",
                "Both sides must be even and at least 64.",
            )
        if self.first < 1:
            raise ConfigError(f"The first participant cannot be number {self.first}.")
        if self.processes < 1:
            raise ConfigError(f"{self.processes} processes cannot do it.", "Give at least 1.")


@dataclass(frozen=True)
class _Plan:
    """All that a worker process needs to know."""

    root: Path
    seed: int
    trials: int
    options: SynthesisOptions

    def participant(self, number: int) -> Participant:
        options = self.options
        return Participant(self.seed, number, options.effects, options.cap)

    def order(self, number: int) -> list[int]:
        """The Experiment_id shown at each place of the presentation; never all in place."""
        rng = random_stream(self.seed, number, "presentation")
        order = rng.permutation(self.trials) + 1
        if np.array_equal(order, np.arange(self.trials) + 1):
            order = np.roll(order, 1)
        return [int(experiment) for experiment in order]


def synthesize(
    root: Path,
    participants: int = 1,
    trials: int = 8,
    seed: int = 0,
    options: SynthesisOptions | None = None,
    progress: Progress | None = None,
) -> None:
    """Write `participants` of `trials` trials each into the folder `root`.

    The same arguments give the same bytes, whatever the number of processes. `root` appears
    when it is whole: until then it is a folder beside it whose name has "partial" in it.
    Raises ConfigError for impossible numbers, DatasetError where `root` already has content.
    """
    options = options or SynthesisOptions()
    _check(participants, trials, seed, options)
    numbers = range(options.first, options.first + participants)
    with _appearing_whole(root) as folder:
        plan = _Plan(folder, seed, trials, options)
        _write_tables(plan, numbers)
        _run(plan, numbers, progress or _silent)


def _silent(_done: int, _total: int) -> None:
    """For whom progress is no matter."""


def _check(participants: int, trials: int, seed: int, options: SynthesisOptions) -> None:
    last = options.first + participants - 1
    if participants < 1 or last > MOST:
        raise ConfigError(f"Participants {options.first} to {last} are not among 1 to {MOST}.")
    if not 1 <= trials <= MOST:
        raise ConfigError(f"{trials} trials are not between 1 and {MOST}.")
    if seed < 0:
        raise ConfigError(f"The seed {seed} is negative.", "Seeds count from 0.")


@contextmanager
def _appearing_whole(root: Path) -> Iterator[Path]:
    """A folder that becomes `root` when all went well, and is gone when not."""
    if root.exists() and not (root.is_dir() and not any(root.iterdir())):
        raise DatasetError(f"{root} exists and is not empty.", "Choose another folder.")
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{root.name}.partial-", dir=root.parent))
    except OSError as error:
        raise DatasetError(f"{root} cannot be made: {error.strerror}.") from error
    try:
        yield folder
        folder.chmod(0o755)  # mkdtemp gives 0700
        if root.exists():
            root.rmdir()
        folder.rename(root)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise DatasetError(f"{root} cannot be written: {error.strerror}.") from error
        raise


def _write_tables(plan: _Plan, numbers: range) -> None:
    write_ratings(plan.root, (row for number in numbers for row in _rating_rows(plan, number)))
    description = {
        "format": "DEAP, synthetic participants of milmer_live",
        "seed": plan.seed,
        "participants": list(numbers),
        "trials": plan.trials,
        "fps": plan.options.fps,
        "size": list(plan.options.size),
        "effects": plan.options.effects.as_dict(),
        "cap": plan.options.cap,
    }
    text = json.dumps(description, indent=2) + "\n"
    (plan.root / DESCRIPTION_FILE).write_text(text, encoding="utf-8")


def _rating_rows(plan: _Plan, number: int) -> Iterator[TrialRatings]:
    ratings = plan.participant(number).ratings(plan.trials)
    rng = random_stream(plan.seed, number, "session")
    start_us = 0
    for place, experiment in enumerate(plan.order(number), start=1):
        start_us += int(1e6 * rng.uniform(2, 15))
        valence, arousal, dominance, liking = ratings[experiment - 1].tolist()
        yield TrialRatings(
            number, place, experiment, start_us, valence, arousal, dominance, liking,
            familiarity=int(rng.integers(1, 6)),
        )  # fmt: skip
        start_us += int(1e6 * (STIMULUS_S + rng.uniform(15, 40)))


def _run(plan: _Plan, numbers: range, progress: Progress) -> None:
    """Every job by itself gives its file, so their order does not matter."""
    eeg = [(number, 0) for number in numbers]
    videos = [(number, place) for number in numbers for place in range(1, plan.trials + 1)]
    jobs = eeg + videos
    progress(0, len(jobs))
    for done, _ in enumerate(_finished(plan, jobs), start=1):
        progress(done, len(jobs))


def _finished(plan: _Plan, jobs: list[tuple[int, int]]) -> Iterator[None]:
    if plan.options.processes == 1:
        for number, place in jobs:
            _job(plan, number, place)
            yield
        return
    # spawn: a fork of a program that runs threads (Qt, torch) can hang
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(plan.options.processes, context, _begin_worker)
    try:
        waiting = [pool.submit(_job, plan, number, place) for number, place in jobs]
        for future in as_completed(waiting):
            future.result()
            yield
    except BrokenProcessPool as error:
        raise DatasetError(
            "A worker process was ended from outside.", "Is there enough memory?"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    begin_worker()
    draw_in_one_thread()


def _job(plan: _Plan, number: int, place: int) -> None:
    """A participant's EEG, or the video of one place in its presentation."""
    if place:
        _write_video(plan, number, place)
    else:
        _write_eeg(plan, number)


def _write_eeg(plan: _Plan, number: int) -> None:
    participant = plan.participant(number)
    ratings = participant.ratings(plan.trials)
    trials = range(1, plan.trials + 1)
    data = np.stack([participant.channels(trial, ratings[trial - 1]) for trial in trials])
    write_dat(plan.root, number, data, ratings)


def _write_video(plan: _Plan, number: int, place: int) -> None:
    participant, options = plan.participant(number), plan.options
    trial = plan.order(number)[place - 1]
    ratings = participant.ratings(plan.trials)[trial - 1]
    path = video_path(plan.root, number, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    artist = _artist(participant, options.size)
    with VideoWriter(path, options.fps, options.size) as writer:
        for image in participant.frames(artist, trial, ratings, options.fps):
            writer.write(image)


@lru_cache(maxsize=1)
def _artist(participant: Participant, size: tuple[int, int]) -> FaceArtist:
    """The videos of a participant come one after the other; its portrait takes 0.5 s."""
    return participant.artist(size)
