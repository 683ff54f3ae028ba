"""Whether a window is like what a model learned from, and which quadrants it cannot tell apart.

Two distances, each in units of its limit, so that more than 1 is out of range:

- `eeg`, on the EEG tokens: one less the correlation between the similarities of the electrodes'
  tokens (cosines, after the mean token is taken off) and their mean over what was learned from.
  Neighbours on the head share their sources, so this falls to 0 for permuted electrodes, for a
  tone that is the same everywhere, for noise of each amplifier channel, and for no signal at all.
- `face`, on the face tokens: Mahalanobis distance of a face's mean token, with a covariance shrunk
  towards its own mean eigenvalue (Ledoit & Wolf 2004); the mean of its square over the bag.

The set of quadrants is conformal (Vovk et al. 2005; Sadinle et al. 2019): a quadrant of probability
p belongs to the set of level L where 1 - p is within the L-quantile of 1 - p(true) over windows of
people that the model had not seen. Each number is known by the share of the EEG that the electrodes
know (`coverage`); the less that is, the wider the set. Nothing here imports PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field, FiniteFloat

from milmer_live.config import Frozen
from milmer_live.samples import Distance, Float32, Float64

PREFIX = "range."  # of its tensors among the weights

BasisName = Literal["both", "eeg", "faces"]


class AtCoverage(Frozen):
    """Numbers that hold where the electrodes know this share of the EEG."""

    coverage: float = Field(ge=0, le=1)
    values: tuple[FiniteFloat, ...] = Field(min_length=1)


class RangeCard(Frozen):
    """Limits of the distances and quantiles of the answers, as fitted on held-out people.

    Each tuple of `AtCoverage` is in falling order of coverage. `scores` are quantiles of
    1 - p(true), evenly spaced from 0 to 1, by what an answer stands on.
    """

    fitted_on: str = Field(description="data, participants, windows")
    eeg_limits: tuple[AtCoverage, ...] = ()
    face_limit: float = Field(0.0, ge=0, description="squared distance; 0: it looks at no face")
    scores: dict[BasisName, tuple[AtCoverage, ...]] = Field(default_factory=dict)


def at_coverage(table: Sequence[AtCoverage], coverage: float) -> Float64:
    """Between the two rows next to `coverage`; beyond the last row, that row."""
    shares = np.array([row.coverage for row in table])[::-1]
    values = np.array([row.values for row in table], dtype=np.float64)[::-1]
    return np.array([np.interp(coverage, shares, column) for column in values.T])


@dataclass(frozen=True, slots=True)
class EEGTokenMaker:
    """`model.eeg.EEGTokens` in numpy: (n_channels, n_times) µV -> (n_channels, d_model)."""

    norm: tuple[Float32, Float32]
    project: tuple[Float32, Float32]
    mix: tuple[Float32, Float32] | None
    silent: tuple[int, ...]

    @staticmethod
    def of(tensors: Mapping[str, Float32], silent: Sequence[int] = ()) -> EEGTokenMaker:
        """From the weights of a network."""

        def pair(name: str) -> tuple[Float32, Float32]:
            return tensors[f"eeg.{name}.weight"], tensors[f"eeg.{name}.bias"]

        mix = pair("mix") if "eeg.mix.weight" in tensors else None
        return EEGTokenMaker(pair("norm"), pair("project"), mix, tuple(silent))

    def __call__(self, eeg: Float32) -> Float32:
        if self.silent:
            eeg = eeg.copy()
            eeg[list(self.silent)] = 0.0
        centred = eeg - eeg.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + 1e-5)
        x = centred / spread * self.norm[0] + self.norm[1]
        x = np.maximum(x @ self.project[0].T + self.project[1], 0.0)
        if self.mix is not None:
            x = x @ self.mix[0].T + self.mix[1]
        return np.asarray(x, dtype=np.float32)


def similarities(tokens: Float32) -> Float32:
    """(n, n_channels, d) -> (n, pairs): cosines between the tokens of each two electrodes,
    after the mean token is taken off; 0 where a token is the mean."""
    centred = tokens - tokens.mean(axis=1, keepdims=True)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=2, keepdims=True), 1e-6)
    rows, columns = np.triu_indices(tokens.shape[1], 1)
    return np.asarray((unit @ unit.transpose(0, 2, 1))[:, rows, columns], dtype=np.float32)


def disagreement(pairs: Float32, usual: Float32) -> Float64:
    """(n,) one less the correlation of each row of `pairs` with `usual`; 1 where it has none."""
    centred = pairs - pairs.mean(axis=1, keepdims=True)
    wanted = usual - usual.mean()
    norms = np.linalg.norm(centred, axis=1) * np.linalg.norm(wanted)
    return np.asarray(1 - centred @ wanted / np.maximum(norms, 1e-6), dtype=np.float64)


def squared_distance(summaries: Float32, mean: Float32, whiten: Float32) -> Float64:
    """(n,) of face summaries (n, width), by a matrix (width, k) that makes their covariance 1."""
    return np.asarray(np.square((summaries - mean) @ whiten).sum(axis=1), dtype=np.float64)


def basis_name(*, eeg: bool, faces: bool) -> BasisName | None:
    """None where an answer stands on nothing."""
    if eeg:
        return "both" if faces else "eeg"
    return "faces" if faces else None


class KnownRange:
    """The range of one model."""

    def __init__(
        self, card: RangeCard, tensors: Mapping[str, Float32], silent: Sequence[int] = ()
    ) -> None:
        """`tensors` are the weights of the checkpoint, with its range."""
        self.card = card
        self._usual = tensors.get(f"{PREFIX}similarities")
        self._tokens = EEGTokenMaker.of(tensors, silent) if self._usual is not None else None
        self._face = (tensors.get(f"{PREFIX}face_mean"), tensors.get(f"{PREFIX}face_whiten"))

    def distance(
        self, eeg: Float32 | None, summaries: Sequence[Float32], coverage: float
    ) -> Distance:
        """Of a window: its EEG (n_channels, n_times) µV or None, and the summaries of its faces.
        NaN for what cannot be told."""
        return Distance(self._eeg_distance(eeg, coverage), self._face_distance(summaries))

    def levels(
        self, probabilities: Float32, coverage: float, *, eeg: bool, faces: bool
    ) -> tuple[float, ...]:
        """For each quadrant the level from which on it belongs to the set; empty where that is not
        known. The likeliest quadrant belongs to every set."""
        basis = basis_name(eeg=eeg, faces=faces)
        table = self.card.scores.get(basis, ()) if basis is not None else ()
        if not table:
            return ()
        quantiles = at_coverage(table, coverage if eeg else 1.0)
        shares = np.linspace(0.0, 1.0, len(quantiles))
        levels = np.interp(1.0 - probabilities.astype(np.float64), quantiles, shares)
        levels[int(probabilities.argmax())] = 0.0
        return tuple(float(level) for level in levels)

    def _eeg_distance(self, eeg: Float32 | None, coverage: float) -> float:
        if eeg is None or self._tokens is None or self._usual is None:
            return math.nan
        (limit,) = at_coverage(self.card.eeg_limits, coverage)
        pairs = similarities(self._tokens(eeg)[None])
        return float(disagreement(pairs, self._usual)[0] / limit)

    def _face_distance(self, summaries: Sequence[Float32]) -> float:
        mean, whiten = self._face
        if not summaries or mean is None or whiten is None or not self.card.face_limit:
            return math.nan
        squares = squared_distance(np.stack(summaries), mean, whiten)
        return math.sqrt(float(squares.mean()) / self.card.face_limit)
