"""How strongly a synthetic participant shows what it feels. Formulas: docs/synthetic.md."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Self

from milmer_live.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EffectSizes:
    """Effect sizes of the synthetic data. All are 0 or more; 0 switches an effect off.

    "Log amplitude" is the natural logarithm of the amplitude's change at full affect, that
    is, at a rating of 1 or 9.
    """

    # ratings and what is felt
    compression: float = 0.4
    """Exponent from rating to affect: sign(x) |x|^c with x = (rating - 5) / 4."""
    exact_fives: float = 0.06
    """Share of low ratings that are exactly 5, where nothing is felt on that scale."""
    drift: float = 0.15
    """Standard deviation of the slow change of affect within a trial."""

    # EEG
    alpha_asymmetry: float = 0.95
    """Valence: log amplitude of right minus left frontal alpha."""
    asymmetry_trait: float = 0.15
    """Standard deviation of a participant's own asymmetry, in the same unit."""
    arousal_alpha: float = 0.18
    """Arousal: log amplitude by which alpha falls, everywhere."""
    arousal_beta: float = 0.21
    """Arousal: log amplitude by which beta (14 to 28 Hz) rises."""
    arousal_gamma: float = 0.24
    """Arousal: log amplitude by which gamma (30 to 45 Hz) rises."""
    spontaneous: float = 0.20
    """Standard deviation of the rhythms' own log amplitude, which follows nothing."""

    # EEG, what is in the way
    blink_uv: float = 15.0
    """What is left of a blink at Fp1 after EOG removal."""
    muscle_uv: float = 6.0
    """Root mean square of a muscle burst at T7."""
    bad_channels: float = 2.0
    """Channels of a participant, on average, that are several times as noisy as the rest."""

    # face
    smile: float = 1.0
    """Valence: how far the corners of the mouth move in a strong burst, 1 = all the way."""
    openness: float = 0.8
    """Arousal: how far mouth, eyes and brows open in a strong burst, 1 = all the way."""
    burst_gap_s: float = 1.3
    """Mean seconds of neutral face between two bursts of expression."""
    mild_bursts: float = 0.30
    """Share of bursts that are only a third as strong."""
    false_bursts: float = 0.07
    """Share of bursts that show something that is not felt."""
    resting_face: float = 0.10
    """Standard deviation of the corners and the openness of a participant's neutral face."""

    def __post_init__(self) -> None:
        for name, value in self.as_dict().items():
            if not math.isfinite(value) or value < 0:
                raise ConfigError(f"The effect size {name} = {value:g} must be 0 or more.")
        for name in ("exact_fives", "mild_bursts", "false_bursts"):
            if getattr(self, name) > 1:
                raise ConfigError(f"The effect size {name} is a share, from 0 to 1.")
        if not self.burst_gap_s:
            raise ConfigError("The effect size burst_gap_s must be more than 0 seconds.")

    def as_dict(self) -> dict[str, float]:
        return asdict(self)

    def with_changes(self, changes: dict[str, float]) -> Self:
        """A copy with some of them changed. Raises ConfigError for an unknown name."""
        known = [field.name for field in fields(self)]
        for name in changes:
            if name not in known:
                raise ConfigError(
                    f"There is no effect size '{name}'.", f"There are: {', '.join(known)}."
                )
        return replace(self, **changes)
