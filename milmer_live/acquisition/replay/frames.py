"""The pictures of a replay as an LSL stream, beside its EEG and on the same time line."""

from __future__ import annotations

from milmer_live.acquisition.lsl import frames as lsl_frames
from milmer_live.acquisition.lsl.qoi import Encoder
from milmer_live.acquisition.replay.outlets import (
    LATE_S,
    ReplayFrames,
)
from milmer_live.acquisition.replay.playlist import Playlist
from milmer_live.acquisition.replay.timeline import ReplayTimeline
from milmer_live.clock import Clock

READ_S = 0.1  # how long a step may wait for the next frame
UNSEEN_S = 0.1  # between two looks whether somebody watches


def picture_size(playlist: Playlist) -> tuple[int, int] | None:
    """(width, height) of the first picture there is; None without any. Raises DatasetError."""
    for item in playlist.items:
        if item.recording.frames is not None:
            for frame in item.recording.frames.frames():
                height, width = frame.image.shape[:2]
                return width, height
    return None


class FrameReplay:
    """A playlist's frames as an LSL outlet `<name>-frames`, which `lsl_frames` reads.

    A frame leaves at its time. While nobody watches nothing is decoded; who comes later sees
    what plays then. Frames that are late, because decoding takes longer than they last, are left
    out: their numbers are missing. A worker of its own calls `step`, so that the EEG never waits
    for a picture.
    """

    def __init__(
        self,
        timeline: ReplayTimeline,
        clock: Clock,
        size: tuple[int, int],
        *,
        name: str,
        source_id: str,
    ) -> None:
        """`name` and `source_id` are those of the EEG."""
        self.name = f"{name}-frames"
        self.source_id = f"{source_id}-frames"
        self.frames_sent = 0
        self._frames = ReplayFrames(timeline, clock, late_s=LATE_S)
        self._encoder = Encoder()
        self._is_watched = False
        info = lsl_frames.frames_info(self.name, self.source_id, size)
        self._outlet = lsl_frames.outlet(info)

    @property
    def left_out(self) -> int:
        """Frames that were late while somebody watched."""
        return self._frames.dropped

    def step(self) -> float:
        """Wait for the next frame and send it. Returns the seconds until there may be another.
        Raises DatasetError where a video is damaged."""
        if self._outlet is None or not self._outlet.have_consumers():
            self._is_watched = False
            return UNSEEN_S
        if not self._is_watched:
            self._frames.open()
            self._is_watched = True
        frame = self._frames.read(READ_S)
        if frame is not None:
            sample = lsl_frames.as_sample(frame.index, self._encoder.encode(frame.image))
            self._outlet.push_sample(sample, frame.time)
            self.frames_sent += 1
        return 0.0

    def close(self) -> None:
        """Take the outlet away; harmless when it is gone already."""
        self._frames.close()
        self._outlet = None
