"""When an LSL stream is over: not by silence."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from milmer_live.acquisition.lsl.sender_watch import (
    Patience,
    SenderWatch,
)
from milmer_live.clock import FakeClock


@dataclass
class World:
    """What the watch can see, and the watch."""

    visible: set[str] = field(default_factory=lambda: {"own"})
    connected: bool = True
    refused: bool = False
    switched: bool = False
    clock: FakeClock = field(default_factory=FakeClock)

    def watch(self) -> SenderWatch:
        return SenderWatch(
            "own",
            lambda: set(self.visible),
            lambda: self.connected,
            lambda: self.refused,
            lambda: self.switched,
            self.clock.now,
            Patience(),
        )

    def over_after(self, watch: SenderWatch, seconds: float) -> float | None:
        """How long it took to be over; None where it is not after `seconds`."""
        start = self.clock.now()
        while self.clock.now() - start < seconds:
            self.clock.advance(0.1)
            if watch.is_over():
                return self.clock.now() - start
        return None


@pytest.mark.parametrize(
    "world",
    [
        World(),
        World(visible=set()),  # the link is down, or the sender is stopped
        World(connected=False),  # the connection was reset; liblsl makes it again
        World(visible={"own", "twin"}),
    ],
)
def test_silence_alone_ends_nothing(world: World) -> None:
    assert world.over_after(world.watch(), 600.0) is None


@pytest.mark.parametrize(
    "world",
    [
        World(connected=False, refused=True),
        World(connected=False, visible=set()),
        World(connected=False, visible={"own", "next"}),
    ],
)
def test_a_sender_that_has_ended_is_known_within_a_second(world: World) -> None:
    took = world.over_after(world.watch(), 10.0)
    assert took is not None
    assert took < 1.0


def test_a_sender_that_ends_after_a_long_silence_is_known_within_a_second() -> None:
    world = World()
    watch = world.watch()
    assert world.over_after(watch, 300.0) is None
    world.connected, world.refused = False, True
    took = world.over_after(watch, 10.0)
    assert took is not None
    assert took <= 1.1


def test_what_liblsl_goes_on_with_by_itself_is_another_stream() -> None:
    world = World()
    watch = world.watch()
    assert not watch.is_over()
    world.switched = True
    assert watch.is_over()
    world.switched = False
    assert watch.is_over(), "it says so once"


def test_a_host_that_has_vanished_is_let_go_for_another_that_answers() -> None:
    world = World(visible={"next"})
    took = world.over_after(world.watch(), 60.0)
    assert took is not None
    assert 15.0 < took < 17.0


def test_of_two_others_none_is_taken_and_a_twin_that_was_there_is_none() -> None:
    world = World(visible={"next", "other"})
    assert world.over_after(world.watch(), 600.0) is None
    world = World(visible={"own", "twin"})
    watch = world.watch()
    for _ in range(10):
        world.clock.advance(0.2)
        watch.heard()
    world.visible = {"twin"}
    assert world.over_after(watch, 600.0) is None
