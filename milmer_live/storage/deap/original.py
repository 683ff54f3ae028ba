"""DEAP's original recordings: BioSemi BDF files of a whole session at 512 Hz.

Status codes, from DEAP's readme: 1 rating screen (the first two: start, and a resting
baseline), 2 video synchronisation, 3 fixation cross of 5 s before a trial, 4 start of the
music video of 60 s, 5 fixation cross after it, 7 end. Twente (s01 to s22) and Geneva (s23 to
s32) order their channels differently, and Geneva's files leave the status channel's name empty
and its upper bits set; so channels are taken by name, and codes from the lowest eight bits.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import DatasetError, SourceFormat, reading
from milmer_live.processing.eeg.montage import channel_indices
from milmer_live.samples import Float32, Float64, frozen
from milmer_live.storage.deap.layout import (
    BASELINE_S,
    N_TIMES,
    SAMPLE_RATE,
    STIMULUS_S,
)

CODE_START = 4
CODE_END = 5
LENGTH_SLACK_S = 2.0  # by which a trial's end may miss its 60 s
MARGIN_S = 1.0  # read around a trial, so that resampling has a past and a future


def read_original(path: Path, presentation: int, presentations: int) -> Float32:
    """(8064, 32) µV at 128 Hz, average reference: 3 s before the `presentation`-th trial's
    start (from 1), and its 60 s. Raises DatasetError.

    Each channel's mean over the trial is taken out: BioSemi records without a high-pass, and
    its offsets of some mV would ring at the edges. Eye movements stay in, and there is no
    band-pass but the resampler's own below 64 Hz.
    """
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    starts = _trial_starts(path, stamp)
    if len(starts) != presentations:
        raise DatasetError(
            f"{path} has {len(starts)} whole trials, but the ratings say {presentations}.",
            "Its trials cannot be told apart; use the preprocessed files of this participant.",
        )
    raw = _open(path)
    first = int(starts[presentation - 1] - BASELINE_S * raw.info["sfreq"])
    return _resampled(path, raw, first)


def _open(path: Path) -> Any:
    """mne's reader, without loading. Raises DatasetError."""
    import mne

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with reading(path, DatasetError, "Get the file again."):
            raw = mne.io.read_raw_bdf(path, preload=False, verbose="WARNING")
    if any("does not match the file size" in str(warning.message) for warning in said):
        raise DatasetError(f"{path} is cut short: it holds less than it says.", "Get it again.")
    return raw


@lru_cache(maxsize=32)
def _trial_starts(path: Path, _stamp: int) -> NDArray[np.int64]:
    """First samples of all whole trials: a code 4 whose next code 5 comes 60 s later."""
    raw = _open(path)
    rate = float(raw.info["sfreq"])
    onsets, codes = _events(path, raw)
    ends = onsets[codes == CODE_END]
    starts = []
    for onset in onsets[codes == CODE_START]:
        later = ends[ends > onset]
        length_s = (later[0] - onset) / rate if len(later) else np.inf
        if abs(length_s - STIMULUS_S) <= LENGTH_SLACK_S and onset >= BASELINE_S * rate:
            starts.append(onset)
    return np.array(starts, dtype=np.int64)


def _events(path: Path, raw: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the code changes to one that is not 0, and which it is."""
    names = [name.strip().lower() for name in raw.ch_names]
    status = names.index("status") if "status" in names else len(names) - 1
    values = raw.get_data(picks=[status])[0]
    whole = np.rint(values).astype(np.int64)
    if np.abs(values - whole).max() > 1e-3:
        raise DatasetError(
            f"{path} has no status channel: neither one of that name, nor whole numbers in its "
            "last channel.",
        )
    codes = whole & 0xFF
    before = np.concatenate([[0], codes[:-1]])
    onsets = np.flatnonzero((codes != before) & (codes != 0))
    return onsets, codes[onsets]


def _resampled(path: Path, raw: Any, first: int) -> Float32:
    from scipy.signal import resample_poly

    rate = float(raw.info["sfreq"])
    step = rate / SAMPLE_RATE
    if step != int(step):
        raise DatasetError(f"{path} has {rate:g} Hz; DEAP's originals have 512 Hz.")
    margin = min(int(MARGIN_S * rate), first // int(step) * int(step))
    stop = first + int((BASELINE_S + STIMULUS_S) * rate)
    eeg_uv = _eeg_uv(path, raw, first - margin, min(stop + margin, raw.n_times))
    if first - margin + len(eeg_uv) < stop:
        raise DatasetError(f"{path} ends before its last trial does.")
    referenced = eeg_uv - eeg_uv.mean(axis=1, keepdims=True)
    centred = referenced - referenced.mean(axis=0)
    resampled = resample_poly(centred, 1, int(step), axis=0, padtype="line")
    kept = resampled[margin // int(step) :][:N_TIMES]
    return frozen(np.asarray(kept, dtype=np.float32))


def _eeg_uv(path: Path, raw: Any, first: int, stop: int) -> Float64:
    """(n_samples, 32) µV, the EEG channels in the model's order."""
    try:
        columns = channel_indices(raw.ch_names)
    except SourceFormat as error:
        raise DatasetError(f"{path}: {error.message}", "DEAP's originals have all 32.") from error
    volts = raw.get_data(picks=columns, start=first, stop=stop)
    return np.asarray(volts.T * 1e6, dtype=np.float64)
