"""What else could be seen on the network when a recording began."""

from __future__ import annotations

from collections.abc import Callable

from milmer_live.acquisition.lsl.eeg import discover
from milmer_live.storage.session.balance import VisibleStream

LOOK_S = 1.0  # granted to streams to answer

Look = Callable[[], tuple[VisibleStream, ...]]


def look_around() -> tuple[VisibleStream, ...]:
    """All LSL streams that answer within a second."""
    return tuple(
        VisibleStream(
            name=one.name,
            type=one.kind,
            source_id=one.source_id,
            host=one.hostname,
            n_channels=one.n_channels,
            sample_rate=one.sample_rate,
        )
        for one in discover(LOOK_S)
    )
