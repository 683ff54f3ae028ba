"""What a loader of a data set is, and the data set that it makes.

A loader is a module with a NAME, `find` and `load`. It knows the layout; all else (summaries,
checks, replay, training) is the same for all. A further one is a file and a line in `LOADERS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from milmer_live.errors import DatasetError, MilmerError
from milmer_live.storage.dataset import DatasetSummary, ParticipantSummary, RecordingRef

LOADERS = ("eav", "mahnob", "amigos", "dreamer", "faced")


@dataclass(frozen=True, slots=True)
class Contents:
    """Labelled recordings by participant and name, and a sentence for all that is odd."""

    refs: tuple[RecordingRef, ...]
    problems: tuple[str, ...] = ()


class Loader(Protocol):
    """A module of this package."""

    NAME: str

    def find(self, path: Path) -> Path | None:
        """The root of the layout in or above `path`, by names alone; None where it is another."""
        ...

    def load(self, root: Path) -> Contents:
        """What is there; no signal is read. Raises DatasetError."""
        ...


class LayoutDataset:
    """A data set as a loader has found it. Raises DatasetError where there is nothing to learn."""

    def __init__(self, root: Path, loader: Loader) -> None:
        self.root = root
        self._name = loader.NAME
        contents = loader.load(root)
        self.refs = tuple(sorted(contents.refs, key=lambda ref: (ref.participant, ref.name)))
        self._problems = contents.problems
        if not self.refs:
            said = " ".join(contents.problems[:3])
            raise DatasetError(f"{root} has no labelled trial of {self._name}. {said}".rstrip())

    def summary(self) -> DatasetSummary:
        everybody = sorted({ref.participant for ref in self.refs})
        return DatasetSummary(
            root=self.root,
            variant=self._name,
            participants=tuple(self._participant(one) for one in everybody),
            labels=tuple(ref.label for ref in self.refs if ref.label is not None),
            missing_videos=tuple(ref.name for ref in self.refs if not ref.has_video),
            problems=self._problems,
        )

    def check(self, participant: str) -> tuple[str, ...]:
        """Open every trial and video of a participant: a sentence for each fault."""
        faults = []
        for ref in self.refs:
            if ref.participant == participant:
                try:
                    recording = ref.open()
                    if recording.frames is not None:
                        len(recording.frames)
                except MilmerError as error:
                    faults.append(f"{ref.name}: {error}")
        return tuple(dict.fromkeys(faults))

    def _participant(self, name: str) -> ParticipantSummary:
        mine = [ref for ref in self.refs if ref.participant == name]
        return ParticipantSummary(name, len(mine), sum(ref.has_video for ref in mine))


def find_layout_dataset(path: Path) -> LayoutDataset | None:
    """The data set of the first loader that knows the layout; None where none does. Raises
    DatasetError."""
    for name in LOADERS:
        loader = cast(Loader, import_module(f"milmer_live.storage.corpora.{name}"))
        root = loader.find(path)
        if root is not None:
            return LayoutDataset(root, loader)
    return None
