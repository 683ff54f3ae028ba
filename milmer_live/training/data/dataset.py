"""Trials in memory, ready to be cut into the windows that the live planner would cut.

EEG is filtered once over the whole recording (baseline included, as a live stream would be) and
kept channels first; faces stay on disk as the memory maps of the crop store.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from milmer_live.config import LabelRule, Preprocessing, WindowSettings
from milmer_live.errors import DatasetError
from milmer_live.processing.eeg.pipeline import preprocess
from milmer_live.processing.windows import TOLERANCE_S, WindowPlanner
from milmer_live.samples import Float32, Label, Recording, frozen
from milmer_live.storage.crops.files import TrialFaces
from milmer_live.storage.dataset import RecordingRef
from milmer_live.training.splits.fingerprint import (
    NO_PRINTS,
    Prints,
    prints_of,
)
from milmer_live.training.splits.kinship import Kinship
from milmer_live.training.splits.protocols import (
    SEGMENT_MARK,
    Fold,
    Unit,
    trial_of,
)

Indices = NDArray[np.int64]
NO_FACE = -1

FacesOf = Callable[[RecordingRef], TrialFaces | None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One labelled stretch of a recording. Times and slots count from the recording's start.

    `ratings` are valence and arousal, `label` their quadrant; `eeg` (32, n_samples) float32 µV,
    filtered. Windows lie inside samples [first, stop). `prints` are hashes of its unfiltered
    samples; `span` is its stretch of the recording `source`, in seconds; `stimulus` is the clip
    that was shown, `group` what it belongs to, `condition` what it is told apart by. Empty where
    they are not known.
    """

    name: str
    participant: str
    label: int
    ratings: tuple[float, float]
    eeg: Float32
    origin: float
    first: int
    stop: int
    faces: TrialFaces | None
    prints: Prints = field(default_factory=lambda: NO_PRINTS)
    source: str = ""
    span: tuple[float, float] = (0.0, 0.0)
    stimulus: str = ""
    group: str = ""
    condition: str = ""

    @property
    def has_faces(self) -> bool:
        return self.faces is not None and len(self.faces.slots) > 0


@dataclass(frozen=True, slots=True)
class Samples:
    """Windows by number: `trial` (n,) indexes the trials, `start` (n,) is the first sample."""

    trial: Indices
    start: Indices

    def __len__(self) -> int:
        return len(self.trial)

    def __getitem__(self, chosen: Indices | slice) -> Samples:
        return Samples(self.trial[chosen], self.start[chosen])


