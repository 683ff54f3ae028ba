"""EEG to tokens: one a channel."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from milmer_live.model.config import MilmerConfig
from milmer_live.samples import MODEL_CHANNELS


class EEGTokens(nn.Module):
    """LayerNorm over a channel's samples, Linear, ReLU, as published.

    (batch, n_channels, n_times) float32 µV -> (batch, n_channels, d_model). The norm takes the
    amplitude of each channel away; what stays is the shape of its signal.
    """

    def __init__(self, config: MilmerConfig) -> None:
        super().__init__()
        features = config.eeg_features or config.d_model
        self.norm = nn.LayerNorm(config.n_times)
        self.project = nn.Linear(config.n_times, features)
        self.mix = nn.Linear(features, config.d_model) if config.eeg_features else nn.Identity()
        if config.eeg_init == "spectral":
            start_spectral(self.project, config.sample_rate)
        self._silent: Tensor | None
        self.register_buffer("_silent", _silent(config), persistent=False)

    def forward(self, eeg: Tensor) -> Tensor:
        if self._silent is not None:
            eeg = eeg.masked_fill(self._silent, 0)
        tokens: Tensor = self.mix(torch.relu(self.project(self.norm(eeg))))
        return tokens


def _silent(config: MilmerConfig) -> Tensor | None:
    """(n_channels, 1) True for a channel that is taken as 0; None where all are used."""
    if not config.silent_channels:
        return None
    return torch.tensor([[name in config.silent_channels] for name in MODEL_CHANNELS])


def start_spectral(
    project: nn.Linear, sample_rate: float, low_hz: float = 1.0, high_hz: float = 45.0
) -> None:
    """Start the rows of `project` as windowed oscillations, four a frequency.

    An oscillation of unknown phase has no mean correlation with any fixed row, so a Linear on
    raw samples has to find filters and their phase partners from data. Here the rows are
    Hann-windowed +cos, -cos, +sin and -sin of one frequency: relu(x) + relu(-x) = |x|, so the
    four together give |c| + |s|, the amplitude at that frequency within 3 dB whatever the
    phase. Frequencies are evenly spaced from `low_hz` to `high_hz`. A row has norm 1, which
    gives white noise of unit variance an output of unit variance.
    """
    n_rows, n_times = project.weight.shape
    n_frequencies = max(1, math.ceil(n_rows / 4))
    frequencies = torch.linspace(low_hz, high_hz, n_frequencies).repeat_interleave(4)[:n_rows]
    phases = torch.tensor([0.0, math.pi, -math.pi / 2, math.pi / 2]).repeat(n_frequencies)[:n_rows]
    times = (torch.arange(n_times) - (n_times - 1) / 2) / sample_rate
    angle = 2 * math.pi * frequencies[:, None] * times + phases[:, None]
    rows = torch.hann_window(n_times, periodic=False) * torch.cos(angle)
    with torch.no_grad():
        project.weight.copy_(rows / rows.norm(dim=1, keepdim=True))
        project.bias.zero_()
