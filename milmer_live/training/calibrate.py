"""Fits what a checkpoint knows on people whom it has not learned from: limits of the distances and
quantiles of its answers (model/out_of_range.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator
from sklearn.covariance import ledoit_wolf
from torch import Tensor

from milmer_live.config import MontageSettings
from milmer_live.errors import DatasetError
from milmer_live.model.live_parts import FacePart
from milmer_live.model.network import Milmer
from milmer_live.model.out_of_range import (
    PREFIX,
    AtCoverage,
    BasisName,
    RangeCard,
    disagreement,
    similarities,
    squared_distance,
)
from milmer_live.processing.eeg.montage import channel_map
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Float32, Float64
from milmer_live.training.data.batches import Batch, Collate, Loader
from milmer_live.training.data.dataset import Samples, TrialSet
from milmer_live.training.evaluate import probabilities
from milmer_live.training.forward import MODALITIES, embed_bags, judged

# Of windows in range each of the two distances refuses this share.
REFUSED = 0.02
QUANTILES = 101
LEAST_PEOPLE = 8
BATCH = 32

# Montages with fewer electrodes, from which the rest is made as it is live.
TEN_TWENTY = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8",
    "P7", "P3", "Pz", "P4", "P8", "O1", "O2",
)  # fmt: skip
MONTAGES = (
    MODEL_CHANNELS,
    TEN_TWENTY,
    ("AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4"),
    ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Windows through one montage: similarities of electrodes (n, pairs), and logits (n, 4) by what
    they stand on."""

    coverage: float
    pairs: Float32
    logits: Mapping[str, Float32]


def fit_range(
    network: Milmer,
    trials: TrialSet,
    samples: Samples,
    accelerator: Accelerator,
    temperature: float,
    name: str,
) -> tuple[RangeCard, dict[str, Tensor]]:
    """From `samples`, windows of people whom the network has not learned from; `name` is
    that of the data. Raises DatasetError where they are too few."""
    people = len({trials.kinship.people[one] for one in trials.names(samples)[0]})
    if people < LEAST_PEOPLE:
        raise DatasetError(
            f"The range of a model needs at least {LEAST_PEOPLE} participants whom it has not "
            f"learned from; there are {people}.",
            "Give data of more people.",
        )
    network.eval()
    labels = trials.labels(samples)
    seen, faces = _look(network, trials, samples, accelerator)
    tensors: dict[str, Tensor] = {}
    eeg_limits: list[AtCoverage] = []
    if network.config.uses_eeg:
        usual = seen[0].pairs.mean(axis=0)
        tensors[f"{PREFIX}similarities"] = torch.from_numpy(usual)
        for one in seen:
            limit = float(np.quantile(disagreement(one.pairs, usual), 1 - REFUSED))
            eeg_limits.append(AtCoverage(coverage=one.coverage, values=(limit,)))
    face_limit = 0.0
    if faces:
        mean, whiten = _whitened(np.concatenate(faces))
        squares = [squared_distance(one, mean, whiten).mean() for one in faces]
        face_limit = float(np.quantile(squares, 1 - REFUSED))
        tensors[f"{PREFIX}face_mean"] = torch.from_numpy(mean)
        tensors[f"{PREFIX}face_whiten"] = torch.from_numpy(whiten)
    scores: dict[BasisName, tuple[AtCoverage, ...]] = {}
    for basis in judged(network):
        rows = seen if MODALITIES[basis][0] else seen[:1]
        scores[basis] = _widening(  # type: ignore[index]
            [_quantiles(one, basis, labels, temperature) for one in rows]
        )
    card = RangeCard(
        fitted_on=f"{name}: {len(samples)} windows of {people} participants",
        eeg_limits=tuple(_rising(eeg_limits)),
        face_limit=face_limit,
        scores=scores,
    )
    return card, tensors


