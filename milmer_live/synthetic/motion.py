"""How a participant sits before the camera: head, gaze, lids and light over a trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.samples import Float64
from milmer_live.synthetic.affect import (
    AffectTrace,
    SlowCurve,
)
from milmer_live.synthetic.artifacts import blink_curve
from milmer_live.synthetic.effects import EffectSizes
from milmer_live.synthetic.face.features import Expression


@dataclass(frozen=True, slots=True)
class Pose:
    """Shift in half heights of the face, scale, roll in radians, turn from -1 to 1 (right,
    down)."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    roll: float = 0.0
    turn_x: float = 0.0
    turn_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Light:
    """Brightness around 1, warmth from -1 (blue) to 1 (yellow), side from -1 to 1."""

    brightness: float = 1.0
    warmth: float = 0.0
    side: float = 0.3


# standard deviations of pose (x, y, scale, roll, turns), light (brightness, warmth, side), gaze
_SPREAD = np.array([0.10, 0.05, 0.04, 0.045, 0.30, 0.22, 0.06, 0.25, 0.45, 0.25, 0.15])
_FASTEST_S = np.array([4.0, 4.0, 6.0, 3.0, 3.0, 3.0, 6.0, 8.0, 8.0, 1.2, 1.2])


@dataclass(frozen=True, slots=True)
class Frames:
    """What to draw, one entry a frame."""

    poses: tuple[Pose, ...]
    expressions: tuple[Expression, ...]
    lights: tuple[Light, ...]


def trial_frames(
    rng: np.random.Generator,
    trace: AffectTrace,
    resting: Float64,
    effects: EffectSizes,
    times: Float64,
) -> Frames:
    """The frames at `times` (seconds since the stimulus began); `resting` (2,) are the corners
    and the opening of the neutral face."""
    curves = [SlowCurve.draw(rng, sd, fast) for sd, fast in zip(_SPREAD, _FASTEST_S, strict=True)]
    centre = rng.normal(0, [0.12, 0.06, 0.05, 0.02, 0.15, 0.1, 0.05, 0.2, 0.3, 0, 0])
    at = np.clip(np.stack([one.at(times) for one in curves], axis=1) + centre, -1, 1)
    shown = resting + trace.bursts.at(times) * (effects.smile, effects.openness)
    shown = np.clip(shown, -1.1, 1.1)
    lids = 1 - blink_curve(times, trace.blinks)
    poses = (Pose(x, y, 1 + size, roll, tx, ty) for x, y, size, roll, tx, ty in at[:, :6].tolist())
    lights = (Light(1 + bright, warm, side) for bright, warm, side in at[:, 6:9].tolist())
    rows = zip(shown.tolist(), lids.tolist(), at[:, 9:].tolist(), strict=True)
    faces = (Expression(corner, opening, lid, *gaze) for (corner, opening), lid, gaze in rows)
    return Frames(tuple(poses), tuple(faces), tuple(lights))
