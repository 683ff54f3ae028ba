"""What the program says, for other programs: LSL streams of predictions and of events."""

from __future__ import annotations

import math
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence

import pylsl

from milmer_live.events import Event
from milmer_live.live.engine import Engine
from milmer_live.live.inference.confidence import usable_share
from milmer_live.processing.eeg.quality import ChannelQuality
from milmer_live.samples import Prediction, Quadrant

PREDICTIONS = "MilmerLive-Predictions"
EVENTS = "MilmerLive-Events"

# Label, type and unit of each channel of the predictions.
CHANNELS = (
    *((quadrant.name, "Probability", "1") for quadrant in Quadrant),
    ("valence", "Affect", "-1 to 1"),
    ("arousal", "Affect", "-1 to 1"),
    ("eeg_quality", "Quality", "share of channels"),
    ("face_present", "Presence", "0 or 1"),
    ("enough_signal", "Quality", "0 or 1"),
    ("smoothing_delay", "Delay", "s"),
    ("coverage", "Quality", "share of the EEG"),
    ("in_range", "Quality", "0 or 1"),
)


class Publisher:
    """Two outlets, there from when this is made until `close`. Pushing waits for nobody.

    A prediction's stamp is the end of its window. Its quality is the share of the device's
    channels that are not bad: 0 where the model went without EEG, -1 while it is not known.
    `smoothing_delay` is 0 unless the answers are smoothed. `coverage` is the share of the EEG at
    the model's channels that those electrodes know which are not bad, 0 where the model went
    without EEG. Where there is not enough signal (`enough_signal` 0), or where it is unlike what
    the model learned from (`in_range` 0, of a model whose range was fitted), the probabilities,
    valence and arousal are NaN.
    """

    def __init__(
        self,
        quality: Callable[[], Sequence[ChannelQuality]],
        coverage: Callable[[], float] = lambda: 1.0,
        model: Mapping[str, str] | None = None,
    ) -> None:
        """`model` goes into the description of the predictions, under `model`."""
        self.source_id = f"milmer-live-{uuid.uuid4()}"
        self._quality, self._coverage = quality, coverage
        self._lock = threading.Lock()
        self._predictions = pylsl.StreamOutlet(_predictions_info(self.source_id, model or {}))
        self._events = pylsl.StreamOutlet(
            pylsl.StreamInfo(EVENTS, "Markers", 1, 0.0, "string", f"{self.source_id}-events")
        )

    @staticmethod
    def attached(engine: Engine, model: Mapping[str, str] | None = None) -> Publisher:
        """A publisher of what `engine` says, once it is started; `model` is what answers."""
        publisher = Publisher(lambda: engine.used_quality, lambda: engine.coverage, model)
        engine.on_prediction.append(publisher.publish)
        engine.hear_events(publisher.publish_event)
        return publisher

    def publish(self, prediction: Prediction) -> None:
        """To be called in one thread, as `Engine.on_prediction` does."""
        with self._lock:
            if self._predictions is not None:
                self._predictions.push_sample(self._values(prediction), prediction.time)

    def publish_event(self, event: Event) -> None:
        """From any thread."""
        with self._lock:
            if self._events is not None:
                self._events.push_sample([event.text], event.time)

    def close(self) -> None:
        """Take the outlets away; harmless when they are gone already."""
        with self._lock:
            self._predictions = self._events = None

    def _values(self, prediction: Prediction) -> list[float]:
        answer = [*prediction.probabilities.tolist(), prediction.valence, prediction.arousal]
        return [
            *(answer if prediction.is_known else [math.nan] * len(answer)),
            usable_share(self._quality()) if prediction.eeg_used else 0.0,
            float(prediction.faces_used),
            float(prediction.enough),
            prediction.delay_s,
            self._coverage() if prediction.eeg_used else 0.0,
            float(prediction.distance.in_range),
        ]


def _predictions_info(source_id: str, model: Mapping[str, str]) -> pylsl.StreamInfo:
    """Irregular: a window may be left out."""
    info = pylsl.StreamInfo(PREDICTIONS, "Affect", len(CHANNELS), 0.0, "float32", source_id)
    if model:
        about = info.desc().append_child("model")
        for name, value in model.items():
            about.append_child_value(name, value)
    channels = info.desc().append_child("channels")
    for label, kind, unit in CHANNELS:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("type", kind)
        channel.append_child_value("unit", unit)
    return info