class TrialSet:
    """All trials of a data set, and the windows in them."""

    def __init__(self, trials: Sequence[Trial], settings: WindowSettings) -> None:
        self.trials = tuple(trials)
        self.settings = settings
        # A planner whose hop is one sample: its window `i` begins at sample i of the recording.
        fine = settings.model_copy(update={"hop_s": 1 / settings.sample_rate})
        self._planner = WindowPlanner(fine)
        self._row_of_slot = [_row_of_slot(trial.faces) for trial in self.trials]

    def __len__(self) -> int:
        return len(self.trials)

    @cached_property
    def identity(self) -> str:
        """A fingerprint of what is in the data: trials, ratings and the signals' ends."""
        digest = hashlib.sha256()
        for trial in sorted(self.trials, key=lambda trial: trial.name):
            digest.update(f"{trial.name} {trial.ratings} {trial.first} {trial.stop}".encode())
            digest.update(np.ascontiguousarray(trial.eeg[:, -1]).tobytes())
        return digest.hexdigest()[:16]

    @cached_property
    def kinship(self) -> Kinship:
        """Which trials share samples, and which participants are one person."""
        return Kinship(self.trials)

    @property
    def participants(self) -> tuple[str, ...]:
        return tuple(sorted({trial.participant for trial in self.trials}))

    def starts(self, trial: Trial, hop_s: float) -> Indices:
        """First samples of the windows wholly inside the trial, on the grid of the live planner."""
        hop = round(hop_s * self.settings.sample_rate)
        first = math.ceil(trial.first / hop) * hop
        return np.arange(first, trial.stop - self.settings.n_times + 1, hop, dtype=np.int64)

    def samples(self, hop_s: float, trials: Iterable[str] | None = None) -> Samples:
        """Windows every `hop_s` of the named trials, or of all."""
        wanted = None if trials is None else set(trials)
        chosen = [
            (index, self.starts(trial, hop_s))
            for index, trial in enumerate(self.trials)
            if wanted is None or trial.name in wanted
        ]
        return Samples(
            np.concatenate([np.full(len(starts), i) for i, starts in chosen] or [_NONE]),
            np.concatenate([starts for _, starts in chosen] or [_NONE]),
        )

    def units(self, protocol: str, hop_s: float) -> list[Unit]:
        """What the protocol deals out."""
        if protocol != "segment":
            return [self._unit(trial, trial.name) for trial in self.trials]
        return [
            self._unit(self.trials[index], name)
            for index, name in zip(*self._segments(hop_s), strict=True)
        ]

    def _unit(self, trial: Trial, name: str) -> Unit:
        return Unit(
            name=name,
            participant=trial.participant,
            trial=trial.name,
            label=trial.label,
            group=self.kinship.groups.get(trial.name, ""),
            person=self.kinship.people[trial.participant],
            stimulus=trial.stimulus,
        )

    def _segments(self, hop_s: float) -> tuple[list[int], list[str]]:
        every = self.samples(hop_s)
        hop = round(hop_s * self.settings.sample_rate)
        indices = every.trial.tolist()
        names = [
            f"{self.trials[i].name}{SEGMENT_MARK}{start // hop}"
            for i, start in zip(indices, every.start.tolist(), strict=True)
        ]
        return indices, names

    def select(self, units: Sequence[str], hop_s: float) -> Samples:
        """The windows of `units`, be they trials or segments. Raises DatasetError."""
        if not units or SEGMENT_MARK not in units[0]:
            self._refuse_unknown(units, {trial.name for trial in self.trials})
            return self.samples(hop_s, units)
        names = self._segments(hop_s)[1]
        self._refuse_unknown(units, set(names))
        wanted = set(units)
        chosen = np.flatnonzero([name in wanted for name in names])
        return self.samples(hop_s)[chosen]

    @staticmethod
    def _refuse_unknown(units: Sequence[str], known: set[str]) -> None:
        unknown = [unit for unit in units if unit not in known]
        if unknown:
            raise DatasetError(
                f"The split names '{unknown[0]}', which is not in this data set "
                f"({len(unknown)} such names).",
                "Use the split with the data it was made for.",
            )

    def labels(self, samples: Samples) -> Indices:
        """(n,) classes."""
        return np.array([trial.label for trial in self.trials], dtype=np.int64)[samples.trial]

    def names(self, samples: Samples) -> tuple[list[str], list[str]]:
        """Participant and trial of each window."""
        mine = [self.trials[index] for index in samples.trial.tolist()]
        return [trial.participant for trial in mine], [trial.name for trial in mine]

    def bag(self, trial: int, start: int) -> Indices:
        """(bag_size,) rows of the trial's crops in the window that begins at sample `start`;
        NO_FACE where a slot has none. As WindowPlanner.assemble fills it."""
        faces = self.trials[trial].faces
        slots = self._planner.slots(start)
        rows = np.full(len(slots), NO_FACE, dtype=np.int64)
        if faces is None:
            return rows
        table = self._row_of_slot[trial]
        known = np.arange(slots.start, min(slots.stop, len(table)))
        rows[: len(known)] = table[known]
        stop = self.trials[trial].origin + self._planner.span(start)[1]
        late = (rows != NO_FACE) & (faces.times[rows] >= stop - TOLERANCE_S)
        rows[late] = NO_FACE
        return rows

    def has_faces(self, samples: Samples) -> NDArray[np.bool_]:
        """(n,) whether a window has at least one face."""
        pairs = zip(samples.trial.tolist(), samples.start.tolist(), strict=True)
        return np.array([bool((self.bag(i, s) != NO_FACE).any()) for i, s in pairs], dtype=np.bool_)


