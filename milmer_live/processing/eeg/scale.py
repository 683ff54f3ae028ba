"""Whether the size of what comes can be EEG of the scalp, and which unit it is likely in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from milmer_live.processing.eeg.units import microvolts

# An amplifier alone makes 0.1 to 0.5 µV rms; 5 mV is a hundred times the largest EEG.
LEAST_UV = 0.5
MOST_UV = 5000.0
USUAL_UV = (2.0, 300.0)  # of EEG with eyes and muscles, rms of a second
UNITS = ("V", "mV", "uV", "nV")


def scale_problem(levels_uv: Sequence[float], unit: str, say: str = "--unit {}") -> str:
    """What is wrong with EEG of these levels, rms of each channel without its mean, that is said
    to be in `unit`; empty where it may be EEG, and where there is nothing at all. `say` is how
    a user says the likely unit."""
    level = float(np.median(levels_uv)) if len(levels_uv) else 0.0
    if not 0 < level < np.inf or LEAST_UV <= level <= MOST_UV:
        return ""
    said = microvolts(unit) or 1.0
    low, high = USUAL_UV
    likely = [one for one in UNITS if low <= level / said * (microvolts(one) or 1.0) <= high]
    size = f"its EEG has {_written(level)} rms, and that of a scalp 2 to 300 µV"
    if likely:
        return f"{size}: it is likely in {likely[0]} ({say.format(likely[0])})"
    return f"{size}: check the electrodes, and the unit"


def _written(level_uv: float) -> str:
    for name, factor in (("V", 1e6), ("mV", 1e3), ("µV", 1.0), ("nV", 1e-3)):
        if level_uv >= factor:
            return f"{level_uv / factor:.3g} {name}"
    return f"{level_uv * 1e3:.1g} nV"
