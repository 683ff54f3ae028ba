"""Samples with a time each, for formats that can hold one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.samples import Float64, frozen
from milmer_live.storage.export.material import Material


def times_and_values(material: Material) -> tuple[Float64, NDArray[Any]]:
    """Seconds from the first sample of the session's EEG (n,), and the samples (n, n_channels): as
    recorded, or on the grid of a rate that was asked for, without what was not recorded."""
    signal = material.signal
    begins_at = material.origin - material.session.zero
    if not material.options.rate:
        rate = f"{signal.effective_rate:.6g} Hz" if signal.effective_rate else "no steady rate"
        material.note(f"'{signal.name}' is written as recorded, each sample with its time: {rate}.")
        return signal.times - material.session.zero, signal.values
    grid = material.grid()
    times = np.arange(len(grid.values)) / grid.rate
    there = np.ones(len(times), dtype=np.bool_)
    for start, stop in grid.skipped:
        there[round(start * grid.rate) : round(stop * grid.rate)] = False
    return frozen(begins_at + times[there]), grid.values[there]
