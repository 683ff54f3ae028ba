"""DEAP as a data set: the same `Recording` from each of its three forms.

Recordings are named by Experiment_id. A face video and a trial of the original recordings are
numbered by presentation, and found through `participant_ratings.csv` alone: where a row is
missing the trial has no video, and nothing moves up in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from milmer_live.errors import DatasetError, MilmerError
from milmer_live.samples import Label, Recording, frozen
from milmer_live.storage.dataset import (
    DatasetSummary,
    ParticipantSummary,
    RecordingRef,
    Variant,
)
from milmer_live.storage.deap.arrays import (
    count_trials,
    read_arrays,
)
from milmer_live.storage.deap.layout import (
    BASELINE_S,
    N_TIMES,
    RATINGS_FILE,
    SAMPLE_RATE,
    STIMULUS_S,
    VARIANTS,
    data_files,
    eeg_info,
    find_root,
    find_variant,
    participant_id,
    recording_name,
    video_files,
    video_path,
)
from milmer_live.storage.deap.original import read_original
from milmer_live.storage.deap.ratings import (
    Rating,
    read_ratings,
)
from milmer_live.storage.deap.video import TrialVideo

# DEAP's tables round ratings to two decimals.
_RATING_SLACK = 0.0051


@dataclass(frozen=True, slots=True)
class Trial:
    """Where one trial lies. `presentation` is None where the ratings have no row for it."""

    data: Path
    participant: int
    experiment: int
    valence: float
    arousal: float
    presentation: int | None = None
    presentations: int = 0  # that the participant saw in all, by the ratings
    video: Path | None = None

    @property
    def name(self) -> str:
        return recording_name(self.participant, self.experiment)

    @property
    def label(self) -> Label:
        stop = BASELINE_S + STIMULUS_S
        return Label(BASELINE_S, stop, self.valence, self.arousal, self.name)


def open_trial(trial: Trial) -> Recording:
    """Read one trial. Raises DatasetError."""
    video = None if trial.video is None else TrialVideo(trial.video, trial.name)
    return Recording(
        info=eeg_info(trial.participant),
        eeg=_read_eeg(trial),
        times=frozen(np.arange(N_TIMES) / SAMPLE_RATE),
        participant=participant_id(trial.participant),
        name=trial.name,
        frames=video,
        labels=(trial.label,),
    )


def _read_eeg(trial: Trial) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if trial.data.suffix == ".bdf":
        if trial.presentation is None:
            raise DatasetError(f"{trial.name} has no row in {RATINGS_FILE}.")
        return read_original(trial.data, trial.presentation, trial.presentations)
    arrays = read_arrays(trial.data)
    if trial.experiment > len(arrays.eeg):
        raise DatasetError(
            f"{trial.data} has {len(arrays.eeg)} trials; {trial.name} is not one of them."
        )
    _refuse_other_rating(trial, arrays.ratings[trial.experiment - 1])
    return arrays.trial(trial.experiment)


def _refuse_other_rating(
    trial: Trial, ratings: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> None:
    """The file and the table must tell the same: else one of them is in another order."""
    told = np.array([trial.valence, trial.arousal])
    if np.abs(ratings[:2] - told).max() > _RATING_SLACK:
        raise DatasetError(
            f"{trial.name}: {trial.data.name} gives valence {ratings[0]:g} and arousal "
            f"{ratings[1]:g}, but {RATINGS_FILE.name} {trial.valence:g} and {trial.arousal:g}.",
            "The table does not belong to these files, or this file is another participant's "
            "under a new name; use those that came together.",
        )


class DeapDataset:
    """DEAP in a folder. Raises DatasetError where it holds none, or not one readable trial."""

    def __init__(self, path: Path, variant: Variant = "auto") -> None:
        self.root = find_root(path)
        self.variant = find_variant(self.root, variant)
        self._problems: list[str] = []
        self._rows = self._read_rows()
        self._files = data_files(self.root, self.variant)
        self._videos = video_files(self.root)
        self._trials = tuple(trial for number in self._files for trial in self._find_trials(number))
        self.refs = tuple(_ref(trial) for trial in self._trials)
        self._name_leftovers()
        if not self.refs:
            raise DatasetError(f"{self.root} holds no usable trial: {' '.join(self._problems)}")

    def _read_rows(self) -> dict[int, dict[int, Rating]]:
        """Ratings by participant and experiment."""
        path = self.root / RATINGS_FILE
        if not path.is_file():
            self._problems.append(
                f"{RATINGS_FILE.as_posix()} is missing: face videos cannot be matched to trials."
            )
            return {}
        table = read_ratings(path)
        return {number: table.of(number) for number in table.participants}

    def _find_trials(self, participant: int) -> list[Trial]:
        try:
            if self.variant == "original":
                return self._original_trials(participant)
            return self._preprocessed_trials(participant)
        except DatasetError as error:
            self._problems.append(str(error))
            return []

    def _preprocessed_trials(self, participant: int) -> list[Trial]:
        data = self._files[participant]
        rows = self._rows.get(participant, {})
        count = count_trials(data)
        unrated = [number for number in range(1, count + 1) if number not in rows]
        self._name_differences(participant, unrated, [number for number in rows if number > count])
        trials = [self._rated_trial(data, row, rows) for row in rows.values()]
        trials = [trial for trial in trials if trial.experiment <= count]
        if unrated:
            told = read_arrays(data).ratings
            trials += [
                Trial(data, participant, one, float(told[one - 1, 0]), float(told[one - 1, 1]))
                for one in unrated
            ]
        return sorted(trials, key=lambda trial: trial.experiment)

    def _name_differences(self, participant: int, unrated: list[int], beyond: list[int]) -> None:
        """Trials of the file that the table does not know, and the other way round."""
        if self._rows:
            self._problems += [
                f"{recording_name(participant, number)} has no row in {RATINGS_FILE.name}: its "
                "ratings are taken from its file, and it has no video."
                for number in unrated
            ]
        self._problems += [
            f"{recording_name(participant, number)} is rated, but its file has fewer trials."
            for number in beyond
        ]

    def _original_trials(self, participant: int) -> list[Trial]:
        """Original recordings hold no ratings: only trials of the table can be used."""
        data = self._files[participant]
        rows = self._rows.get(participant, {})
        if not rows:
            raise DatasetError(
                f"{data.name} cannot be used: {RATINGS_FILE.name} has no row of this participant."
            )
        return [self._rated_trial(data, row, rows) for row in rows.values()]

    def _rated_trial(self, data: Path, row: Rating, rows: dict[int, Rating]) -> Trial:
        video = video_path(self.root, row.participant, row.trial)
        return Trial(
            data=data,
            participant=row.participant,
            experiment=row.experiment,
            valence=row.valence,
            arousal=row.arousal,
            presentation=row.trial,
            presentations=max(max(one.trial, one.experiment) for one in rows.values()),
            video=video if video in self._videos else None,
        )

    def _name_leftovers(self) -> None:
        """What lies there and belongs to nobody, and who is rated but has no file."""
        folder, suffix = VARIANTS[self.variant]
        without = [participant_id(number) for number in self._rows if number not in self._files]
        if without:
            self._problems.append(
                f"Rated, but without a file *{suffix} in {folder}: {', '.join(without)}."
            )
        used = {trial.video for trial in self._trials}
        rated = {participant_id(number) for number in self._files if number in self._rows}
        self._problems += [
            f"{path.relative_to(self.root).as_posix()} belongs to no rated trial and is not used."
            for path in sorted(self._videos - used)
            if path.parent.name in rated
        ]

    def summary(self) -> DatasetSummary:
        """What the folder's listing and the ratings tell; no recording is read."""
        participants = tuple(self._participant(number) for number in self._files)
        return DatasetSummary(
            root=self.root,
            variant=self.variant,
            participants=participants,
            labels=tuple(trial.label for trial in self._trials),
            missing_videos=self._missing_videos(),
            problems=tuple(self._problems),
        )

    def _participant(self, number: int) -> ParticipantSummary:
        mine = [trial for trial in self._trials if trial.participant == number]
        videos = sum(trial.video is not None for trial in mine)
        return ParticipantSummary(participant_id(number), len(mine), videos)

    def _missing_videos(self) -> tuple[str, ...]:
        """`s03/trial12 (s03_trial40.avi)`; of a participant without any video one line."""
        lines = []
        for number in self._files:
            mine = [trial for trial in self._trials if trial.participant == number]
            without = [trial for trial in mine if trial.video is None]
            if mine and len(without) == len(mine):
                lines.append(f"{participant_id(number)}: no video of any of {len(mine)} trials")
            else:
                lines += [_missing_video(self.root, trial) for trial in without]
        return tuple(lines)

    def check(self, participant: str) -> tuple[str, ...]:
        """Read every trial and every video of a participant: a sentence for each fault."""
        faults: list[str] = []
        for trial in self._trials:
            if participant_id(trial.participant) != participant:
                continue
            try:
                frames = open_trial(trial).frames
                if isinstance(frames, TrialVideo) and frames.note:
                    faults.append(frames.note)
            except MilmerError as error:
                faults.append(str(error))
        return tuple(dict.fromkeys(faults))


def _ref(trial: Trial) -> RecordingRef:
    return RecordingRef(
        participant=participant_id(trial.participant),
        name=trial.name,
        open=partial(open_trial, trial),
        has_video=trial.video is not None,
        label=trial.label,
        video=trial.video,
        stimulus=trial.name.split("/")[1],
    )


def _missing_video(root: Path, trial: Trial) -> str:
    if trial.presentation is None:
        return f"{trial.name} (not in the ratings)"
    return f"{trial.name} ({video_path(root, trial.participant, trial.presentation).name})"
