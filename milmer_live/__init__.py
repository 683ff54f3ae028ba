"""Live recognition of the valence/arousal quadrant from EEG and faces."""

from milmer_live import no_telemetry

no_telemetry.apply()
