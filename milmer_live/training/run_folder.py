"""A run on disk: what was asked for, and one folder for each fold with what came out.

RUN/run.json       settings and data; a run goes on only with the same
RUN/splits.json    who was tested on what
RUN/fold-00/       model.safetensors + model.json, metrics.json, history.json,
                   predictions.npz, tb/ (TensorBoard), state.safetensors while training,
                   baselines.npz + baselines.json where `milmer-live baselines` was run
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, JsonValue, ValidationError

from milmer_live.config import Frozen
from milmer_live.errors import ConfigError, DatasetError
from milmer_live.storage.deap.origin import origin
from milmer_live.training.data.dataset import TrialSet
from milmer_live.training.results.metrics import Scores
from milmer_live.training.resume import EpochRecord
from milmer_live.training.settings import TrainSettings
from milmer_live.training.splits.protocols import Splits

# Settings that change how fast a run goes, or where from, and not what comes out.
HARMLESS = {"data", "loader_threads", "save_every_s", "kept_tokens_gb"}

ModelT = TypeVar("ModelT", bound=BaseModel)


class DataDescription(Frozen):
    """What was trained on; `identity` tells whether it is still the same, `origin` how it was
    made where it is synthetic, `notes` which trials share samples."""

    name: str
    identity: str
    participants: tuple[str, ...]
    trials: int
    trials_with_faces: int
    classes: tuple[int, int, int, int]
    origin: dict[str, JsonValue] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        who = f"{self.participants[0]} to {self.participants[-1]}"
        return (
            f"{self.name}: {self.trials} trials of {len(self.participants)} participants ({who}), "
            f"{self.trials_with_faces} with faces"
        )


def describe(folder: Path, trials: TrialSet) -> DataDescription:
    labels = [trial.label for trial in trials.trials]
    return DataDescription(
        name=folder.name,
        identity=trials.identity,
        participants=trials.participants,
        trials=len(trials),
        trials_with_faces=sum(trial.has_faces for trial in trials.trials),
        classes=(labels.count(0), labels.count(1), labels.count(2), labels.count(3)),
        origin=origin(folder),
        notes=trials.kinship.notes,
    )


class RunDescription(Frozen):
    settings: TrainSettings
    data: DataDescription


class History(Frozen):
    """The epochs of a fold; `kept_epoch` is the one whose weights the checkpoint has."""

    epochs: tuple[EpochRecord, ...]
    kept_epoch: int


class FoldMetrics(Frozen):
    """What came out of a fold, by modality: `scores` over windows, `trials` over trials, whose
    windows vote; empty where an older version wrote it. `chosen` is what a search has found."""

    fold: int
    name: str
    temperature: float
    parameters: int
    seconds: float
    scores: dict[str, Scores]
    trials: dict[str, Scores] = Field(default_factory=dict)
    chosen: dict[str, Any] = Field(default_factory=dict)


class FoldFolder:
    """Where one fold's files are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model = path / "model.safetensors"
        self.metrics = path / "metrics.json"
        self.history = path / "history.json"
        self.predictions = path / "predictions.npz"
        self.state = path / "state.safetensors"
        self.candidates = path / "candidates"
        self.tensorboard = path / "tb"
        self.baselines = path / "baselines.npz"

    @property
    def is_done(self) -> bool:
        """metrics.json is written last."""
        return self.metrics.is_file()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others out; a lock of a killed process is free. Raises ConfigError."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise ConfigError(
                f"Another process is training in {self.path}.",
                "Wait for it, choose another --fold, or give this run another name.",
            ) from error
        try:
            yield
        finally:
            lock.release()


class Run:
    """An existing run, read. `path` must hold run.json. Raises DatasetError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.description = _read(path / "run.json", RunDescription)
        self.splits = Splits.load(path / "splits.json")

    @property
    def settings(self) -> TrainSettings:
        return self.description.settings

    @property
    def name(self) -> str:
        return self.path.name

    def fold(self, index: int) -> FoldFolder:
        return FoldFolder(self.path / f"fold-{index:02d}")

    @property
    def done(self) -> tuple[int, ...]:
        """Folds that have been trained to the end."""
        return tuple(i for i in range(len(self.splits.folds)) if self.fold(i).is_done)

    @classmethod
    def start(
        cls, path: Path, settings: TrainSettings, splits: Splits, data: DataDescription
    ) -> Self:
        """A new run in `path`, or the one there if it is of the same. Raises ConfigError."""
        in_full = settings.model_copy(update={"preprocessing": settings.chain()})
        description = RunDescription(settings=in_full, data=data)
        if (path / "run.json").exists():
            found = cls(path)
            _refuse_other(found, description, splits)
            return found
        if path.exists() and any(path.iterdir()):
            raise ConfigError(
                f"{path} is not empty and holds no run.", "Choose another --name or empty it."
            )
        path.mkdir(parents=True, exist_ok=True)
        splits.save(path / "splits.json")
        write(path / "run.json", description)
        return cls(path)

    def metrics(self, index: int) -> FoldMetrics:
        return _read(self.fold(index).metrics, FoldMetrics)

    def history(self, index: int) -> History:
        return _read(self.fold(index).history, History)


def write(path: Path, content: BaseModel) -> None:
    """A reader finds the old file or the whole new one."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(content.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def _read(path: Path, kind: type[ModelT]) -> ModelT:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise DatasetError(
            f"{path.parent} is not a training run: it has no {path.name}.",
            "Give the folder that `milmer-live train` made.",
        ) from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise DatasetError(
            f"{path} is damaged or of another version.", "Train this run again."
        ) from error


def _refuse_other(found: Run, wanted: RunDescription, splits: Splits) -> None:
    old, new = (
        d.settings.model_dump(mode="json", exclude=HARMLESS) for d in (found.description, wanted)
    )
    difference = _difference(old, new)
    if difference:
        raise ConfigError(
            f"The run {found.path} was made with other settings: {difference}.",
            "Give this one another --name, or go on with the old settings.",
        )
    if found.description.data.identity != wanted.data.identity:
        raise ConfigError(
            f"The run {found.path} was made with other data ({found.description.data}).",
            "Give this one another --name.",
        )
    if found.splits != splits:
        raise ConfigError(
            f"The run {found.path} was made with another split.", "Give this one another --name."
        )


def _difference(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> str:
    """The first field that differs, as 'epochs is 100 there and 5 here'."""
    for name in old.keys() | new.keys():
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            return _difference(before, after, f"{prefix}{name}.")
        return f"{prefix}{name} is {before} there and {after} here"
    return ""
