"""A data set: recordings that are opened when asked for, and what can be said about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from milmer_live.config import LabelRule
from milmer_live.samples import Label, Quadrant, Recording

Variant = Literal["auto", "python", "matlab", "original"]


@dataclass(frozen=True, slots=True)
class RecordingRef:
    """A recording that has not been read yet.

    `open` can be pickled for worker processes and raises DatasetError. `label` is what the
    whole stimulus was rated, `video` the file of the faces; None where there is none. `stimulus`
    names the clip that was shown; `source` is the file that it is a part of, and `source_s` the
    second of that file at which it begins. Empty where it is not known or is no part of another.
    """

    participant: str
    name: str
    open: Callable[[], Recording]
    has_video: bool
    label: Label | None = None
    video: Path | None = None
    stimulus: str = ""
    source: str = ""
    source_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ParticipantSummary:
    """What there is of one participant, in trials."""

    participant: str
    trials: int
    videos: int


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """What is there and what is not.

    `missing_videos` has one name a trial, `problems` one sentence each; nothing that is
    missing shifts what is there.
    """

    root: Path
    variant: str
    participants: tuple[ParticipantSummary, ...]
    labels: tuple[Label, ...]
    missing_videos: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def trials(self) -> int:
        return sum(one.trials for one in self.participants)

    @property
    def videos(self) -> int:
        return sum(one.videos for one in self.participants)

    def class_counts(self, rule: LabelRule) -> Mapping[Quadrant | None, int]:
        """Trials of each class under `rule`; None counts those that the rule drops."""
        return class_counts(self.labels, rule)


def class_counts(labels: Iterable[Label], rule: LabelRule) -> Mapping[Quadrant | None, int]:
    """Trials of each class under `rule`, all four classes named; None: dropped by the rule."""
    found = Counter(rule.quadrant(label.valence, label.arousal) for label in labels)
    return {kind: found[kind] for kind in (*Quadrant, None)}


class Dataset(Protocol):
    """Recordings by participant and name, in that order."""

    @property
    def root(self) -> Path: ...

    @property
    def refs(self) -> tuple[RecordingRef, ...]: ...

    def summary(self) -> DatasetSummary:
        """What the folder's listing and the ratings tell; no recording is read."""
        ...

    def check(self, participant: str) -> tuple[str, ...]:
        """Read all that there is of a participant: one sentence for everything wrong."""
        ...


def open_dataset(path: Path, *, variant: Variant = "auto") -> Dataset:
    """The data set in `path`: a folder in DEAP's layout, or one of its data folders, or
    labelled sessions (XDF files, ours and others').

    `auto` takes XDF files where there are any, else the first of data_preprocessed_python,
    data_preprocessed_matlab and data_original. Raises DatasetError where there is none.
    """
    from milmer_live.storage.deap.dataset import DeapDataset
    from milmer_live.storage.session.dataset import (
        SessionDataset,
        session_files,
    )

    if variant == "auto" and session_files(path):
        return SessionDataset(path)
    return DeapDataset(path, variant)
