"""The spectral start of the EEG projection measures amplitudes, whatever the phase."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from milmer_live.model.config import MilmerConfig
from milmer_live.model.eeg_encoder import (
    EEGTokens,
    start_spectral,
)
from milmer_live.samples import MODEL_CHANNELS

RATE_HZ = 128.0
N_ROWS = 4 * 45  # 1 to 45 Hz in steps of 1 Hz, four rows each


def amplitudes(signal: Tensor) -> Tensor:
    """(45,) sum of the four rectified rows of each frequency."""
    project = nn.Linear(len(signal), N_ROWS)
    start_spectral(project, RATE_HZ)
    with torch.no_grad():
        rectified: Tensor = project(signal).relu()
    return rectified.view(45, 4).sum(dim=1)


@pytest.mark.parametrize("frequency_hz", [4, 10, 20, 40])
@pytest.mark.parametrize("phase", [0.0, 0.4, 1.3, 2.9, 4.0])
def test_an_oscillation_shows_at_its_frequency_within_3_db(frequency_hz: int, phase: float) -> None:
    times = torch.arange(384) / RATE_HZ
    found = amplitudes(torch.sin(2 * math.pi * frequency_hz * times + phase))
    assert found.argmax().item() == frequency_hz - 1
    in_phase = math.sqrt(384 / 3)  # a sine of amplitude 1 against a Hann row of norm 1
    assert 0.98 < found.max().item() / in_phase < 1.02 * math.sqrt(2)
    far = torch.cat([found[: max(0, frequency_hz - 4)], found[frequency_hz + 3 :]])
    assert far.max() < 0.05 * found.max()


def test_white_noise_comes_out_with_unit_variance() -> None:
    project = nn.Linear(384, N_ROWS)
    start_spectral(project, RATE_HZ)
    torch.manual_seed(0)
    with torch.no_grad():
        spread = project(torch.randn(2000, 384)).std().item()
    assert spread == pytest.approx(1.0, abs=0.02)


def test_silent_channels_change_nothing_and_are_no_part_of_the_weights() -> None:
    config = MilmerConfig(modalities="eeg", d_model=8, heads=1, silent_channels=("T7", "T8"))
    tokens = EEGTokens(config)
    assert set(tokens.state_dict()) == set(EEGTokens(MilmerConfig(d_model=8, heads=1)).state_dict())
    eeg = torch.randn(2, 32, 384)
    other = eeg.clone()
    silent = [MODEL_CHANNELS.index(name) for name in ("T7", "T8")]
    other[:, silent] = 1e4 * torch.randn(2, 2, 384)
    assert torch.equal(tokens(eeg), tokens(other))
    other[:, silent[0] + 1] += torch.randn(384)
    assert not torch.equal(tokens(eeg), tokens(other))
    with pytest.raises(ValueError, match="there is no channel X9"):
        MilmerConfig(silent_channels=("X9",))
