"""What finds a stream whose sender is known only as a peer: run with a configuration of its own.

    lsl_look.py SOURCE_ID TIMES

Prints as JSON how often each way of looking has found it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

from milmer_live.acquisition.lsl.eeg import (
    LSLSource,
    discover,
)
from milmer_live.acquisition.lsl.markers import LSLMarkers
from milmer_live.clock import LSLClock
from milmer_live.errors import SourceNotFound
from milmer_live.live.sources.discovery import Scout


def main(source_id: str, times: int) -> None:
    found: Counter[str] = Counter()
    scout = Scout(LSLClock(), cameras=lambda: ())
    for _ in range(times):
        found["discover"] += any(one.source_id == source_id for one in discover())
        found["find"] += LSLSource(source_id=source_id).find().source_id == source_id
        markers = LSLMarkers(source_id="nobody", timeout_s=1.0)
        try:
            markers.open()
        except SourceNotFound as error:
            found["named"] += "'counter'" in str(error)
        markers.close()
        scout.step()
        found["scout"] += any(source_id in one.spec for one in scout.found or ())
    scout.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
