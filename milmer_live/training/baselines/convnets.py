"""Two small convolutional networks for EEG, as baselines: EEGNet and a shallow one.

Written from their papers: Lawhern et al. 2018 (arXiv 1611.08024), EEGNet-8,2, whose kernels are
given for 128 Hz; Schirrmeister et al. 2017 (arXiv 1703.05051), the shallow ConvNet, whose kernels
are given for 250 Hz and are halved here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from milmer_live.samples import MODEL_CHANNELS, Float32
from milmer_live.training.data.dataset import (
    Parts,
    Samples,
    TrialSet,
)
from milmer_live.training.results.metrics import N_CLASSES

EEGNET, SHALLOW = "EEGNet", "shallow ConvNet"

# Adam. A round is an epoch, or as many as have `ROUND_STEPS`; that of least validation loss is
# kept, and after `PATIENCE` without a better one it ends. Without a validation part
# `UNTUNED_ROUNDS` are trained.
RATE, BATCH, ROUND_STEPS, MOST_ROUNDS, PATIENCE, UNTUNED_ROUNDS = 1e-3, 64, 20, 100, 10, 30


class EEGNet(nn.Module):
    """(n, n_channels, n_times) -> (n, 4) logits."""

    def __init__(self, n_channels: int, n_times: int, dropout: float = 0.25) -> None:
        super().__init__()
        self.spatial = nn.Conv2d(8, 16, (n_channels, 1), groups=8, bias=False)
        self.features = nn.Sequential(
            nn.ZeroPad2d((31, 32, 0, 0)),
            nn.Conv2d(1, 8, (1, 64), bias=False),
            nn.BatchNorm2d(8),
            self.spatial,
            nn.BatchNorm2d(16),
            nn.ELU(),
            nn.AvgPool2d((1, 4)),
            nn.Dropout(dropout),
            nn.ZeroPad2d((7, 8, 0, 0)),
            nn.Conv2d(16, 16, (1, 16), groups=16, bias=False),
            nn.Conv2d(16, 16, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ELU(),
            nn.AvgPool2d((1, 8)),
            nn.Dropout(dropout),
            nn.Flatten(),
        )
        self.answer = nn.Linear(16 * (n_times // 4 // 8), N_CLASSES)

    def forward(self, eeg: Tensor) -> Tensor:
        logits: Tensor = self.answer(self.features(eeg[:, None]))
        return logits

    @torch.no_grad()
    def limit_norms(self) -> None:
        """The paper's limits: 1 for each spatial filter, 0.25 for each row of the classifier."""
        for weight, most in ((self.spatial.weight, 1.0), (self.answer.weight, 0.25)):
            weight.copy_(torch.renorm(weight, 2, 0, most))


class _LogPower(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values.clamp(min=1e-6).log()


class _Square(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values.square()


class ShallowConvNet(nn.Module):
    """(n, n_channels, n_times) -> (n, 4) logits: learned bands, squared, averaged, logarithm."""

    def __init__(self, n_channels: int, n_times: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 40, (1, 13)),
            nn.Conv2d(40, 40, (n_channels, 1), bias=False),
            nn.BatchNorm2d(40),
            _Square(),
            nn.AvgPool2d((1, 38), stride=(1, 8)),
            _LogPower(),
            nn.Dropout(0.5),
            nn.Flatten(),
        )
        places = (n_times - 12 - 38) // 8 + 1
        self.answer = nn.Linear(40 * places, N_CLASSES)

    def forward(self, eeg: Tensor) -> Tensor:
        logits: Tensor = self.answer(self.features(eeg[:, None]))
        return logits

    def limit_norms(self) -> None:
        """None in this one."""


ConvNet = EEGNet | ShallowConvNet
CONVNETS: Mapping[str, Callable[[int, int], ConvNet]] = {EEGNET: EEGNet, SHALLOW: ShallowConvNet}


@dataclass(frozen=True, slots=True)
class Fitted:
    """Log-probabilities (n, 4) of the test windows, and the round whose weights were kept."""

    log_probabilities: Float32
    rounds: int
    tuned: bool


def fit_convnet(name: str, trials: TrialSet, parts: Parts, seed: int, device: str) -> Fitted:
    """Train `name` on the training part, choose its round on the validation part, answer the
    test part."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = CONVNETS[name](len(MODEL_CHANNELS), trials.settings.n_times).to(device)
    windows = _Windows(trials, parts.train, device)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    best, best_loss, kept = copy.deepcopy(network.state_dict()), float("inf"), 0
    tuned = len(parts.validation) > 0
    epochs = -(-ROUND_STEPS * BATCH // max(BATCH, len(parts.train)))
    for number in range(1, (MOST_ROUNDS if tuned else UNTUNED_ROUNDS) + 1):
        for _ in range(epochs):
            _epoch(network, optimizer, windows, parts.train, rng)
        loss = _loss(network, windows, parts.validation) if tuned else -number
        if loss < best_loss:
            best, best_loss, kept = copy.deepcopy(network.state_dict()), loss, number
        if number - kept >= PATIENCE:
            break
    network.load_state_dict(best)
    return Fitted(_log_probabilities(network, windows, parts.test), kept, tuned)


class _Windows:
    """EEG of windows, each channel divided by its standard deviation in the training part."""

    def __init__(self, trials: TrialSet, train: Samples, device: str) -> None:
        self._trials = trials
        self._device = device
        self._scale = np.ones((len(MODEL_CHANNELS), 1), dtype=np.float32)
        squares = [self._cut(train[i : i + 1])[0].astype(np.float64) for i in range(len(train))]
        power = np.mean([np.square(one).mean(axis=1) for one in squares], axis=0)
        self._scale = np.sqrt(power + 1e-12).astype(np.float32)[:, None]

    def _cut(self, samples: Samples) -> Float32:
        n_times = self._trials.settings.n_times
        pairs = zip(samples.trial.tolist(), samples.start.tolist(), strict=True)
        cut = [self._trials.trials[trial].eeg[:, s : s + n_times] for trial, s in pairs]
        return np.asarray(np.stack(cut) / self._scale, dtype=np.float32)

    def eeg(self, samples: Samples) -> Tensor:
        return torch.from_numpy(self._cut(samples)).to(self._device)

    def labels(self, samples: Samples) -> Tensor:
        return torch.from_numpy(self._trials.labels(samples)).to(self._device)


def _epoch(
    network: ConvNet,
    optimizer: torch.optim.Optimizer,
    windows: _Windows,
    train: Samples,
    rng: np.random.Generator,
) -> None:
    network.train()
    order = rng.permutation(len(train))
    for start in range(0, len(order), BATCH):
        chosen = train[order[start : start + BATCH]]
        if len(chosen) < 2:  # a batch norm needs two
            continue
        logits = network(windows.eeg(chosen))
        optimizer.zero_grad(set_to_none=True)
        loss: Any = nn.functional.cross_entropy(logits, windows.labels(chosen))
        loss.backward()
        optimizer.step()
        network.limit_norms()


def _loss(network: ConvNet, windows: _Windows, samples: Samples) -> float:
    given = _log_probabilities(network, windows, samples)
    labels = windows.labels(samples).cpu().numpy()
    return float(-given[np.arange(len(labels)), labels].mean())


def _log_probabilities(network: ConvNet, windows: _Windows, samples: Samples) -> Float32:
    network.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(samples), BATCH):
            logits = network(windows.eeg(samples[start : start + BATCH]))
            parts.append(logits.log_softmax(dim=1).float().cpu().numpy())
    return np.concatenate(parts) if parts else np.zeros((0, N_CLASSES), dtype=np.float32)