def _look(
    network: Milmer, trials: TrialSet, samples: Samples, accelerator: Accelerator
) -> tuple[list[Seen], list[Float32]]:
    """Through each montage, and the summaries of the faces of each window that has any."""
    maps = _maps() if network.config.uses_eeg else [(1.0, None)]
    pairs: list[list[Float32]] = [[] for _ in maps]
    logits: list[dict[str, list[Float32]]] = [{n: [] for n in judged(network)} for _ in maps]
    faces: list[Float32] = []
    summarise = FacePart(network).projections if network.config.uses_faces else None
    chunks = [samples[i : i + BATCH] for i in range(0, len(samples), BATCH)]
    for batch in Loader(chunks, Collate(trials, network.config, None), threads=1):
        moved = batch.to(accelerator.device)
        with torch.inference_mode():
            tokens, scored = embed_bags(network, moved, None)
            if summarise is not None:
                mean = tokens.mean(dim=2)
                mean = summarise[0](mean) if len(summarise) else mean
                valid = moved.faces_valid
                faces += [m[v].cpu().numpy() for m, v in zip(mean, valid, strict=True) if v.any()]
            for index, (_coverage, matrix) in enumerate(maps):
                eeg = moved.eeg if matrix is None else matrix.to(moved.eeg) @ moved.eeg
                if network.config.uses_eeg:
                    pairs[index].append(similarities(network.eeg(eeg).float().cpu().numpy()))
                for basis, found in logits[index].items():
                    found.append(_answer(network, moved, eeg, tokens, scored, basis))
    seen = [
        Seen(
            coverage,
            np.concatenate(pairs[index]) if pairs[index] else np.zeros((0, 0), np.float32),
            {basis: np.concatenate(parts) for basis, parts in logits[index].items()},
        )
        for index, (coverage, _matrix) in enumerate(maps)
    ]
    return seen, faces


def _answer(
    network: Milmer, batch: Batch, eeg: Tensor, tokens: Tensor, scored: Tensor, basis: str
) -> Float32:
    with_eeg, with_faces = MODALITIES[basis]
    answer = network.classify(
        eeg, tokens, scored, batch.eeg_valid & with_eeg, batch.faces_valid & with_faces
    )
    logits: Float32 = answer.logits.float().cpu().numpy()
    return logits


def _maps() -> list[tuple[float, Tensor | None]]:
    """Coverage and matrix (32, 32) of each montage, the whole one (None: as it is) first."""
    found: list[tuple[float, Tensor | None]] = []
    for names in MONTAGES:
        made = channel_map(EEGInfo("montage", "", names, 128.0), MontageSettings(min_coverage=0.0))
        matrix = np.zeros((len(MODEL_CHANNELS), len(MODEL_CHANNELS)))
        matrix[:, [MODEL_CHANNELS.index(name) for name in names]] = made.matrix
        whole = names == MODEL_CHANNELS
        found.append((made.coverage, None if whole else torch.from_numpy(matrix)))
    return sorted(found, key=lambda one: -one[0])


def _whitened(summaries: Float32) -> tuple[Float32, Float32]:
    """Mean (width,), and the matrix (width, width) after which their covariance is 1."""
    mean = summaries.mean(axis=0)
    covariance, _shrinkage = ledoit_wolf(summaries - mean, assume_centered=True)
    values, vectors = np.linalg.eigh(covariance)
    whiten = vectors / np.sqrt(np.maximum(values, 1e-9 * values.max()))
    return mean.astype(np.float32), whiten.astype(np.float32)


def _quantiles(
    seen: Seen, basis: str, labels: np.ndarray[tuple[int], np.dtype[np.int64]], temperature: float
) -> AtCoverage:
    given = probabilities(seen.logits[basis], temperature)
    score = 1 - given[np.arange(len(labels)), labels]
    values = np.quantile(score, np.linspace(0, 1, QUANTILES))
    return AtCoverage(coverage=seen.coverage, values=tuple(map(float, values)))


def _widening(rows: list[AtCoverage]) -> tuple[AtCoverage, ...]:
    """Where fewer electrodes know less no set is smaller."""
    return tuple(_rising(rows))


def _rising(rows: list[AtCoverage]) -> list[AtCoverage]:
    largest: Float64 | None = None
    rising = []
    for row in rows:
        now = np.array(row.values)
        largest = now if largest is None else np.maximum(largest, now)
        rising.append(AtCoverage(coverage=row.coverage, values=tuple(map(float, largest))))
    return rising
