"""What a network answers to windows, and how good the answers are, for each modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor

from milmer_live.errors import DatasetError
from milmer_live.model.network import Milmer
from milmer_live.samples import Bool, Float32, Float64
from milmer_live.training.data.batches import (
    Collate,
    Loader,
)
from milmer_live.training.data.dataset import (
    Indices,
    Samples,
    TrialSet,
)
from milmer_live.training.forward import judge
from milmer_live.training.frozen_backbone import FrozenBackbone
from milmer_live.training.results.metrics import (
    Scores,
    score,
)
from milmer_live.training.results.statistics import Answers

# What answers from faces alone, the network's own and that of a baseline.
FACES_ONLY = frozenset(("faces", "face tokens"))

# Windows in a batch of a judgement, over all processes.
JUDGED_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Predictions:
    """Answers to n windows: logits (n, 4) by modality, and what each window is.

    `starts_s` counts from the start of the recording. `has_faces` says where an answer from
    faces alone, or with faces, had any.
    """

    logits: Mapping[str, Float32]
    labels: Indices
    participants: NDArray[np.str_]
    trials: NDArray[np.str_]
    starts_s: Float64
    has_faces: Bool

    def __len__(self) -> int:
        return len(self.labels)

    def cooled(self, temperature: float) -> Predictions:
        """With the logits divided by `temperature`."""
        return replace(self, logits={k: v / temperature for k, v in self.logits.items()})

    def only(self, chosen: Bool) -> Predictions:
        """The windows that are `chosen` (n,)."""
        return Predictions(
            logits={name: logits[chosen] for name, logits in self.logits.items()},
            labels=self.labels[chosen],
            participants=self.participants[chosen],
            trials=self.trials[chosen],
            starts_s=self.starts_s[chosen],
            has_faces=self.has_faces[chosen],
        )

    def save(self, path: Path) -> None:
        arrays = {f"logits_{name}": logits for name, logits in self.logits.items()}
        np.savez_compressed(
            path,
            allow_pickle=False,
            labels=self.labels,
            participants=self.participants,
            trials=self.trials,
            starts_s=self.starts_s,
            has_faces=self.has_faces,
            **arrays,
        )


def load_predictions(path: Path) -> Predictions:
    """Raises DatasetError when the file is missing or not of `Predictions.save`."""
    try:
        # Opened here: np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = dict(content)
        logits = {
            name.removeprefix("logits_"): arrays.pop(name)
            for name in list(arrays)
            if name.startswith("logits_")
        }
        return Predictions(logits=logits, **arrays)
    except (OSError, ValueError, TypeError, BadZipFile) as error:
        raise DatasetError(
            f"{path} does not hold predictions.", "Train or evaluate this fold again."
        ) from error


def merge(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of several folds as one; modalities that not all of them have are left
    out."""
    shared = [name for name in parts[0].logits if all(name in part.logits for part in parts)]
    return Predictions(
        logits={name: np.concatenate([part.logits[name] for part in parts]) for name in shared},
        labels=np.concatenate([part.labels for part in parts]),
        participants=np.concatenate([part.participants for part in parts]),
        trials=np.concatenate([part.trials for part in parts]),
        starts_s=np.concatenate([part.starts_s for part in parts]),
        has_faces=np.concatenate([part.has_faces for part in parts]),
    )


def predict(
    network: Milmer,
    trials: TrialSet,
    samples: Samples,
    accelerator: Accelerator,
    modalities: tuple[str, ...],
    frozen: FrozenBackbone | None = None,
) -> Predictions:
    """Answers to `samples`, in their order. Every process works on its share and gets all."""
    collate = Collate(trials, network.config, None)
    was_training = network.training
    network.eval()
    mine = samples[accelerator.process_index :: accelerator.num_processes]
    found: dict[str, list[Tensor]] = {name: [] for name in modalities}
    for batch in Loader(_chunks(mine), collate, threads=1):
        with accelerator.autocast():
            answers = judge(network, batch.to(accelerator.device), modalities, frozen)
        for name, logits in answers.items():
            found[name].append(logits)
    network.train(was_training)
    everything = {
        name: _gathered(parts, len(samples), accelerator) for name, parts in found.items()
    }
    return described(trials, samples, everything)


