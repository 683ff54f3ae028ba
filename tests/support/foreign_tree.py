"""Recordings of other programs for tests: 32 channels, a sine of 10 Hz and 20 µV, one label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from xdf_files import Written, header_of, write_file

from milmer_live.samples import MODEL_CHANNELS
from milmer_live.storage.xdf.header import Channel, stream_header

LABEL = "label valence=7 arousal=3 trial=1 duration=10"


def labelled(
    path: Path,
    *,
    nominal: float = 128.0,
    true: float = 0.0,
    unit: str = "uV",
    factor: float = 1.0,
    label: str = LABEL,
) -> Path:
    """20 s; `true` is the rate at which samples come, `factor` what a µV is in the file."""
    rate = true or nominal
    n = round(20 * rate)
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = [Channel(name, unit, "EEG") for name in MODEL_CHANNELS]
    header = stream_header("Amp", "EEG", channels, rate=nominal)
    seed = sum(map(ord, str(path)))
    noise = np.random.default_rng(seed).normal(0, 0.01, (n, 32))
    sine = 20 * np.sin(2 * np.pi * 10 * np.arange(n) / rate)[:, np.newaxis]
    data = (factor * (sine + noise)).astype(np.float32)
    eeg = Written(header, ((1000.0 + np.arange(n) / rate, data),), 0.0)
    marks = Written(header_of("Marks", "string", 1, 0.0), ((np.array([1005.0]), [[label]]),), 0.0)
    return write_file(path, (eeg, marks) if label else (eeg,))
