"""Two senders of one name are told apart wherever the name is shown."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from live_tools import wait_until
from test_side_streams import outlet
from test_ui_connect import KEYS, Stream, scout_of

from milmer_live.acquisition import registry
from milmer_live.acquisition.lsl.listing import StreamListing
from milmer_live.cli.devices import (
    devices,
    listened,
)
from milmer_live.clock import FakeClock, LSLClock
from milmer_live.errors import SourceNotFound
from milmer_live.live.sources.distinct_names import (
    apart,
    balances_apart,
    sources_apart,
)
from milmer_live.live.sources.side_streams import side_streams
from milmer_live.live.state import SourceState, SourceStatus, missing_of
from milmer_live.live.workers import Faults
from milmer_live.samples import EEGInfo
from milmer_live.storage.session.balance import StreamBalance
from milmer_live.ui.bars.stream_strip import words_of
from milmer_live.ui.language.stream_words import (
    line_before,
    line_during,
)


@pytest.mark.parametrize(
    ("specs", "beside"),
    [
        (["lsl:source_id=a"], [""]),
        (["lsl:source_id=a", "lsl:source_id=b"], ["a", "b"]),
        (["lsl:source_id=a&host=lab-1", "lsl:source_id=a&host=lab-2"], ["lab-1", "lab-2"]),
        (["lsl:amp", "lsl:source_id=b"], ["", "b"]),
        (["lsl:name=amp&uid=1", "lsl:name=amp&uid=2"], ["1", "2"]),
        (["lsl:source_id=a%26b", "lsl:source_id=b&unit=uV"], ["a&b", "b"]),
        (["camera:0", "camera:1"], ["camera:0", "camera:1"]),
        (["lsl:source_id=a", "lsl:source_id=a"], ["", ""]),
        (["", ""], ["", ""]),
    ],
)
def test_what_differs_is_shown_beside_a_name(specs: list[str], beside: list[str]) -> None:
    named = [("amp", spec) for spec in specs]
    assert apart([*named, ("other", "lsl:source_id=c")]) == (*beside, "")


def test_sources_and_balances_of_one_name_have_titles_of_their_own() -> None:
    live = SourceStatus("amp", "EEG", SourceState.SILENT, connected_at=1.0, spec="lsl:source_id=a")
    sources = sources_apart((live, replace(live, kind="signal", spec="lsl:source_id=b")))
    assert missing_of(sources) == ("amp (a)", "amp (b)")
    assert words_of(line_before(sources[1], required=True)).startswith("amp (b) · ")
    balances = balances_apart(
        [StreamBalance(asked=one.spec, kind=one.kind, name="amp") for one in sources]
    )
    assert [one.sentence.split(":")[0] for one in balances] == ["amp (a)", "amp (b)"]
    assert words_of(line_during(balances[0])).startswith("amp (a) · ")
    (alone,) = balances_apart(balances[:1])
    assert alone.title == "amp"


def test_connect_lists_them_by_what_differs() -> None:
    first = StreamListing("Keys", "Markers", "keys-1", "lab-3", 1, 0.0, "string", "u1")
    other = StreamListing("Keys", "Markers", "keys-2", "lab-3", 1, 0.0, "string", "u2")
    scout = scout_of(FakeClock(), Stream(), first, other)
    scout.step()
    assert scout.found is not None
    assert [one.title for one in scout.found][:2] == ["Keys (keys-1)", "Keys (keys-2)"]
    alone = scout_of(FakeClock(), Stream(), KEYS)
    alone.step()
    assert alone.found is not None
    assert alone.found[0].title == "Keys"


def test_events_and_faults_say_which_of_two_was_lost() -> None:
    streams = [outlet("cues", "Markers", "string", [], 0.0) for _ in range(2)]
    ids = [one.get_info().source_id() for one in streams]
    faults = Faults()
    sides = side_streams([], [f"lsl:source_id={one}" for one in ids], LSLClock(), faults)
    said: list[str] = []
    for side in sides:
        side.on_event.append(lambda event: said.append(event.text))
        side.start()
    wait_until(lambda: all(side.state is SourceState.LIVE for side in sides), 30.0)
    streams.pop()
    wait_until(lambda: any(text.startswith("markers lost") for text in said), 30.0)
    wait_until(lambda: "cues" in faults.text, 30.0)
    for side in sides:
        side.stop()
    assert all(side.join(10.0) for side in sides)
    (lost,) = [text for text in said if text.startswith("markers lost")]
    assert lost.startswith("markers lost: cues (" + ids[1] + "): ")
    assert ids[0] not in faults.text


def test_devices_shows_what_differs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("milmer_live.system.native_log.divert_native_output", lambda: None)
    streams = [outlet("cues", "Markers", "string", [], 0.0) for _ in range(2)]
    devices(wait=1.0, listen=0.0, json=False)
    printed = capsys.readouterr().out
    for stream in streams:
        source_id = stream.get_info().source_id()
        assert f"cues ({source_id}): --markers lsl:source_id={source_id}\n" in printed


def test_devices_opens_streams_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """One alone would wait for the others in vain."""
    all_open = threading.Barrier(6, timeout=20.0)

    class Slow:
        def open(self) -> EEGInfo:
            all_open.wait()
            raise SourceNotFound("Not there.")

        def close(self) -> None:
            """Nothing is open."""

    def slow(*_given: Any) -> Slow:
        return Slow()

    monkeypatch.setattr(registry, "eeg_source", slow)
    found = [StreamListing("a", "EEG", f"{n}", "h", 1, 1.0, "int8", f"{n}") for n in range(6)]
    heard = listened(found, 0.1)
    assert [one.problem for one in heard.values()] == ["Not there."] * 6