def _chunks(samples: Samples) -> list[Samples]:
    return [samples[i : i + JUDGED_AT_ONCE] for i in range(0, len(samples), JUDGED_AT_ONCE)]


def _gathered(parts: list[Tensor], count: int, accelerator: Accelerator) -> Float32:
    """(count, 4) logits in the order of the samples, from the shares of all processes."""
    mine = torch.cat(parts) if parts else torch.zeros(0, 4, device=accelerator.device)
    processes = accelerator.num_processes
    if processes == 1:
        return np.asarray(mine.cpu().numpy(), dtype=np.float32)
    longest = -(-count // processes)
    padded = mine.new_zeros(longest, 4)
    padded[: len(mine)] = mine
    shares = accelerator.gather(padded).view(processes, longest, 4)
    ordered = shares.transpose(0, 1).reshape(-1, 4)[:count]
    return np.asarray(ordered.cpu().numpy(), dtype=np.float32)


def described(trials: TrialSet, samples: Samples, logits: Mapping[str, Float32]) -> Predictions:
    """Answers to `samples` with what each window is. Several names of one person are one
    participant."""
    participants, names = trials.names(samples)
    people = trials.kinship.people
    return Predictions(
        logits=logits,
        labels=trials.labels(samples),
        participants=np.array([people[name] for name in participants], dtype=np.str_),
        trials=np.array(names, dtype=np.str_),
        starts_s=samples.start / trials.settings.sample_rate,
        has_faces=trials.has_faces(samples),
    )


def by_trial(predictions: Predictions, temperature: float = 1.0) -> Predictions:
    """One answer a trial: the mean log-probability of its windows; from faces alone, of those that
    have any. `starts_s` is that of the first window."""
    names, first, where = np.unique(predictions.trials, return_index=True, return_inverse=True)
    voted = {}
    for modality, logits in predictions.logits.items():
        used = counted(predictions, modality)
        votes = np.zeros((len(names), logits.shape[1]))
        np.add.at(votes, where[used], np.log(probabilities(logits[used], temperature)))
        voters = np.bincount(where[used], minlength=len(names)).clip(min=1)
        voted[modality] = (votes / voters[:, None]).astype(np.float32)
    seen = np.bincount(where[predictions.has_faces], minlength=len(names)) > 0
    return Predictions(
        logits=voted,
        labels=predictions.labels[first],
        participants=predictions.participants[first],
        trials=names,
        starts_s=predictions.starts_s[first],
        has_faces=seen,
    )


def by_condition(predictions: Predictions, trials: TrialSet) -> dict[str, Predictions]:
    """The windows of each condition, such as listening and speaking; nothing where there are not
    several."""
    of_trial = {trial.name: trial.condition for trial in trials.trials}
    mine = np.array([of_trial.get(name, "") for name in predictions.trials.tolist()])
    names = sorted(set(mine.tolist()) - {""})
    return {name: predictions.only(mine == name) for name in names} if len(names) > 1 else {}


def counted(predictions: Predictions, modality: str) -> Bool:
    """(n,) whether an answer counts: from faces alone, where there is one."""
    if modality in FACES_ONLY:
        return predictions.has_faces
    return np.ones(len(predictions), dtype=np.bool_)


def answers(predictions: Predictions, modality: str) -> Answers:
    """Those that count, one a trial or a window as `predictions` has them."""
    used = np.flatnonzero(counted(predictions, modality))
    names = predictions.trials
    if len(np.unique(names)) < len(names):
        starts = (f"{start:.4f}" for start in predictions.starts_s.tolist())
        names = np.array([f"{t}@{s}" for t, s in zip(names.tolist(), starts, strict=True)])
    return Answers(
        predictions.logits[modality].argmax(axis=1).astype(np.int64),
        predictions.labels,
        predictions.participants,
        names,
    ).only(used)


def scores(predictions: Predictions, temperature: float = 1.0) -> dict[str, Scores]:
    """By modality; from faces alone only over windows that have any. A modality without a
    window is left out."""
    table = {}
    for name, logits in predictions.logits.items():
        used = counted(predictions, name)
        if used.any():
            table[name] = score(
                predictions.labels[used],
                probabilities(logits[used], temperature),
                predictions.participants[used].tolist(),
            )
    return table


def probabilities(logits: Float32, temperature: float) -> Float64:
    """(n, 4) softmax of the logits divided by the temperature."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)
