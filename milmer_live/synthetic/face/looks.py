"""Who a drawn participant is: colours, proportions, hair, clothes, the room behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milmer_live.samples import Float64

Colour = tuple[float, float, float]  # RGB, 0 to 255

BLACK: Colour = (20, 14, 14)
WHITE: Colour = (255, 250, 244)
SKIN: tuple[Colour, ...] = (
    (245, 214, 192), (238, 200, 172), (228, 184, 150), (214, 164, 128), (196, 142, 104),
    (174, 120, 84), (150, 100, 70), (126, 84, 60),
)  # fmt: skip
HAIR: tuple[Colour, ...] = (
    (38, 30, 28), (62, 44, 34), (94, 64, 42), (126, 86, 52), (170, 124, 70), (206, 168, 108),
    (136, 66, 38), (112, 110, 112),
)  # fmt: skip
IRIS: tuple[Colour, ...] = (
    (86, 56, 36), (66, 42, 30), (112, 84, 46), (84, 116, 92), (88, 124, 158), (116, 138, 150),
)  # fmt: skip
SHIRT: tuple[Colour, ...] = (
    (52, 78, 112), (142, 64, 66), (64, 104, 92), (196, 160, 92), (88, 78, 118), (222, 218, 208),
    (66, 70, 78), (176, 110, 80), (96, 134, 158),
)  # fmt: skip
WALL: tuple[Colour, ...] = (
    (206, 214, 216), (222, 212, 196), (190, 204, 196), (204, 196, 212), (186, 196, 210),
    (216, 202, 190), (170, 182, 186),
)  # fmt: skip
HAIR_STYLES = ("short", "swept", "long", "bob", "curly", "bun", "buzz")


@dataclass(frozen=True, slots=True)
class Looks:
    """Lengths are in half heights of the face, from the hairline's top to the chin. `cap` is the
    colour of the EEG cap, None where none is worn."""

    skin: Colour
    hair: Colour
    hair_style: str
    iris: Colour
    lips: Colour
    shirt: Colour
    wall: Colour
    face_width: float
    jaw: float
    eye_size: float
    eye_gap: float
    brow_height: float
    brow_weight: float
    nose_width: float
    nose_length: float
    mouth_width: float
    lip_fullness: float
    beard: float
    glasses: bool
    parting: float
    cap: Colour | None = None


def draw_looks(rng: np.random.Generator) -> Looks:
    skin = _vary(rng, SKIN[rng.integers(len(SKIN))], 5)
    darkness = 1 - sum(skin) / 3 / 255
    hair_choices = HAIR[:4] if darkness > 0.4 else HAIR
    style = HAIR_STYLES[rng.integers(len(HAIR_STYLES))]
    bearded = style in ("short", "swept", "curly", "buzz") and rng.random() < 0.35
    return Looks(
        skin=skin,
        hair=_vary(rng, hair_choices[rng.integers(len(hair_choices))], 6),
        hair_style=style,
        iris=IRIS[rng.integers(3 if darkness > 0.4 else len(IRIS))],
        lips=mixed(mixed(skin, (190, 78, 84), 0.45 - 0.2 * darkness), (90, 30, 40), 0.12),
        shirt=_vary(rng, SHIRT[rng.integers(len(SHIRT))], 8),
        wall=_vary(rng, WALL[rng.integers(len(WALL))], 6),
        face_width=rng.uniform(0.72, 0.80),
        jaw=rng.uniform(0.05, 0.20),
        eye_size=rng.uniform(0.150, 0.178),
        eye_gap=rng.uniform(0.295, 0.33),
        brow_height=rng.uniform(0.20, 0.25),
        brow_weight=rng.uniform(0.030, 0.050),
        nose_width=rng.uniform(0.095, 0.14),
        nose_length=rng.uniform(0.33, 0.41),
        mouth_width=rng.uniform(0.235, 0.285),
        lip_fullness=rng.uniform(0.8, 1.25),
        beard=float(rng.uniform(0.25, 0.6)) if bearded else 0.0,
        glasses=bool(rng.random() < 0.2),
        parting=float(rng.choice([-1.0, 1.0])),
    )


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with a `share` of `other`, 0 to 1."""
    first, second = np.array(colour), np.array(other)
    return _colour(first + (second - first) * share)


def _vary(rng: np.random.Generator, colour: Colour, sd: float) -> Colour:
    return _colour(np.clip(np.array(colour) + rng.normal(0, sd, 3), 12, 250))


def _colour(values: Float64) -> Colour:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
