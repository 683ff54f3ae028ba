"""Arrays from MATLAB files of others, with their size known before anything is unpacked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import DatasetError, reading
from milmer_live.samples import EEGInfo, Float32, Float64, Label, Recording, frozen
from milmer_live.storage.video import VideoFrames

MOST_VALUES = 1 << 28  # 2 GiB of doubles


def matlab_array(path: Path, names: Iterable[str]) -> NDArray[Any]:
    """The first variable of `names` that is there. Raises DatasetError."""
    from scipy.io import loadmat, whosmat

    with reading(path, DatasetError, "Get the file again; it may have been cut short."):
        shapes = {name: shape for name, shape, _ in whosmat(path)}
        name = next((one for one in names if one in shapes), None)
        if name is None:
            there = ", ".join(shapes) or "nothing"
            raise DatasetError(f"{path} has no array '{', '.join(names)}'; it has {there}.")
        if int(np.prod([max(0, side) for side in shapes[name]], dtype=object)) > MOST_VALUES:
            raise DatasetError(f"{path}: '{name}' is too large: {shapes[name]}.")
        return np.asarray(loadmat(path, variable_names=[name])[name])


def checked(path: Path, name: str, eeg: NDArray[Any], channels: Sequence[str]) -> Float32:
    """(n_samples, n_channels) float32, read-only, all finite. Raises DatasetError."""
    samples = np.ascontiguousarray(eeg, dtype=np.float32)
    odd = [
        channel
        for column, channel in enumerate(channels)
        if not np.isfinite(samples[:, column]).all()
    ]
    if odd:
        raise DatasetError(f"{path}: {name} has values that are not numbers in {', '.join(odd)}.")
    return frozen(samples)


def trial_recording(
    info: EEGInfo,
    eeg: Float32,
    participant: str,
    label: Label,
    *,
    video: Path | None = None,
    video_s: float = 0.0,
) -> Recording:
    """One trial; its film, where there is one, begins at `video_s`. Raises DatasetError."""
    times: Float64 = frozen(np.arange(len(eeg)) / info.sample_rate)
    frames = None if video is None else VideoFrames(video, offset_s=video_s)
    return Recording(info, eeg, times, participant, label.trial, frames, (label,))
