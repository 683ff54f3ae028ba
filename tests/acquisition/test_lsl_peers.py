"""Streams that answer only by unicast are found as surely as others."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from places import SUPPORT

TIMES = 5

# No multicast: a stream is found by asking each port of the known peer, half a second later. The
# ports are its own: one that other programs have used up is a stream that nobody can find.
CONFIG = """
[multicast]
ResolveScope = machine
AddressesOverride = {{}}
[ports]
IPv6 = disable
BasePort = {port}
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = peers-{session}
[log]
level = -3
"""


@pytest.mark.timeout(180)
def test_a_known_peer_is_found_each_time_by_each_way_of_looking(tmp_path: Path) -> None:
    config = tmp_path / "lsl.cfg"
    config.write_text(CONFIG.format(session=uuid.uuid4(), port=random.randrange(20_000, 60_000)))
    environment = os.environ | {"LSLAPICFG": str(config)}
    source_id = f"peer-{uuid.uuid4()}"
    sender = [sys.executable, str(SUPPORT / "lsl_counter.py"), source_id, "3600"]
    look = [sys.executable, str(SUPPORT / "lsl_look.py"), source_id, str(TIMES)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(sender, env=environment, **pipes) as counter:  # type: ignore[call-overload]
        try:
            assert counter.stdout.readline().strip() == b"up"
            done = subprocess.run(
                look, env=environment, stdout=subprocess.PIPE, check=True, timeout=150
            )
        finally:
            counter.kill()
    assert json.loads(done.stdout) == dict.fromkeys(("discover", "find", "named", "scout"), TIMES)
