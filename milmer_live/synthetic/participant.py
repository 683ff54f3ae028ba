"""A synthetic participant: the same person for the same seed and number, trial after trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from milmer_live.errors import ConfigError
from milmer_live.samples import Float64, UInt8
from milmer_live.synthetic.affect import (
    STIMULUS_S,
    AffectTrace,
    draw_trace,
)
from milmer_live.synthetic.brain import draw_brain
from milmer_live.synthetic.eeg import synthesize_channels
from milmer_live.synthetic.effects import EffectSizes
from milmer_live.synthetic.face.cap import with_cap
from milmer_live.synthetic.face.drawing import FaceArtist
from milmer_live.synthetic.face.looks import draw_looks
from milmer_live.synthetic.motion import trial_frames
from milmer_live.synthetic.peripherals import draw_body
from milmer_live.synthetic.ratings import draw_ratings
from milmer_live.synthetic.seeds import random_stream


@dataclass(frozen=True, slots=True)
class Participant:
    """Participant `number` (from 1) of the data set with this `seed` (from 0).

    A trial's EEG and face come from one trace of affect, whichever is asked for first and in
    whichever process. Trials are named by Experiment_id, from 1. With `cap` the same person wears
    an EEG cap.
    """

    seed: int
    number: int
    effects: EffectSizes = field(default_factory=EffectSizes)
    cap: bool = False

    def __post_init__(self) -> None:
        if self.seed < 0 or self.number < 1:
            raise ConfigError(
                f"There is no participant {self.number} of seed {self.seed}.",
                "Participants count from 1, seeds from 0.",
            )

    def _random(self, purpose: str, trial: int = 0) -> np.random.Generator:
        return random_stream(self.seed, self.number, purpose, trial)

    def ratings(self, n_trials: int) -> Float64:
        """(n_trials, 4) valence, arousal, dominance, liking, by Experiment_id."""
        return draw_ratings(self._random("ratings"), n_trials, self.effects)

    def trace(self, trial: int, ratings: Float64) -> AffectTrace:
        """What is felt and shown in the trial that is rated `ratings` (4,)."""
        valence, arousal = float(ratings[0]), float(ratings[1])
        return draw_trace(self._random("trace", trial), valence, arousal, self.effects)

    def channels(self, trial: int, ratings: Float64) -> Float64:
        """(40, 8064) DEAP's channels of a trial: 32 of EEG in µV, 8 peripheral."""
        brain = draw_brain(self._random("brain"), self.effects)
        body = draw_body(self._random("body"))
        trace = self.trace(trial, ratings)
        return synthesize_channels(self._random("eeg", trial), brain, body, trace, self.effects)

    def artist(self, size: tuple[int, int]) -> FaceArtist:
        """Draws this participant's face at `size` (width, height)."""
        looks = draw_looks(self._random("looks"))
        if self.cap:
            looks = with_cap(looks, self._random("cap"))
        return FaceArtist(looks, size, self._random("room"))

    def frames(
        self, artist: FaceArtist, trial: int, ratings: Float64, fps: float
    ) -> Iterator[UInt8]:
        """The frames of the 60 s of stimulus, (height, width, 3) uint8 RGB."""
        times = np.arange(int(STIMULUS_S * fps)) / fps
        resting = self._random("resting").normal(0, self.effects.resting_face, 2)
        rng, trace = self._random("motion", trial), self.trace(trial, ratings)
        shown = trial_frames(rng, trace, resting, self.effects, times)
        moments = zip(shown.poses, shown.expressions, shown.lights, strict=True)
        for index, (pose, expression, light) in enumerate(moments):
            yield artist.draw(pose, expression, light, index)
