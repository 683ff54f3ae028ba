"""What simple classifiers get out of the same windows, tuned in the same splits as the network.

Each is fitted on the training part of a fold; its one setting is chosen on the validation part;
then it answers the test part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from milmer_live.config import Frozen
from milmer_live.model.network import Milmer
from milmer_live.samples import Float32, Float64
from milmer_live.training.baselines.band_power import (
    BANDS,
    BELOW_20_HZ,
    NOT_TEMPORAL,
    band_powers,
)
from milmer_live.training.baselines.convnets import fit_convnet
from milmer_live.training.data.dataset import (
    NO_FACE,
    Indices,
    Parts,
    Samples,
    TrialSet,
)
from milmer_live.training.evaluate import Predictions, described
from milmer_live.training.results.metrics import N_CLASSES

MAJORITY, BAND_POWER, FACE_TOKENS = "majority", "band power", "face tokens"
BELOW_20, WITHOUT_TEMPORAL = "band power below 20 Hz", "band power without temporal"

# Inverse strengths of the ridge penalty of which one is chosen.
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
_UNTUNED = 1.0
_AT_ONCE = 32
_FLOOR = 1e-6


class Tuned(Frozen):
    """How a baseline came about: windows it learned from, and its setting (a penalty's strength or
    a number of rounds), None where it has none. `tuned` is False where there was no validation
    part to choose on."""

    windows: int
    strength: float | None = None
    rounds: int | None = None
    tuned: bool = False


@dataclass(frozen=True, slots=True)
class Baselines:
    """All of a fold: `predictions` has the logarithms of probabilities by name."""

    predictions: Predictions
    tuned: Mapping[str, Tuned]

    def save(self, path: Path) -> None:
        """The predictions as `path`, and a .json beside it about how each came about."""
        table = {name: one.model_dump(mode="json") for name, one in self.tuned.items()}
        path.with_suffix(".json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
        self.predictions.save(path)


Features = Callable[[Samples], Float64]


def run_baselines(
    trials: TrialSet, parts: Parts, network: Milmer, convnets: Iterable[str] = (), seed: int = 0
) -> Baselines:
    """Of one fold; `network` is the fold's own, whose backbone the faces go through. `convnets` are
    those to train besides, from `seed`."""
    given: dict[str, tuple[Float32, Tuned]] = {MAJORITY: majority(trials, parts)}
    if network.config.uses_eeg:
        for name, features in _of_eeg(trials).items():
            given[name] = regression(trials, parts, features)
        for name in convnets:
            given[name] = _convnet(name, trials, parts, seed, network)
    if network.config.uses_faces:
        given[FACE_TOKENS] = _of_faces(trials, parts, network)
    logits = {name: answers for name, (answers, _) in given.items()}
    predictions = described(trials, parts.test, logits)
    return Baselines(predictions, {name: tuned for name, (_, tuned) in given.items()})


def _of_eeg(trials: TrialSet) -> dict[str, Features]:
    """The full one, and two with less of the muscles in it."""
    return {
        BAND_POWER: lambda samples: band_powers(trials, samples, BANDS),
        BELOW_20: lambda samples: band_powers(trials, samples, BELOW_20_HZ),
        WITHOUT_TEMPORAL: lambda samples: band_powers(trials, samples, BANDS, NOT_TEMPORAL),
    }


def _convnet(
    name: str, trials: TrialSet, parts: Parts, seed: int, network: Milmer
) -> tuple[Float32, Tuned]:
    device = str(next(network.parameters()).device)
    found = fit_convnet(name, trials, parts, seed, device)
    tuned = Tuned(windows=len(parts.train), rounds=found.rounds, tuned=found.tuned)
    return found.log_probabilities, tuned


def majority(trials: TrialSet, parts: Parts) -> tuple[Float32, Tuned]:
    """The class that most training windows of the same participant have, or of all participants
    where that one is new; the order of the others is by frequency, too."""
    labels, whose = trials.labels(parts.train), np.array(trials.names(parts.train)[0])
    counts = {name: _frequencies(labels[whose == name]) for name in set(whose.tolist())}
    everybody = _frequencies(labels)
    tested = trials.names(parts.test)[0]
    rows = np.log(np.array([counts.get(name, everybody) for name in tested]))
    return rows.astype(np.float32), Tuned(windows=len(labels))


def _frequencies(labels: Indices) -> Float64:
    counts = np.bincount(labels, minlength=N_CLASSES) + _FLOOR
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def regression(trials: TrialSet, parts: Parts, features: Features) -> tuple[Float32, Tuned]:
    """Logistic regression on standardised features, its penalty of least cross-entropy on the
    validation part."""
    learned, labels = features(parts.train), trials.labels(parts.train)
    if not len(parts.validation):
        model = _fitted(learned, labels, _UNTUNED)
        given = _log_probabilities(model, features(parts.test))
        return given, Tuned(windows=len(labels), strength=_UNTUNED)
    held, truth = features(parts.validation), trials.labels(parts.validation)
    models = {strength: _fitted(learned, labels, strength) for strength in STRENGTHS}
    losses = {s: _cross_entropy(_log_probabilities(m, held), truth) for s, m in models.items()}
    best = min(losses, key=lambda strength: losses[strength])
    given = _log_probabilities(models[best], features(parts.test))
    return given, Tuned(windows=len(labels), strength=best, tuned=True)


def _fitted(features: Float64, labels: Indices, strength: float) -> Pipeline | None:
    """None where there is one class only."""
    if len(np.unique(labels)) < 2:
        return None
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=5000))
    return model.fit(features, labels)


def _log_probabilities(model: Pipeline | None, features: Float64) -> Float32:
    """(n, 4); even where there is no model."""
    table = np.full((len(features), N_CLASSES), _FLOOR)
    if model is None or not len(features):
        return np.asarray(np.log(table), dtype=np.float32)
    table[:, model.classes_] += model.predict_proba(features)
    return np.asarray(np.log(table), dtype=np.float32)


def _cross_entropy(log_probabilities: Float32, labels: Indices) -> float:
    return float(-log_probabilities[np.arange(len(labels)), labels].mean())


# --- faces -------------------------------------------------------------------------------


def _of_faces(trials: TrialSet, parts: Parts, network: Milmer) -> tuple[Float32, Tuned]:
    """On windows that have a face; the others are given even probabilities."""
    tokens = MeanTokens(trials, network)
    there = trials.has_faces(parts.test)
    seen = Parts(
        *(_with_face(trials, part) for part in (parts.train, parts.validation, parts.test))
    )
    given = np.zeros((len(parts.test), N_CLASSES), dtype=np.float32)
    if not len(seen.train) or not there.any():
        return given, Tuned(windows=len(seen.train))
    given[there], tuned = regression(trials, seen, tokens)
    return given, tuned


def _with_face(trials: TrialSet, samples: Samples) -> Samples:
    return samples[np.flatnonzero(trials.has_faces(samples))]


class MeanTokens:
    """(n, width) features of windows: the mean of the backbone's tokens over the faces of the bag.
    Each face goes through the backbone once."""

    def __init__(self, trials: TrialSet, network: Milmer) -> None:
        self._trials = trials
        self._backbone = network.faces.backbone.eval()
        self._device = next(network.parameters()).device
        self._of_trial: dict[int, NDArray[np.float32]] = {}

    def __call__(self, samples: Samples) -> Float64:
        rows = []
        for trial, start in zip(samples.trial.tolist(), samples.start.tolist(), strict=True):
            bag = self._trials.bag(trial, start)
            rows.append(self._faces(trial)[bag[bag != NO_FACE]].mean(axis=0))
        return np.asarray(rows, dtype=np.float64)

    def _faces(self, trial: int) -> NDArray[np.float32]:
        """(n_faces, width) of all faces of a trial."""
        if trial not in self._of_trial:
            faces = self._trials.trials[trial].faces
            assert faces is not None
            places = range(0, len(faces.images), _AT_ONCE)
            parts = [self._mean_tokens(faces.images[p : p + _AT_ONCE]) for p in places]
            self._of_trial[trial] = np.concatenate(parts)
        return self._of_trial[trial]

    def _mean_tokens(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        batch = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
        with torch.inference_mode():
            tokens = self._backbone(batch.to(self._device)).mean(dim=1)
        return np.asarray(tokens.float().cpu().numpy(), dtype=np.float32)
