"""Live recognition of the valence/arousal quadrant from EEG and faces."""

from milmer_live import no_telemetry

__version__ = "0.1.0"

no_telemetry.apply()
