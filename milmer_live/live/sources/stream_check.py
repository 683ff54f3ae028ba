"""What is wrong with the EEG that comes in: its time stamps, its gaps, its channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from milmer_live.config import IntegritySettings, QualitySettings
from milmer_live.processing.channels.stream_description import has_own_time
from milmer_live.processing.eeg.pipeline import ChannelsRead
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityMonitor,
)
from milmer_live.processing.eeg.scale import scale_problem
from milmer_live.processing.timing.integrity import (
    IntegrityReport,
    Segment,
    StreamWatcher,
)
from milmer_live.samples import EEGChunk, EEGInfo

SHOWN_S = 10.0  # how long a fault that is over stays on screen
DEAD_S = 1.0  # of a channel's samples that are not numbers, from which the user should act
MOST_DEAD = 4  # of more channels at once, it is not the electrodes that are to blame


class StreamCheck:
    """Gives samples true times, names what is wrong with them, and rates the channels.

    `quality` is of the last second, one a channel in `names`; empty until it is known. Samples
    that are not numbers are a fault in the channels that the EEG is made of (`reads`, asked
    anew each time); those of the others are in `report` alone.
    """

    def __init__(
        self,
        info: EEGInfo,
        names: Sequence[str],
        reads: Callable[[], ChannelsRead | None],
        *,
        has_model: bool = True,
    ) -> None:
        self._has_model = has_model
        self.quality: tuple[ChannelQuality, ...] = ()
        self._info = info
        self._reads = reads
        self._many = DEAD_S * info.sample_rate
        self._columns = [info.channel_names.index(name) for name in names]
        self._names = tuple(names)
        self._watcher = StreamWatcher(info, IntegritySettings())
        self._has_own_time = has_own_time(info.xml)
        self._rate = info.sample_rate
        self._monitor = QualityMonitor(names, info.sample_rate, QualitySettings())
        self.report = self._watcher.report()
        self._said = self.report  # what was wrong before the fault that is on screen
        self._changed_at = -SHOWN_S
        self.scale = ""  # what is wrong with the size of the EEG
        self._scale_before = ""

    @property
    def clock_shift_s(self) -> float:
        """What is added to the stamps so that they are on our clock."""
        return self._watcher.clock_shift_s

    def restart(self) -> None:
        """The stream was opened anew. That gap has been said already."""
        self._watcher.restart()
        self._forget_quality()
        self.report = self._said = self._watcher.report()

    def check(self, chunk: EEGChunk, now: float) -> tuple[Segment, ...]:
        """The samples of `chunk` in unbroken parts; those with stamps that jumped come later.
        A replay's stamps are not compared with `now`, when it came."""
        segments = self._watcher.check(chunk, None if self._has_own_time else now)
        self._note(self._watcher.report(), now)
        return segments

    def rate(self, segments: Sequence[Segment]) -> None:
        """Judge the channels by what `check` has given."""
        for segment in segments:
            if segment.sample_rate != self._rate:
                self._rate = segment.sample_rate
                self.restart_quality()
            if segment.after_gap:
                self._forget_quality()
            verdict = self._monitor.process(segment.chunk.data[:, self._columns])
            if verdict is not None:
                self.quality = verdict
                self._judge_scale(verdict)

    def restart_quality(self) -> None:
        """Judge the channels from the next samples on."""
        self._monitor = QualityMonitor(self._names, self._rate, QualitySettings())
        self.quality = ()

    def fault(self, now: float) -> str:
        """What is wrong now or was a moment ago, and what to do where it does not end by
        itself; empty where nothing is wrong."""
        is_fresh = now - self._changed_at < SHOWN_S
        recent = self._since(self.report, self._said if is_fresh else self.report)
        problems = [*recent.problems, *filter(None, [self.scale])]
        if not problems:
            return ""
        wrong = f"The EEG stream '{self._info.name}': {'; '.join(problems)}."
        dead = [name for name, count in recent.not_finite if count >= self._many]
        return f"{wrong} {self._remedy(dead)}" if dead else wrong

    def _note(self, report: IntegrityReport, now: float) -> None:
        if self._since(report, self.report) == self._since(report, report):
            self.report = report
            return
        if now - self._changed_at >= SHOWN_S:
            self._said = self.report
        self.report, self._changed_at = report, now

    def _since(self, report: IntegrityReport, earlier: IntegrityReport) -> IntegrityReport:
        """What has gone wrong between two reports, in the channels that are read now."""
        found, reads = _since(report, earlier), self._reads()
        if reads is None:
            return found
        kept = tuple(entry for entry in found.not_finite if entry[0] in reads.names)
        return replace(found, not_finite=kept)

    def _remedy(self, dead: Sequence[str]) -> str:
        """What to do about channels that give no numbers any more, at least one."""
        reads = self._reads()
        shared = [name for name in dead if reads is not None and name in reads.references]
        if len(dead) > MOST_DEAD:
            todo = "Check the amplifier and its electrodes."
        elif shared:
            todo = f"Choose another reference than {', '.join(shared)}, or mend its electrode."
        else:
            bad = ", ".join(dead)
            todo = f"Mark {bad} bad (right-click on the trace), and the neighbours stand in."
        without = "While that lasts the model runs without EEG. " if self._has_model else ""
        return f"{without}{todo}"

    def _judge_scale(self, verdict: Sequence[ChannelQuality]) -> None:
        """Wrong for two seconds in a row: a head that moves is not."""
        reads = self._reads()
        levels = [
            one.figures.std_uv
            for one in verdict
            if not one.figures.not_finite and (reads is None or one.name in reads.names)
        ]
        found = scale_problem(levels, self._info.unit)
        self.scale = found if self._scale_before else ""
        self._scale_before = found

    def _forget_quality(self) -> None:
        self._monitor.reset()
        self.quality = ()


def _since(report: IntegrityReport, earlier: IntegrityReport) -> IntegrityReport:
    """What has gone wrong between two reports of one stream."""
    before = dict(earlier.not_finite)
    added = ((name, count - before.get(name, 0)) for name, count in report.not_finite)
    return replace(
        report,
        samples=0,
        lost=report.lost - earlier.lost,
        gaps=report.gaps - earlier.gaps,
        strays=report.strays - earlier.strays,
        backwards=report.backwards - earlier.backwards,
        not_finite=tuple((name, count) for name, count in added if count),
        clock_steps=report.clock_steps - earlier.clock_steps,
    )
