"""Sources and streams as a user names them, made but not opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from milmer_live.acquisition.source import EEGSource, FrameSource
    from milmer_live.live.sources.source_worker import SourceWorker
    from milmer_live.processing.channels.user_channels import Said


def open_sources(
    eeg: str,
    camera: str | None,
    asked: Mapping[str, object],
    said: Said | None = None,
) -> tuple[EEGSource, FrameSource | None]:
    """The amplifier and the camera, not opened yet. Raises ConfigError for what names none."""
    from milmer_live.acquisition.registry import eeg_source, frame_source
    from milmer_live.config import CameraSettings, validated
    from milmer_live.processing.channels.user_channels import NOTHING_SAID

    settings = validated(CameraSettings, asked, "The camera")
    frames = None if camera is None else frame_source(camera, settings)
    return eeg_source(eeg, said=said or NOTHING_SAID), frames


def open_side_streams(
    eeg: Sequence[str], markers: Sequence[str]
) -> Sequence[SourceWorker[Any, Any]]:
    """The streams beside the model's, not opened yet. Raises ConfigError for what names none."""
    from milmer_live.clock import LSLClock
    from milmer_live.live.sources.side_streams import side_streams
    from milmer_live.live.workers import Faults

    return side_streams(eeg, markers, LSLClock(), Faults())
