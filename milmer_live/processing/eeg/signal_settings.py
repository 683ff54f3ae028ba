"""The settings of the EEG's way to the model, which a user may change while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from milmer_live.catalogue import Code
from milmer_live.config import FilterSettings
from milmer_live.messages import Message
from milmer_live.processing.eeg.artifacts import Artifacts


@dataclass(frozen=True, slots=True)
class SignalSettings:
    """`bad` are channels of the device that are taken from their neighbours; `artifacts` what
    is removed from the filtered EEG, None: nothing."""

    filters: FilterSettings
    bad: tuple[str, ...] = ()
    artifacts: Artifacts | None = None

    @property
    def described(self) -> tuple[Message, ...]:
        """What is done to the EEG, for the event log."""
        return tuple(self._parts()) or (Message(Code.NO_FILTER),)

    def _parts(self) -> Iterator[Message]:
        filters = self.filters
        if filters.high_hz:
            yield Message(Code.BAND, low=filters.low_hz, high=filters.high_hz)
        elif filters.low_hz:
            yield Message(Code.FROM_HZ, low=filters.low_hz)
        if filters.notch_hz:
            yield Message(Code.NOTCH, hz=filters.notch_hz)
        if filters.reference != "none":
            yield _reference(filters.reference_channels)
        if self.bad:
            yield Message(Code.BAD_CHANNELS, channels=", ".join(self.bad))
        if self.artifacts is not None:
            yield _removed(self.artifacts)


def _reference(channels: tuple[str, ...]) -> Message:
    if channels:
        return Message(Code.REFERENCE, channels=", ".join(channels))
    return Message(Code.AVERAGE_REFERENCE)


def _removed(artifacts: Artifacts) -> Message:
    if artifacts.excluded:
        return Message(Code.COMPONENTS_REMOVED, numbers=", ".join(map(str, artifacts.excluded)))
    return Message(Code.NO_COMPONENTS_REMOVED)
