"""The settings of the EEG in the events of a recording."""

from __future__ import annotations

import numpy as np
import pytest

from milmer_live.config import FilterSettings
from milmer_live.errors import RecordingError
from milmer_live.processing.eeg.artifacts import Artifacts, Component, ComponentKind
from milmer_live.processing.eeg.signal_settings import SignalSettings
from milmer_live.samples import MODEL_CHANNELS
from milmer_live.storage.session.signal_settings import SAVED_AS, settings_in, settings_text

# As sessions have had it from the first release on.
WRITTEN = (
    'signal settings: {"filters":{"low_hz":4.0,"high_hz":40.0,"order":4,"notch_hz":50.0,'
    '"reference":"average","reference_channels":[]},"bad":["Cz","T3"],"artifacts":null}'
)


def test_what_was_written_is_read_back_components_included() -> None:
    parts = tuple(
        Component(index, ComponentKind.OTHER, "", 1 / 32, pattern)
        for index, pattern in enumerate(np.eye(32))
    )
    removed = Artifacts(MODEL_CHANNELS, np.eye(32), parts, (1,), converged=True)
    settings = SignalSettings(FilterSettings(notch_hz=50), ("Cz",), removed)
    again = settings_in(settings_text(settings))
    assert again is not None
    assert (again.filters, again.bad) == (settings.filters, settings.bad)
    assert again.artifacts is not None
    np.testing.assert_array_equal(again.artifacts.cleaning_matrix(), removed.cleaning_matrix())


def test_settings_of_older_sessions_are_read() -> None:
    settings = settings_in(WRITTEN)
    assert settings is not None
    assert (settings.bad, settings.filters.notch_hz) == (("Cz", "T3"), 50.0)
    assert settings_text(settings) == WRITTEN


def test_any_other_event_is_no_settings() -> None:
    assert settings_in("EEG connected: Amp") is None


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_damaged_settings_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(RecordingError, match=r"saved settings of the EEG"):
        settings_in(SAVED_AS + text)
