"""Labelled sessions as a data set, so that they go into training and evaluation like DEAP."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from milmer_live.errors import DatasetError, MilmerError, RecordingError
from milmer_live.samples import Label, Recording
from milmer_live.storage.dataset import DatasetSummary, ParticipantSummary, RecordingRef
from milmer_live.storage.foreign import is_foreign
from milmer_live.storage.labels.corrections import CORRECTIONS
from milmer_live.storage.labels.label_table import SUFFIXES as TABLE_SUFFIXES
from milmer_live.storage.participants import PARTICIPANTS_NAME, People
from milmer_live.storage.session.pictures import video_name
from milmer_live.storage.session.reader import Session, open_session
from milmer_live.storage.xdf.packed import is_xdf

PREDICTED = ".predictions.xdf"  # ends the name of what `milmer-live predict` writes


def session_files(path: Path) -> tuple[Path, ...]:
    """XDF files in `path`: itself, or all below it but copies made by the repair and what models
    said of a recording afterwards."""
    return _files(path, lambda one: is_xdf(one) and not one.name.lower().endswith(PREDICTED))


def foreign_files(path: Path) -> tuple[Path, ...]:
    """The same of recordings in other formats."""
    return _files(path, is_foreign)


def _files(path: Path, is_one: Callable[[Path], bool]) -> tuple[Path, ...]:
    if path.is_dir():
        return tuple(sorted(one for one in path.rglob("*") if is_one(one) and one.is_file()))
    return (path,) if is_one(path) else ()


class SessionDataset:
    """Sessions of ours and recordings of other programs. Each label is a recording.

    Opening reads every file once, one after the other. Raises DatasetError where there is no
    label to learn from.
    """

    def __init__(self, path: Path) -> None:
        self.root = path
        self._problems: list[str] = []
        self._labels: list[Label] = []
        refs: list[RecordingRef] = []
        files = (*session_files(path), *foreign_files(path))
        self._people = People.of(path, files)
        self._problems += self._people.problems
        for file in files:
            try:
                refs += self._refs_of(file)
            except MilmerError as error:
                self._problems.append(str(error))
        self.refs = tuple(sorted(refs, key=lambda ref: (ref.participant, ref.name)))
        if not self.refs:
            raise DatasetError(
                f"{path} holds no labelled session. {' '.join(self._problems)}".rstrip(),
                "Label sessions while recording, or put a NAME.labels.csv beside NAME.xdf.",
            )

    def summary(self) -> DatasetSummary:
        names = sorted({ref.participant for ref in self.refs})
        return DatasetSummary(
            root=self.root,
            variant="sessions",
            participants=tuple(self._participant(name) for name in names),
            labels=tuple(self._labels),
            missing_videos=tuple(ref.name for ref in self.refs if not ref.has_video),
            problems=tuple(self._problems),
        )

    def check(self, participant: str) -> tuple[str, ...]:
        """Open every trial of a participant: a sentence for each fault."""
        faults: list[str] = []
        for ref in self.refs:
            if ref.participant != participant:
                continue
            try:
                ref.open()
            except MilmerError as error:
                faults.append(str(error))
        return tuple(dict.fromkeys(faults))

    def _participant(self, name: str) -> ParticipantSummary:
        mine = [ref for ref in self.refs if ref.participant == name]
        return ParticipantSummary(name, len(mine), sum(ref.has_video for ref in mine))

    def _refs_of(self, file: Path) -> list[RecordingRef]:
        session = _session(file, _stamps(file), self._people)
        if not session.file.is_intact:
            self._problems.append(
                f"{file} was not closed in order; `milmer-live repair` makes it whole."
            )
        self._problems += [f"{file}: {note}" for note in session.file.notes]
        self._problems += session.label_faults
        self._problems += session.signal_faults
        if session.person is not None and not session.person.is_known:
            self._problems.append(
                f"{file}: who was recorded is not known; it counts as '{session.participant}' "
                f"until {PARTICIPANTS_NAME} says it."
            )
        if not session.labels:
            self._problems.append(f"{file} has no label and is not used.")
        return [
            ref
            for number in range(len(session.labels))
            if (ref := self._ref(session, file, number)) is not None
        ]

    def _ref(self, session: Session, file: Path, number: int) -> RecordingRef | None:
        name, label = _trial_name(session, number), session.labels[number]
        try:
            span = session.trial_samples(label, name)
        except DatasetError as error:
            self._problems.append(error.message)
            return None
        origin = float(session.times_of(span)[0])
        frames = session.frames(label.start, label.stop, origin)
        shifted = Label(
            label.start - origin, label.stop - origin, label.valence, label.arousal, name
        )
        self._labels.append(shifted)
        return RecordingRef(
            participant=session.participant,
            name=name,
            open=partial(open_trial, file, number, self._people),
            has_video=frames is not None,
            label=shifted,
            video=(session.film or session.folder / video_name(1)) if frames else None,
            stimulus=label.trial,
            source=str(file),
            source_s=origin,
            is_known=session.person is None or session.person.is_known,
        )


def open_trial(file: Path, number: int, people: People | None = None) -> Recording:
    """The recording of label `number` of an XDF file. Raises DatasetError."""
    try:
        session = _session(file, _stamps(file), people)
    except OSError as error:
        raise DatasetError(f"{file} cannot be read: {error.strerror}.") from error
    except RecordingError as error:
        raise DatasetError(error.message, error.hint) from error
    return session.trial(session.labels[number], _trial_name(session, number))


@lru_cache(maxsize=1)
def _session(file: Path, _stamps: tuple[int, ...], people: People | None) -> Session:
    """The trials of a session are opened one after the other: its file is read once."""
    return open_session(file, people=people)


def _stamps(file: Path) -> tuple[int, ...]:
    """When the file and the tables beside it were changed. Raises OSError."""
    tables = [file.with_suffix(suffix) for suffix in TABLE_SUFFIXES]
    beside = [one for one in (*tables, file.parent / CORRECTIONS) if one.is_file()]
    return tuple(one.stat().st_mtime_ns for one in (file, *beside))


def _trial_name(session: Session, number: int) -> str:
    """By the label's own name where that is unlike any other, else by its number."""
    trials = [label.trial for label in session.labels]
    own = trials[number] if trials[number] and trials.count(trials[number]) == 1 else ""
    return f"{session.participant}/{session.name}/{own or f'label{number + 1:02d}'}"
