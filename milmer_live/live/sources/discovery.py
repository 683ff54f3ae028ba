"""Keeps looking for what could be connected: streams with the rate at which they really come,
and cameras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from milmer_live.acquisition.camera.device import (
    CameraListing,
    list_cameras,
)
from milmer_live.acquisition.lsl.finder import (
    HEARD_S,
    StreamView,
)
from milmer_live.acquisition.lsl.listing import (
    Purpose,
    StreamListing,
)
from milmer_live.acquisition.registry import eeg_source
from milmer_live.acquisition.source import EEGSource
from milmer_live.clock import Clock
from milmer_live.config import MontageSettings
from milmer_live.errors import MilmerError
from milmer_live.live.sources.distinct_names import shown_apart
from milmer_live.live.sources.source_worker import RateMeter
from milmer_live.live.workers import Faults, Worker
from milmer_live.processing.channels.device_profiles import (
    Sender,
    shipped_profile,
)
from milmer_live.processing.channels.layouts import proposed
from milmer_live.processing.eeg.montage import channel_map
from milmer_live.processing.eeg.units import microvolts
from milmer_live.samples import EEGInfo

LOOK_EVERY_S = 2.0
LISTEN_S = 0.2  # between two readings of the streams
MOST_PROBES = 8  # streams that are listened to at a time


@dataclass(frozen=True, slots=True)
class Found:
    """Something that answers. `rate_hz` as announced (0: irregular); `measured_hz` and `age_s`,
    of the last sample, are None while they are not known; `problem` says why it cannot be read.
    `unit` is what EEG states, "" while that is not known; `needs_unit`: it is no voltage, so that
    the model cannot have it unless the user says the unit. `unplaced` says why it is not known
    where its electrodes are, `layouts` may say it, and `coverage` is the share of the model's EEG
    that they know, None while that is not known. `device` is what it was recognised as."""

    kind: Purpose
    spec: str
    title: str
    detail: str
    rate_hz: float = 0.0
    measured_hz: float | None = None
    age_s: float | None = None
    problem: str = ""
    unit: str = ""
    needs_unit: bool = False
    unplaced: str = ""
    layouts: tuple[str, ...] = ()
    coverage: float | None = None
    device: str = ""
    sender: Sender | None = None
    n_channels: int = 0


class Probe:
    """Listens to one stream, only to know how it comes."""

    def __init__(self, source: EEGSource, sender: Sender) -> None:
        self.problem = ""
        self.info: EEGInfo | None = None
        self.meter = RateMeter()
        self.layouts: tuple[str, ...] = ()
        self.coverage: float | None = None
        self._source, self._sender = source, sender
        self._is_open = False

    def listen(self, now: Callable[[], float]) -> None:
        """Take what has come. A stream that cannot be read says why, and is tried again."""
        try:
            if not self._is_open:
                self.info = self._source.open()
                self._look_at(self.info)
                self._is_open = True
                self.meter.restart()
            while (chunk := self._source.read(0.0)) is not None:
                self.meter.add(len(chunk), now(), float(chunk.times[-1]))
            self.problem = ""
        except MilmerError as error:
            self.problem = str(error)
            self.close()

    @property
    def needs_unit(self) -> bool:
        """Whether the model lacks the unit, or has one that is no voltage."""
        if self.info is None or not self.info.unusable:
            return False
        return any(microvolts(unit) is None for unit in self.info.unit.split(", "))

    @property
    def has_no_eeg(self) -> bool:
        """Whether its channels say that none of them is EEG, whatever the stream is called."""
        return self.info is not None and bool(self.info.kinds) and "EEG" not in self.info.kinds

    def _look_at(self, info: EEGInfo) -> None:
        """Where its electrodes are, as far as it says."""
        places = zip(info.channel_names, info.kinds, strict=False)
        profile = shipped_profile(self._sender, info.n_channels)
        labels = [name for name, kind in places if kind == "EEG"]
        self.layouts = proposed(labels) or (profile.proposals if profile is not None else ())
        self.coverage = channel_map(info, MontageSettings()).coverage if not info.unplaced else 0.0

    def close(self) -> None:
        self._source.close()
        self._is_open = False


class Scout(Worker):
    """`found` is what there is now; None until it has looked once. What it listens to it lets go
    of when it is stopped."""

    def __init__(
        self,
        clock: Clock,
        *,
        look: Callable[[float], tuple[StreamListing, ...]] | None = None,
        cameras: Callable[[], tuple[CameraListing, ...]] = list_cameras,
        open_source: Callable[[str], EEGSource] = eeg_source,
    ) -> None:
        """`look` gives the streams that answer, after so many seconds at the latest; without it
        LSL is asked, from the first step until the scout is stopped."""
        super().__init__("scout", clock, Faults())
        self.found: tuple[Found, ...] | None = None
        self.chosen = ""  # the spec of a stream that is listened to before others
        self._view = StreamView()
        self._look = look or self._view.look
        self._cameras, self._open_source = cameras, open_source
        self._due = clock.now()
        self._streams: tuple[StreamListing, ...] = ()
        self._seen_cameras: tuple[CameraListing, ...] = ()
        self._probes: dict[str, Probe] = {}

    def step(self) -> float:
        if self.clock.now() >= self._due:
            found = self._look(HEARD_S)
            self._streams = tuple(one for one in found if not one.is_ours)
            self._seen_cameras = self._cameras()
            self._due = self.clock.now() + LOOK_EVERY_S
            self._keep_probes()
        for probe in self._probes.values():
            probe.listen(self.clock.now)
        self.found = self._findings()
        return LISTEN_S

    def close(self) -> None:
        for probe in self._probes.values():
            probe.close()
        self._probes.clear()
        self._view.close()

    def _keep_probes(self) -> None:
        """One for each stream of signals that answers; those that went away are let go."""
        senders = {one.outlet_spec: one for one in self._streams if one.purpose == "eeg"}
        for spec in [spec for spec in self._probes if spec not in senders]:
            self._probes.pop(spec).close()
        first = [spec for spec, one in senders.items() if one.spec == self.chosen]
        for spec in (*first, *sorted(senders)):
            if spec in self._probes:
                continue
            if len(self._probes) >= MOST_PROBES:
                if spec not in first:
                    break
                self._probes.pop(next(iter(self._probes))).close()
            self._probes[spec] = Probe(self._open_source(spec), senders[spec].sender)

    def _findings(self) -> tuple[Found, ...]:
        now = self.clock.now()
        found = (
            *(self._stream(one, now) for one in self._streams),
            *(Found("camera", one.spec, one.name, one.spec) for one in self._seen_cameras),
        )
        titles = shown_apart([(one.title, one.spec) for one in found])
        return tuple(replace(one, title=title) for one, title in zip(found, titles, strict=True))

    def _stream(self, listing: StreamListing, now: float) -> Found:
        detail = f"{listing.n_channels} × {listing.sample_format}, {listing.hostname}"
        if listing.is_frames:
            where, rate = f"LSL, {listing.hostname}", listing.sample_rate
            return Found("camera", listing.spec, listing.name, where, rate)
        probe = self._probes.get(listing.outlet_spec)
        last = probe.meter.last_time if probe else None
        return Found(
            "signal" if probe and probe.has_no_eeg else listing.purpose,
            listing.spec,
            listing.name,
            f"{listing.kind} · {detail}",
            listing.sample_rate,
            probe.meter.hz or None if probe else None,
            now - last if last is not None else None,
            probe.problem if probe else "",
            probe.info.unit if probe and probe.info else "",
            probe.needs_unit if probe else False,
            probe.info.unplaced if probe and probe.info else "",
            probe.layouts if probe else (),
            probe.coverage if probe else None,
            probe.info.device if probe and probe.info else "",
            listing.sender,
            listing.n_channels,
        )
