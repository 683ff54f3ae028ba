"""The settings of the EEG's way to the model as an event of a recording: JSON after a word."""

from __future__ import annotations

import json

from milmer_live.config import FilterSettings, validated
from milmer_live.errors import RecordingError
from milmer_live.processing.eeg.artifacts import Artifacts
from milmer_live.processing.eeg.signal_settings import SignalSettings

SAVED_AS = "signal settings: "  # what such an event begins with


def settings_text(settings: SignalSettings) -> str:
    """All of `settings`, for the events of a recording."""
    artifacts = settings.artifacts
    saved = {
        "filters": settings.filters.model_dump(mode="json"),
        "bad": settings.bad,
        "artifacts": None if artifacts is None else json.loads(artifacts.to_json()),
    }
    return SAVED_AS + json.dumps(saved, separators=(",", ":"))


def settings_in(event: str) -> SignalSettings | None:
    """What `settings_text` wrote; None for any other event. Raises RecordingError, ConfigError."""
    if not event.startswith(SAVED_AS):
        return None
    try:
        saved = json.loads(event.removeprefix(SAVED_AS))
        filters, bad, artifacts = saved["filters"], saved["bad"], saved["artifacts"]
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError("The saved settings of the EEG cannot be read.") from error
    return SignalSettings(
        validated(FilterSettings, filters, "The saved filter"),
        tuple(bad),
        None if artifacts is None else Artifacts.from_json(json.dumps(artifacts)),
    )
