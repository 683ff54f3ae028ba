"""Confidence of an answer: whether there is enough signal for it, and its smoothing."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from milmer_live.config import SignalLimits
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityLevel,
)
from milmer_live.samples import Evidence, Prediction, Window, frozen

UNKNOWN = -1.0  # quality before the first second is over
ALL_KNOWN = 0.999  # coverage from which an answer stays as it is
FORGOTTEN = 5.0  # time constants after which an answer counts less than 1 %


def usable_share(quality: Sequence[ChannelQuality]) -> float:
    """Of the device's channels, those that are not bad; -1 while that is not known."""
    if not quality:
        return UNKNOWN
    return sum(channel.level is not QualityLevel.BAD for channel in quality) / len(quality)


def is_usable(quality: Sequence[ChannelQuality], limits: SignalLimits) -> bool:
    """Whether enough of the device's channels are good for the model to be given the EEG.
    Quality that is not known yet counts as good: a whole window is longer than a second."""
    share = usable_share(quality)
    return share == UNKNOWN or share >= limits.min_usable_channels


def evidence_of(
    window: Window, quality: Sequence[ChannelQuality], *, has_eeg: bool, has_camera: bool
) -> Evidence:
    """What `window` offers; `has_eeg`: its EEG has no gap. `has_camera`: one was asked for."""
    usable = sum(channel.level is not QualityLevel.BAD for channel in quality)
    faces = int(window.faces_valid.sum())
    channels = (usable, len(quality)) if has_eeg else (0, 0)
    return Evidence(*channels, faces, len(window.faces) if has_camera else 0)


def has_enough(prediction: Prediction, evidence: Evidence, limits: SignalLimits) -> bool:
    """Whether the EEG or the face is good enough to say anything."""
    share = evidence.faces / evidence.bag_size if evidence.bag_size else 0.0
    return prediction.eeg_used or (prediction.faces_used and share >= limits.min_faces)


def widened(prediction: Prediction, coverage: float) -> Prediction:
    """The answer as it may be shown where the electrodes know `coverage` (0 to 1) of the EEG.

    The model states about the same confidence whatever they know: measured on unseen synthetic
    participants by EEG alone, 0.80 at a coverage of 0.7, where 63 to 70 % are right. With a share
    of all four being equally likely that is as large as what is not known it states 0.64 there, and
    0.74 at 0.87, where 72 % are right. With a face the answer does not stand on the EEG alone, and
    stays.
    """
    if not prediction.eeg_used or prediction.faces_used or coverage > ALL_KNOWN:
        return prediction
    known = max(0.0, coverage)
    evenly = (1 - known) / len(prediction.probabilities)
    wider = known * prediction.probabilities + evenly
    return replace(prediction, probabilities=frozen(wider.astype(np.float32)))


class Smoother:
    """The mean of the newest probabilities, with weights that fall by e in `seconds`; 0: none.

    An answer that stood on too little is shown as it is and does not enter the mean.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._kept: deque[Prediction] = deque()

    def forget(self) -> None:
        """Begin anew: another model, another mean."""
        self._kept.clear()

    def smoothed(self, prediction: Prediction) -> Prediction:
        """The newest answer in the light of those before it. `delay_s` is the mean age of what
        it is made of."""
        seconds = self.seconds
        if seconds <= 0 or not prediction.is_known:
            return prediction
        self._kept.append(prediction)
        while prediction.time - self._kept[0].time > FORGOTTEN * seconds:
            self._kept.popleft()
        ages = [prediction.time - one.time for one in self._kept]
        weights = np.array([math.exp(-age / seconds) for age in ages])
        weights /= weights.sum()
        mean = weights @ np.stack([one.probabilities for one in self._kept])
        return replace(
            prediction,
            probabilities=frozen(mean.astype(np.float32)),
            delay_s=float(weights @ np.array(ages)),
        )
