"""What a snapshot of the engine says of the signal's way to the model, and its totals."""

from __future__ import annotations

from milmer_live.live.inference.worker import InferenceWorker
from milmer_live.live.sources.camera_worker import (
    CameraWorker,
    FaceCounts,
)
from milmer_live.live.sources.eeg_worker import EEGWorker
from milmer_live.live.state import Counters, SignalState

_NO_FACES = FaceCounts()


def signal_state(eeg: EEGWorker) -> SignalState | None:
    """None before a device was there. Of one whose EEG the model cannot have: what it says of
    itself all the same."""
    channels, settings = eeg.writer.channel_map, eeg.writer.settings
    health, unusable = eeg.health, eeg.unusable
    if channels is None:
        return (
            None
            if not unusable
            else SignalState(
                filters=settings.filters,
                unusable=unusable,
                battery_percent=health.battery_percent,
                impedances_ohm=health.impedances_ohm,
            )
        )
    return SignalState(
        filters=settings.filters,
        bad=settings.bad,
        artifacts=settings.artifacts,
        channels=channels.describe(),
        interpolated=channels.interpolated,
        usable=channels.usable,
        filter_delay_s=eeg.writer.filter_delay_s,
        resampling_delay_s=eeg.writer.resampling_delay_s,
        battery_percent=health.battery_percent,
        impedances_ohm=health.impedances_ohm,
    )


def counters(
    eeg: EEGWorker,
    camera: CameraWorker | None,
    inference: InferenceWorker,
    *,
    frames_dropped: int,
    eeg_overwritten: int,
) -> Counters:
    """Totals of the three threads since they began."""
    faces = camera.counts if camera else _NO_FACES
    report = eeg.check.report if eeg.check else None
    sources = (eeg, camera) if camera else (eeg,)
    return Counters(
        samples_received=eeg.meter.total,
        samples_unusable=eeg.writer.unusable,
        samples_late=eeg.writer.late,
        samples_lost=report.lost if report else 0,
        stamps_jumped=report.strays if report else 0,
        stamps_backwards=report.backwards if report else 0,
        eeg_gaps=eeg.writer.gaps,
        eeg_overwritten=eeg_overwritten,
        frames_received=camera.meter.total if camera else 0,
        frames_dropped=frames_dropped,
        faces_found=faces.found,
        faces_missed=faces.missed,
        faces_lost=faces.lost,
        faces_several=faces.several,
        detection_s=faces.detection_s,
        frame_interval_s=faces.interval_s,
        reconnections=sum(source.reconnections for source in sources),
        windows_planned=inference.planned,
        windows_skipped=inference.skipped,
        predictions=inference.predictions,
        model_faults=inference.model_faults,
        inference_s=inference.inference_s,
        latency_s=inference.latency_s,
        window_to_prediction_s=inference.from_stop_s,
    )
