"""What is said of an answer beside its probabilities: is there enough signal for it, and how old
is it where answers are smoothed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from milmer_live.config import SignalLimits
from milmer_live.processing.quality import ChannelQuality, QualityLevel
from milmer_live.samples import Prediction, Window, frozen

UNKNOWN = -1.0  # quality before the first second is over
FORGOTTEN = 5.0  # time constants after which an answer counts less than 1 %


def usable_share(quality: Sequence[ChannelQuality]) -> float:
    """Of the device's channels, those that are not bad; -1 while that is not known."""
    if not quality:
        return UNKNOWN
    return sum(channel.level is not QualityLevel.BAD for channel in quality) / len(quality)


def has_enough(
    prediction: Prediction,
    window: Window,
    quality: Sequence[ChannelQuality],
    limits: SignalLimits,
) -> bool:
    """Whether the EEG or the face is good enough to say anything. Quality that is not known yet
    counts as good."""
    share = usable_share(quality)
    eeg = prediction.eeg_used and (share == UNKNOWN or share >= limits.min_usable_channels)
    faces = float(window.faces_valid.mean()) if window.faces else 0.0
    return eeg or (prediction.faces_used and faces >= limits.min_faces)


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
        if seconds <= 0 or not prediction.enough:
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