_NONE = np.empty(0, dtype=np.int64)


def _row_of_slot(faces: TrialFaces | None) -> Indices:
    if faces is None or not len(faces.slots):
        return _NONE
    table = np.full(int(faces.slots.max()) + 1, NO_FACE, dtype=np.int64)
    table[faces.slots] = np.arange(len(faces.slots))
    return table


def load_trials(
    refs: Sequence[RecordingRef], chain: Preprocessing, rule: LabelRule, faces_of: FacesOf
) -> Iterator[Trial]:
    """The labelled trials of `refs`, one recording after the other. Raises DatasetError."""
    for ref in refs:
        recording = ref.open()
        if not recording.labels:
            raise DatasetError(
                f"The recording {ref.name} has no ratings, so there is nothing to learn from it.",
                "Train on labelled recordings; `milmer-live inspect` shows what is there.",
            )
        eeg = frozen(np.ascontiguousarray(preprocess(recording, chain).T))
        faces = faces_of(ref)
        for label in recording.labels:
            trial = _trial(recording, label, eeg, chain.window.sample_rate, faces, rule)
            if trial is not None:
                yield _known(trial, recording, label, ref)


def _known(trial: Trial, recording: Recording, label: Label, ref: RecordingRef) -> Trial:
    """The trial with what it is known by, whatever its name."""
    inside = (recording.times >= label.start) & (recording.times < label.stop)
    return replace(
        trial,
        prints=prints_of(recording.eeg[inside], recording.info.sample_rate),
        source=ref.source,
        span=(ref.source_s + label.start, ref.source_s + label.stop),
        stimulus=ref.stimulus,
        group=ref.group,
        condition=ref.condition,
    )


def _trial(
    recording: Recording,
    label: Label,
    eeg: Float32,
    rate: float,
    faces: TrialFaces | None,
    rule: LabelRule,
) -> Trial | None:
    """`eeg` (32, n_samples) at `rate`, the model's, whatever the recording's own is."""
    quadrant = rule.quadrant(label.valence, label.arousal)
    if quadrant is None:
        return None
    origin = float(recording.times[0])
    name = label.trial or recording.name
    owned = (
        name if name.startswith(f"{recording.participant}/") else f"{recording.participant}/{name}"
    )
    return Trial(
        name=owned,
        participant=recording.participant,
        label=int(quadrant),
        ratings=(label.valence, label.arousal),
        eeg=eeg,
        origin=origin,
        first=round((label.start - origin) * rate),
        stop=min(eeg.shape[1], round((label.stop - origin) * rate)),
        faces=faces,
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """The windows of one fold."""

    train: Samples
    validation: Samples
    test: Samples


def parts(trials: TrialSet, fold: Fold, train_hop_s: float, test_hop_s: float) -> Parts:
    """Raises DatasetError where a part that is needed is empty or has no window."""
    found = Parts(
        train=trials.select(fold.train, train_hop_s),
        validation=trials.select(fold.validation, test_hop_s),
        test=trials.select(fold.test, test_hop_s),
    )
    for name, part in (("training", found.train), ("test", found.test)):
        if not len(part):
            raise DatasetError(
                f"The {name} part of '{fold.name}' has no window.",
                "Are the trials shorter than a window, or is the share of another part too large?",
            )
    return found


def trained_trials(fold: Fold) -> tuple[str, ...]:
    """Trials that training or validation has seen, in whole or in part."""
    return tuple(sorted({trial_of(unit) for unit in fold.train + fold.validation}))
