"""A data set: recordings that are opened when asked for, and what can be said about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from milmer_live.config import LabelRule
from milmer_live.errors import DatasetError
from milmer_live.samples import Label, Quadrant, Recording

Variant = Literal["auto", "python", "matlab", "original"]


@dataclass(frozen=True, slots=True)
class RecordingRef:
    """A recording that has not been read yet.

    `open` can be pickled for worker processes and raises DatasetError. `label` is what the
    whole stimulus was rated, `video` the file of the faces; None where there is none. `stimulus`
    names the clip that was shown; `source` is the file that it is a part of, and `source_s` the
    second of that file at which it begins. Empty where it is not known or is no part of another.
    `is_known` is False where nothing says who was recorded; `group` is the same for trials that
    belong together, such as two of one conversation, and `condition` is what they are told apart
    by, such as listening and speaking.
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
    is_known: bool = True
    group: str = ""
    condition: str = ""


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


def chosen(dataset: Dataset, subject: str | None, trial: int | None) -> tuple[RecordingRef, ...]:
    """What a user asks for; without `trial` all of the participant's. Raises DatasetError."""
    everybody = sorted({ref.participant for ref in dataset.refs})
    if subject is None and len(everybody) > 1:
        raise DatasetError(
            f"{dataset.root} holds {len(everybody)} participants.",
            f"Choose one of them by --subject: {', '.join(everybody)}.",
        )
    participant = everybody[0] if subject is None else find_participant(subject, everybody)
    mine = tuple(ref for ref in dataset.refs if ref.participant == participant)
    if trial is None:
        return mine
    numbers = {_number(ref): ref for ref in mine}
    if trial not in numbers:
        there = ", ".join(map(str, sorted(numbers)))
        raise DatasetError(f"{participant} has no trial {trial}.", f"There are {there}.")
    return (numbers[trial],)


def find_participant(subject: str, everybody: Sequence[str]) -> str:
    """The one who is called so, or has that number as DEAP writes it. Raises DatasetError."""
    names = {subject, f"s{int(subject):02d}"} if subject.isdecimal() else {subject}
    for name in everybody:
        if name in names:
            return name
    raise DatasetError(f"There is no participant {subject}.", f"There are {', '.join(everybody)}.")


def _number(ref: RecordingRef) -> int:
    """The number that the name of a trial ends with, 0 where it has none."""
    digits = ref.name[len(ref.name.rstrip("0123456789")) :]
    return int(digits or 0)


def open_dataset(path: Path, *, variant: Variant = "auto") -> Dataset:
    """The data set in `path`: a folder in the layout of DEAP (or one of its data folders), EAV,
    MAHNOB-HCI, AMIGOS, DREAMER or FACED, or labelled recordings (XDF files, ours and others', EDF,
    BDF, BrainVision, EEGLAB, FIF).

    `auto` takes XDF files where there are any, else the first of data_preprocessed_python,
    data_preprocessed_matlab and data_original. Raises DatasetError where there is none.
    """
    from milmer_live.storage.corpora.loader import find_layout_dataset
    from milmer_live.storage.deap.dataset import DeapDataset
    from milmer_live.storage.session.dataset import (
        SessionDataset,
        foreign_files,
        session_files,
    )

    if variant == "auto" and session_files(path):
        return SessionDataset(path)
    if variant == "auto" and (corpus := find_layout_dataset(path)) is not None:
        return corpus
    try:
        return DeapDataset(path, variant)
    except DatasetError:
        if variant == "auto" and foreign_files(path):
            return SessionDataset(path)
        raise
