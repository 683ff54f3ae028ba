"""A camera that delivers but shows nothing new: frozen, black, one colour, a clock that stands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from milmer_live.processing.picture_watch import PictureWatch, Stalled, StallReason
from milmer_live.samples import UInt8

RATE = 15.0
rng = np.random.default_rng(4)
Show = Callable[[int], UInt8]


def noisy(level: float = 120.0, sd: float = 2.0, scene: bool = True) -> UInt8:
    """(90, 160, 3): a lit wall as a sensor sees it, or one colour."""
    slope = np.linspace(-60, 60, 160)[np.newaxis, :, np.newaxis] if scene else 0.0
    picture = level + slope + rng.normal(0, sd, (90, 160, 3))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


FROZEN = noisy()
LOOP = [noisy(), noisy(), noisy()]
MASK = np.zeros((90, 160, 3), dtype=np.uint8)


class Camera:
    def __init__(self) -> None:
        self.watch = PictureWatch()
        self.now = 500.0
        self.n = 0

    def show(self, picture: UInt8, stamp: float | None = None) -> Stalled | None:
        self.now += 1 / RATE
        self.n += 1
        return self.watch.look(picture, self.now if stamp is None else stamp, self.now)

    def show_for(self, seconds: float, show: Show) -> list[Stalled | None]:
        return [self.show(show(n)) for n in range(round(seconds * RATE))]


def live(_n: int) -> UInt8:
    return noisy()


@pytest.mark.parametrize(
    ("show", "reason"),
    [
        (lambda _n: FROZEN, StallReason.REPEATED),
        (lambda n: LOOP[n % 2], StallReason.REPEATED),
        (lambda n: LOOP[n % 3], StallReason.REPEATED),
        (lambda n: FROZEN + np.uint8(n % 3), StallReason.REPEATED),  # an encoder's ripple
        (lambda _n: MASK, StallReason.BLACK),
        (lambda _n: noisy(4, 2, scene=False), StallReason.BLACK),  # a lens cap
        (lambda _n: np.full((90, 160, 3), 16, dtype=np.uint8), StallReason.BLACK),
        (lambda _n: noisy(128, 2, scene=False), StallReason.ONE_COLOUR),
        (lambda _n: np.full((90, 160, 3), (0, 0, 220), dtype=np.uint8), StallReason.BLACK),
        (lambda _n: np.full((90, 160, 3), (30, 200, 30), dtype=np.uint8), StallReason.ONE_COLOUR),
    ],
)
def test_a_camera_that_shows_nothing_new_is_stalled_within_a_second(
    show: Show, reason: StallReason
) -> None:
    camera = Camera()
    assert not any(camera.show_for(4.0, live))
    last_good = camera.now
    seen = camera.show_for(3.0, show)
    first = next(n for n, one in enumerate(seen) if one is not None)
    assert 1.0 <= (first + 1) / RATE < 1.3
    assert all(one == Stalled(reason, one.since) for one in seen[first:] if one)
    assert seen[-1] is not None
    assert last_good <= seen[-1].since <= last_good + 3 / RATE
    after = camera.show_for(2.0, live)
    assert after[0] is not None
    assert after[round(0.6 * RATE) :] == [None] * (len(after) - round(0.6 * RATE))


def test_pictures_of_one_time_are_a_stall() -> None:
    camera = Camera()
    camera.show_for(2.0, live)
    seen = [camera.show(noisy(), stamp=502.0) for _ in range(40)]
    assert seen[-1] == Stalled(StallReason.STAMPS, 502.0)
    assert camera.show_for(1.0, live)[-1] is None


def test_a_frozen_picture_that_turns_black_is_called_black() -> None:
    camera = Camera()
    camera.show_for(2.0, live)
    camera.show_for(2.0, lambda _n: FROZEN)
    seen = camera.show(MASK)
    assert seen == Stalled(StallReason.BLACK, camera.now)


@pytest.mark.parametrize(
    "show",
    [
        live,
        lambda n: np.roll(FROZEN, n, axis=1),  # no noise at all, and it moves
        lambda n: np.roll(FROZEN // 16, n, axis=1),  # in light of 6 %
        lambda _n: noisy(120, 0.9),  # a wall, nobody there
    ],
)
def test_what_is_new_is_no_stall(show: Show) -> None:
    assert not any(Camera().show_for(10.0, show))


def test_a_camera_whose_driver_gives_each_picture_many_times_is_well() -> None:
    camera = Camera()
    each = [noisy() for _ in range(40)]
    assert not any(camera.show_for(10.0, lambda n: each[n // 5]))
    camera.show_for(3.0, lambda _n: FROZEN)
    assert camera.show_for(2.0, lambda n: each[n // 5])[-1] is None, "and so it is behind a stall"


def test_a_camera_of_less_than_a_picture_a_second_is_well() -> None:
    watch = PictureWatch()
    assert not any(watch.look(noisy(), 3.0 * n, 3.0 * n) for n in range(10))


def test_one_new_picture_ends_no_stall() -> None:
    """A network camera encodes its frozen picture anew every few seconds."""
    camera = Camera()
    camera.show_for(2.0, live)
    camera.show_for(3.0, lambda _n: FROZEN)
    key_frame = noisy()
    assert camera.show(key_frame) is not None
    assert all(camera.show_for(3.0, lambda _n: key_frame))


def test_a_camera_that_is_frozen_from_the_start() -> None:
    camera = Camera()
    seen = camera.show_for(3.0, lambda _n: FROZEN)
    assert seen[-1] == Stalled(StallReason.REPEATED, 500.0 + 1 / RATE)
    assert Camera().show_for(3.0, lambda _n: MASK)[-1] is not None


def test_a_picture_of_another_size_is_a_new_one() -> None:
    watch = PictureWatch()
    for n in range(60):
        picture = FROZEN if n % 2 else FROZEN[: 40 + n % 40]
        watch.look(np.ascontiguousarray(picture), n / RATE, n / RATE)
    assert watch.look(noisy(), 10.0, 10.0) is None
