"""What a user changes of the EEG's way to the model while it runs, and what is saved of it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from milmer_live.config import FilterSettings, validated
from milmer_live.errors import ConfigError
from milmer_live.processing.eeg.artifacts import Artifacts

SAVED_AS = "signal settings: "  # what begins an event of a recording that holds them


@dataclass(frozen=True, slots=True)
class SignalSettings:
    """`bad` are channels of the device that are taken from their neighbours; `artifacts` what
    is removed from the filtered EEG, None: nothing."""

    filters: FilterSettings
    bad: tuple[str, ...] = ()
    artifacts: Artifacts | None = None

    def describe(self) -> str:
        """One line for the event log."""
        filters, parts = self.filters, []
        low, high = filters.low_hz, filters.high_hz
        if low or high:
            parts.append(f"{low:g} to {high:g} Hz" if high else f"from {low:g} Hz")
        if filters.notch_hz:
            parts.append(f"notch {filters.notch_hz:g} Hz")
        if filters.reference != "none":
            parts.append(f"reference {', '.join(filters.reference_channels) or 'average'}")
        if self.bad:
            parts.append(f"bad: {', '.join(self.bad)}")
        if self.artifacts is not None:
            removed = ", ".join(map(str, self.artifacts.excluded)) or "none"
            parts.append(f"components removed: {removed}")
        return f"EEG settings: {'; '.join(parts) or 'no filter'}"

    def to_event(self) -> str:
        """All of it, for the events of a recording."""
        artifacts = self.artifacts
        saved = {
            "filters": self.filters.model_dump(mode="json"),
            "bad": self.bad,
            "artifacts": None if artifacts is None else json.loads(artifacts.to_json()),
        }
        return SAVED_AS + json.dumps(saved, separators=(",", ":"))

    @staticmethod
    def from_event(text: str) -> SignalSettings:
        """What `to_event` wrote. Raises ConfigError."""
        try:
            saved = json.loads(text.removeprefix(SAVED_AS))
            filters, bad, artifacts = saved["filters"], saved["bad"], saved["artifacts"]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError("The saved settings of the EEG cannot be read.") from error
        return SignalSettings(
            validated(FilterSettings, filters, "The saved filter"),
            tuple(bad),
            None if artifacts is None else Artifacts.from_json(json.dumps(artifacts)),
        )
