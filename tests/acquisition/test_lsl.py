"""EEG over real LSL streams on loopback: the right stream, every sample, true stamps, in µV."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import psutil
import pylsl
import pytest
from live_tools import read_all, read_until_lost, wait_until
from pylsl.util import InternalError, LostError
from pylsl.util import TimeoutError as LSLTimeout

from milmer_live.acquisition.lsl import inlet as lsl_inlet
from milmer_live.acquisition.lsl.eeg import (
    OUR_OWN,
    LSLSource,
    discover,
)
from milmer_live.acquisition.lsl.finder import StreamView
from milmer_live.acquisition.lsl.listing import (
    data_ports,
    description_of,
)
from milmer_live.acquisition.lsl.markers import LSLMarkers
from milmer_live.acquisition.lsl.sender_watch import SenderWatch
from milmer_live.acquisition.registry import eeg_source
from milmer_live.acquisition.source import EEGSource
from milmer_live.errors import ConfigError, SourceFormat, SourceLost, SourceNotFound
from milmer_live.processing.channels.device_profiles import Sender
from milmer_live.processing.channels.stream_channels import (
    NOT_STATED,
    channel_table,
    sent_table,
)
from milmer_live.processing.channels.user_channels import Said
from milmer_live.processing.eeg.units import (
    channel_microvolts,
    microvolts,
)
from milmer_live.samples import Float32

RATE = 100.0
NAMES = ("Fp1", "Fp2", "Cz")


def outlet(
    name: str,
    *,
    source_id: str = "",
    labels: Sequence[str] = NAMES,
    units: Sequence[str] = ("microvolts",) * 3,
    sample_format: str = "float32",
    rate: float = RATE,
) -> Any:
    info = pylsl.StreamInfo(name, "EEG", 3, rate, sample_format, source_id or f"id-{uuid.uuid4()}")
    channels = info.desc().append_child("channels")
    for label, unit in zip(labels, units, strict=False):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
        channel.append_child_value("type", "EEG")
    return pylsl.StreamOutlet(info)


def numbered(first: int, count: int) -> Float32:
    return np.arange(first * 3, (first + count) * 3, dtype=np.float32).reshape(count, 3)


def test_no_sample_is_lost_and_each_has_its_stamp() -> None:
    stream = outlet("numbered", source_id="amp-1")
    source = LSLSource(name="numbered")
    info = source.open()
    assert (info.name, info.source_id, info.channel_names) == ("numbered", "amp-1", NAMES)
    assert (info.sample_rate, info.unit) == (RATE, "microvolts")
    origin = pylsl.local_clock()
    sent = 0
    for count in [1, 7, 300, 2, 5000, 90]:
        stamps = [origin + n / RATE for n in range(sent, sent + count)]
        stream.push_chunk(numbered(sent, count), stamps)
        sent += count
    chunks = read_all(source, sent)
    data = np.concatenate([chunk.data for chunk in chunks])
    times = np.concatenate([chunk.times - chunk.clock_offset for chunk in chunks])
    np.testing.assert_array_equal(data, numbered(0, sent))
    np.testing.assert_allclose(times, origin + np.arange(sent) / RATE, rtol=0, atol=1e-9)
    assert [chunk.first_index for chunk in chunks] == [
        sum(map(len, chunks[:n])) for n in range(len(chunks))
    ]
    assert max(abs(chunk.clock_offset) for chunk in chunks) < 1e-3, "it is one machine's clock"
    assert not chunks[0].data.flags.writeable
    assert source.read(0.0) is None
    source.close()


def test_what_was_sent_before_the_connection_is_not_delivered() -> None:
    stream = outlet("early")
    stream.push_chunk(numbered(0, 50), pylsl.local_clock())
    source = LSLSource(name="early")
    source.open()
    stream.push_chunk(numbered(50, 5), pylsl.local_clock())
    (chunk,) = read_all(source, 5)
    np.testing.assert_array_equal(chunk.data, numbered(50, 5))


def test_volts_become_microvolts_channel_by_channel_and_whole_numbers_too() -> None:
    stream = outlet("units", units=("V", "millivolts", "\N{GREEK SMALL LETTER MU}V"),
                    sample_format="int16")  # fmt: skip
    source = LSLSource(name="units")
    info = source.open()
    assert info.unit == "V, millivolts, \N{GREEK SMALL LETTER MU}V"
    stream.push_sample([2, -3, 50])
    (chunk,) = read_all(source, 1)
    assert chunk.data.dtype == np.float32
    assert chunk.data.tolist() == [[2e6, -3e3, 50.0]]


def test_a_missing_stream_is_named_with_those_that_are_there() -> None:
    streams = [outlet("left"), outlet("right")]
    with pytest.raises(SourceNotFound) as caught:
        LSLSource(name="Amplifier X", timeout_s=0.7).open()
    assert caught.value.message.startswith("No LSL stream named 'Amplifier X'. Found: ")
    assert "'left', 'right'" in caught.value.message
    assert caught.value.hint == "Is its outlet running?"
    del streams


def test_what_this_program_sends_itself_is_not_offered_where_a_stream_is_missing() -> None:
    streams = [outlet("amp", source_id="amp-77")]
    streams += [outlet("MilmerLive-Predictions", source_id=f"{one}1") for one in OUR_OWN]
    with pytest.raises(SourceNotFound) as caught:
        LSLSource(name="Amplifier X", timeout_s=0.7).open()
    assert "'amp'" in caught.value.message
    assert "MilmerLive" not in caught.value.message
    del streams


def test_of_two_streams_with_one_name_none_is_guessed() -> None:
    streams = [outlet("twin", source_id=source_id) for source_id in ("room-1", "room-2")]
    with pytest.raises(SourceNotFound, match="2 LSL streams are named 'twin'") as caught:
        LSLSource(name="twin").open()
    assert caught.value.hint == "Say which: lsl:source_id=room-1 or lsl:source_id=room-2."
    source = LSLSource(name="twin", source_id="room-2")
    assert source.open().source_id == "room-2"
    del streams


def test_of_two_streams_with_one_source_id_none_is_guessed() -> None:
    streams = [outlet(name, source_id="same") for name in ("A", "B")]
    with pytest.raises(SourceNotFound) as caught:
        eeg_source("lsl:source_id=same").open()
    host = next(one.hostname for one in discover() if one.name == "A")
    assert caught.value.message == (
        f"2 LSL streams are of source_id 'same': 'A' (source_id 'same', EEG, on {host}); "
        f"'B' (source_id 'same', EEG, on {host})."
    )
    asked = ["lsl:source_id=same&name=A", "lsl:source_id=same&name=B"]
    assert caught.value.hint == f"Say which: {asked[0]} or {asked[1]}."
    for spec, name in zip(asked, "AB", strict=True):
        source = eeg_source(spec)
        assert source.open().name == name
        source.close()
    del streams


def test_no_two_streams_that_are_listed_are_used_by_the_same_words() -> None:
    """Not even where their senders say nothing that tells them apart."""
    streams = [
        pylsl.StreamOutlet(pylsl.StreamInfo("clone", "EEG", 3, RATE, "float32", ""))
        for _ in range(2)
    ]
    streams += [outlet("clone", source_id="clone-3"), outlet("original", source_id="clone-3")]
    found = [one for one in discover() if one.name in ("clone", "original")]
    assert len({one.spec for one in found}) == 4
    assert [one.spec for one in found if one.source_id] == [
        "lsl:source_id=clone-3&name=clone",
        "lsl:source_id=clone-3&name=original",
    ]
    for one in found:
        source = eeg_source(one.spec)
        assert isinstance(source, LSLSource)
        assert source.find().uid == one.uid
    del streams


def test_a_stream_that_can_have_no_double_is_not_waited_for() -> None:
    stream = outlet("own", source_id="made-up-here")
    (listing,) = (one for one in discover() if one.name == "own")
    settle_s = 4.0

    def took(source: LSLSource) -> float:
        began = time.monotonic()
        assert source.find().source_id == "made-up-here"
        source.close()
        return time.monotonic() - began

    assert took(LSLSource(source_id="made-up-here", settle_s=0.0)) < settle_s
    assert took(LSLSource(uid=listing.uid, settle_s=settle_s)) < settle_s
    assert took(LSLSource(source_id="made-up-here", settle_s=settle_s)) >= settle_s
    del stream


def test_a_stream_is_found_by_what_it_is_and_where_it_runs() -> None:
    streams = [outlet("wanted", source_id="q-1"), outlet("other", source_id="q-2")]
    host = next(one.hostname for one in discover() if one.name == "wanted")
    source = eeg_source(f"lsl:name=wanted&type=EEG&host={host}")
    assert source.open().source_id == "q-1"
    source.close()
    with pytest.raises(SourceNotFound, match=r"2 LSL streams are of type 'EEG' and on"):
        eeg_source(f"lsl:type=EEG&host={host}").open()
    del streams


def test_a_stream_that_ends_is_lost_and_can_be_opened_again() -> None:
    source = LSLSource(source_id="restarted")
    stream = outlet("first", source_id="restarted")
    source.open()
    del stream
    with pytest.raises(SourceLost, match="'first' is gone"):
        read_until_lost(source)
    source.close()
    source.close()
    with pytest.raises(SourceLost):
        source.read(0.0)
    stream = outlet("second", source_id="restarted")
    assert source.open().name == "second"
    stream.push_chunk(numbered(0, 3), pylsl.local_clock())
    assert sum(map(len, read_all(source, 3))) == 3


def test_a_sender_that_is_started_again_at_once_is_another_stream() -> None:
    """liblsl would go on with it in the same inlet, as if nothing had been missed."""
    source = LSLSource(source_id="again")
    stream = outlet("again", source_id="again")
    source.open()
    stream.push_chunk(numbered(0, 20))
    assert sum(map(len, read_all(source, 20))) == 20
    del stream
    stream = outlet("again", source_id="again", labels=("O1", "O2", "Oz"))
    with pytest.raises(SourceLost, match="'again' is gone"):
        read_until_lost(source)
    source.close()
    assert source.open().channel_names == ("O1", "O2", "Oz")
    stream.push_chunk(numbered(100, 20))
    (chunk,) = read_all(source, 20)
    np.testing.assert_array_equal(chunk.data, numbered(100, 20))
    source.close()
    del stream


def test_a_stream_without_a_source_id_is_lost_when_it_ends() -> None:
    """liblsl cannot recover it, and says so."""
    info = pylsl.StreamInfo("nameless", "EEG", 3, RATE, "float32", "")
    stream = pylsl.StreamOutlet(info)
    source = LSLSource(name="nameless")
    source.open()
    stream.push_chunk(numbered(0, 20))
    assert sum(map(len, read_all(source, 20))) == 20
    del stream
    with pytest.raises(SourceLost, match="'nameless' is gone"):
        read_until_lost(source)
    source.close()


def test_what_was_received_before_the_sender_was_lost_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """liblsl finds out while it is asked for the clock offset, behind the samples."""

    def lost(*_given: object) -> float:
        raise LostError

    monkeypatch.setattr(lsl_inlet, "OFFSET_EVERY_S", 0.0)
    stream = outlet("behind", source_id="behind")
    source = LSLSource(source_id="behind")
    source.open()
    stream.push_chunk(numbered(0, 20))
    monkeypatch.setattr(pylsl.StreamInlet, "time_correction", lost)
    (chunk,) = read_all(source, 20)
    np.testing.assert_array_equal(chunk.data, numbered(0, 20))
    source.close()


def test_a_sender_that_ends_while_clocks_are_compared_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streams = [outlet("at once", source_id="at once")]

    def silent(_inlet: object, timeout: float) -> float:
        streams.clear()  # the sender dies just then
        time.sleep(timeout)
        raise LSLTimeout

    monkeypatch.setattr(pylsl.StreamInlet, "time_correction", silent)
    source = LSLSource(source_id="at once", timeout_s=60.0)
    began = time.monotonic()
    source.open()
    with pytest.raises(SourceLost):
        read_until_lost(source)
    assert time.monotonic() - began < 30.0, "half of what a sender that is there is given"
    assert any("clock" in note for note in source.take_notes())
    source.close()


def test_clocks_that_can_be_compared_only_later_cost_no_sample_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stamps are the sender's until the offset is known; both changes are said."""

    def silent(_inlet: object, timeout: float) -> float:
        time.sleep(timeout)
        raise LSLTimeout

    monkeypatch.setattr(pylsl.StreamInlet, "time_correction", silent)
    monkeypatch.setattr(lsl_inlet, "RETRY_OFFSET_S", 0.0)
    stream = outlet("deaf", source_id="deaf")
    source = LSLSource(source_id="deaf")
    source.open()
    stream.push_chunk(numbered(0, 20))
    before = read_all(source, 20)
    np.testing.assert_array_equal(np.concatenate([one.data for one in before]), numbered(0, 20))
    assert {one.clock_offset for one in before} == {0.0}
    assert ["could not be compared" in note for note in source.take_notes()] == [True]

    monkeypatch.setattr(pylsl.StreamInlet, "time_correction", lambda *_given: -12.5)
    stream.push_chunk(numbered(20, 20))
    after = read_all(source, 20)
    assert (after[0].first_index, {one.clock_offset for one in after}) == (20, {-12.5})
    assert ["-12.500000 s are added" in note for note in source.take_notes()] == [True]
    source.close()
    del stream


@pytest.mark.parametrize("error", [InternalError, RuntimeError])
def test_a_clock_that_cannot_be_compared_any_more_costs_no_sample(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = outlet("inner")
    source = LSLSource(source_id=stream.get_info().source_id())
    source.open()

    def fails(*_given: object) -> float:
        raise error("inside")

    monkeypatch.setattr(pylsl.StreamInlet, "time_correction", fails)
    source._reception._inlet._offset_due = 0.0  # type: ignore[union-attr]
    stream.push_chunk(numbered(0, 20))
    chunks = read_all(source, 20)
    np.testing.assert_array_equal(np.concatenate([one.data for one in chunks]), numbered(0, 20))
    source.close()


@pytest.mark.parametrize("look", ["is_over", "heard", "waits"])
def test_a_look_at_the_sender_that_fails_costs_no_sample_and_is_said_once(
    look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = outlet("unseen")
    source = LSLSource(source_id=stream.get_info().source_id())
    source.open()

    def fails(_watch: SenderWatch) -> bool:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(SenderWatch, look, fails)
    for first in range(0, 200, 20):
        stream.push_chunk(numbered(first, 20))
        wait_until(lambda: source.waiting > 0)
        (chunk,) = read_all(source, 20)
        np.testing.assert_array_equal(chunk.data, numbered(first, 20))
    (note,) = source.take_notes()
    assert note == (
        "The LSL stream 'unseen' is kept open without a look at its sender, which failed "
        "(OSError: [Errno 24] Too many open files)."
    )
    source.close()


def test_a_sender_that_ends_as_it_is_connected_is_found_to_be_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No connection of its is ever seen."""
    streams = [outlet("brief", source_id="brief")]
    real = pylsl.StreamInlet.open_stream

    def ends(inlet: pylsl.StreamInlet, timeout: float) -> None:
        real(inlet, timeout)
        streams.clear()
        wait_until(lambda: not lsl_inlet._connections(ports))

    source = LSLSource(source_id="brief", timeout_s=20.0)
    ports = data_ports(description_of(source._reception.find().info))
    monkeypatch.setattr(pylsl.StreamInlet, "open_stream", ends)
    source.open()
    with pytest.raises(SourceLost, match="'brief' is gone"):
        read_until_lost(source)
    source.close()


def test_however_many_look_for_streams_they_share_a_port() -> None:
    def ports() -> int:
        return len(psutil.Process().net_connections("udp"))

    views = [StreamView() for _ in range(20)]
    views[0].look()
    stream = outlet("late", source_id="late")
    before = ports()
    for view in views:
        view.announced()
    assert ports() <= before + 2, "those who begin have a fresh one, of IPv4 and perhaps IPv6"
    views.pop(0).close()
    seen = set()
    end = time.monotonic() + 30
    while "late" not in seen and time.monotonic() < end:
        seen = {one.source_id for one in views[-1].look()}
        time.sleep(0.05)
    assert "late" in seen, "who leaves does not take the others' view away"
    for view in views:
        view.close()
        view.close()
    del stream


def test_a_stream_without_channels_is_refused() -> None:
    stream = pylsl.StreamOutlet(pylsl.StreamInfo("empty", "EEG", 0, RATE, "float32", "empty-1"))
    with pytest.raises(SourceFormat, match="'empty' is not a signal: EEG, 0 × float32"):
        LSLSource(name="empty").open()
    with pytest.raises(SourceFormat, match="'empty' has no channels"):
        LSLMarkers(name="empty").open()
    del stream


def test_a_stream_without_labels_can_be_named_by_the_user() -> None:
    stream = outlet("bare", labels=(), units=())
    source: EEGSource = LSLSource(name="bare")
    info = source.open()
    assert info.channel_names == ("1", "2", "3")
    assert info.unplaced == (
        "'bare' has 3 EEG channels without a name. Say where they are: --channels Fp1,Fp2,…"
    )
    assert info.unusable.endswith("does not state its unit. Say it: --unit uV.")
    source.close()
    source = eeg_source("lsl:name=bare&channels=O1, Oz,O2&unit=uV")
    info = source.open()
    assert (info.channel_names, info.unit, info.unusable) == (("O1", "Oz", "O2"), "uV", "")
    source.close()
    for spec in ("lsl:bare", "lsl:type=EEG"):
        source = eeg_source(spec, said=Said(("O1", "Oz", "A+")))
        assert source.open().channel_names == ("O1", "Oz", "A+")
        source.close()
    for names, called in (("O1,Oz", ("O1", "Oz", "3")), ("-,Oz", ("1", "Oz", "3"))):
        source = eeg_source(f"lsl:name=bare&channels={names}&unit=uV")
        info = source.open()
        assert (info.channel_names, info.unplaced) == (called, "")
        source.close()
    source = eeg_source("lsl:name=bare&channels=O1,Oz,O2,Pz")
    info = source.open()
    assert info.channel_names == ("1", "2", "3")
    assert "has 3 channels, and 4 are named" in info.unplaced
    source.close()
    del stream


def test_channels_can_be_named_of_a_stream_whose_name_holds_signs() -> None:
    stream = outlet("Amp&Co 100%", labels=(), units=())
    source = eeg_source("lsl:Amp&Co 100%", said=Said(("O1", "Oz", "O2")))
    info = source.open()
    assert (info.name, info.channel_names) == ("Amp&Co 100%", ("O1", "Oz", "O2"))
    source.close()
    source = eeg_source("lsl:name=Amp%26Co 100%25&channels=A,B,C")
    assert source.open().channel_names == ("A", "B", "C")
    source.close()
    del stream


@pytest.mark.parametrize("unit", ["counts", "AU", "none", ""])
@pytest.mark.parametrize("sample_format", ["float32", "int32"])
def test_a_unit_that_is_not_known_is_recorded_as_sent_and_asked_for(
    unit: str, sample_format: str
) -> None:
    stream = outlet("odd", units=(unit,) * 3, sample_format=sample_format)
    source: EEGSource = LSLSource(name="odd")
    info = source.open()
    said = f"is '{unit}', which is no voltage" if unit in ("counts", "AU") else "does not state"
    assert said in info.unusable
    asks = "If its values are in one, say it" if unit in ("counts", "AU") else "Say it"
    assert info.unusable.endswith(f"{asks}: --unit uV.")
    stream.push_sample([2, -3, 50])
    (chunk,) = read_all(source, 1)
    assert chunk.raw is not None
    assert (str(chunk.raw.dtype), chunk.raw.tolist()) == (sample_format, [[2, -3, 50]])
    source.close()
    source = eeg_source("lsl:odd", said=Said(unit="mV"))
    info = source.open()
    assert (info.unit, info.unusable) == ("mV", "")
    assert "<device_unit>mV</device_unit>" in info.xml
    stream.push_sample([2, -3, 50])
    (chunk,) = read_all(source, 1)
    assert chunk.data.tolist() == [[2e3, -3e3, 5e4]]
    assert chunk.raw is not None
    assert chunk.raw.tolist() == [[2, -3, 50]]
    source.close()
    del stream


def test_what_a_user_says_of_the_unit_must_be_a_voltage() -> None:
    with pytest.raises(ConfigError, match="'counts' is no unit of voltage"):
        Said.of("", "", "counts")
    with pytest.raises(ConfigError, match="gives µV"):
        eeg_source("brainflow:SYNTHETIC", said=Said(unit="uV"))


def test_powers_of_ten_are_volts_and_samples_are_kept_as_they_were_sent() -> None:
    stream = outlet("player", units=("0", "-3", "-6"))
    source = LSLSource(name="player")
    info = source.open()
    assert info.unusable == ""
    stream.push_sample([2, -3, 50])
    (chunk,) = read_all(source, 1)
    assert chunk.data.tolist() == [[2e6, -3e3, 50.0]]
    assert chunk.raw is not None
    assert chunk.raw.tolist() == [[2.0, -3.0, 50.0]]
    source.close()
    del stream


STAMPS = [1.8e12, 1.8e18, -5.25, 1e-9, 1e18, 2.0**60 + 256, np.nan, np.inf, -np.inf, 123.456]


def test_every_stamp_comes_as_it_was_sent() -> None:
    stream, source = outlet("stamps"), LSLSource(name="stamps")
    source.open()
    stream.push_chunk(numbered(0, len(STAMPS)), STAMPS)
    chunks = read_all(source, len(STAMPS))
    stamps = np.concatenate([chunk.stamps for chunk in chunks if chunk.stamps is not None])
    np.testing.assert_array_equal(stamps.view(np.int64), np.array(STAMPS).view(np.int64))
    np.testing.assert_array_equal(np.concatenate([c.data for c in chunks]), numbered(0, 10))
    source.close()
    del stream


def test_a_stream_without_a_fixed_rate_is_recorded() -> None:
    stream, source = outlet("irregular", rate=0.0), LSLSource(name="irregular")
    info = source.open()
    assert (info.sample_rate, info.unusable) == (0.0, "")
    stream.push_sample([1, 2, 3], 5.5)
    (chunk,) = read_all(source, 1)
    assert chunk.data.tolist() == [[1, 2, 3]]
    source.close()
    side = LSLSource(name="irregular", as_sent=True)
    assert side.open().unusable == ""
    side.close()
    del stream


def test_markers_are_no_eeg() -> None:
    stream = pylsl.StreamOutlet(pylsl.StreamInfo("events", "Markers", 1, 0, "string", "events-1"))
    with pytest.raises(SourceFormat, match="'events' is not a signal"):
        LSLSource(name="events").open()
    listing = next(found for found in discover() if found.name == "events")
    assert (listing.kind, listing.n_channels, listing.sample_rate) == ("Markers", 1, 0.0)
    assert listing.sample_format == "string"
    del stream


def test_a_source_needs_a_name() -> None:
    with pytest.raises(ConfigError, match="name or its source_id"):
        LSLSource()


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("V", 1e6), ("volts", 1e6), ("mV", 1e3), ("Millivolt", 1e3), ("µV", 1.0), ("uV", 1.0),
        ("microvolts", 1.0), (" \N{GREEK SMALL LETTER MU}V ", 1.0), ("nanovolts", 1e-3),
        ("microV", 1.0), ("uvolt", 1.0), ("10^-6 V", 1.0), ("1e-6 V", 1.0), ("milliV", 1e3),
        ("\u00ce\u00bcV", 1.0), ("\u00c2\u00b5V", 1.0), ("10^-9 volts", 1e-3), ("1e-6V", 1.0),
        ("micro-volts", 1.0), ("Micro Volt", 1.0), ("milli_volts", 1e3), ("0", 1e6), ("-3", 1e3),
        (" -6 ", 1.0), ("-9", 1e-3),
        ("counts", None), ("µS", None), ("", None), ("10e-6 V", None), ("uV/bit", None),
        ("\ufffdV", None), ("ADC", None), ("micro", None), ("a.u.", None), ("none", None),
        ("3", None), ("6", None), ("-", None), ("1", None), ("-6 V", None),
    ],
)  # fmt: skip
def test_units(unit: str, factor: float | None) -> None:
    assert microvolts(unit) == factor


@pytest.mark.parametrize(
    ("kind", "unit", "factor"),
    [
        ("EEG", "0", 1e6), ("", "-6", 1.0), ("eog", "0", 1e6), ("ECG", "mV", 1e3),
        ("ACC", "0", None), ("misc", "-6", None), ("GSR", "µS", None), ("misc", "mV", 1e3),
    ],
)  # fmt: skip
def test_a_power_of_ten_is_of_volts_where_volts_are_measured(
    kind: str, unit: str, factor: float | None
) -> None:
    assert channel_microvolts(kind, unit) == factor


AMP = Sender(name="amp", type="EEG")


def described(*channels: tuple[str, str, str]) -> str:
    """The XML of a stream whose channels have these labels, types and units."""
    rows = "".join(
        f"<channel><label>{label}</label><type>{kind}</type><unit>{unit}</unit></channel>"
        for label, kind, unit in channels
    )
    return f"<?xml version='1.0'?><info><desc><channels>{rows}</channels></desc></info>"


def test_other_channels_keep_their_unit() -> None:
    rows = (("Cz", "EEG", "mV"), ("skin", "GSR", "µS"), ("X", "ACC", "0"), ("TRG", "", "none"))
    table = channel_table(AMP, described(*rows), 4)
    assert table.to_microvolts.tolist() == [1e3, 1.0, 1.0, 1.0]
    assert (table.unit, table.unusable) == ("mV", "")


def test_an_electrode_needs_a_voltage_whatever_its_type_is_called() -> None:
    table = channel_table(AMP, described(("Cz", "cap", "mV"), ("Fp1", "cap", "counts")), 2)
    assert "'counts', which is no voltage" in table.unusable


@pytest.mark.parametrize(
    ("xml", "names", "said"),
    [
        ("<info><desc/></info>", ("1", "2"), "does not state its unit"),
        (described(("Cz", "", "V")), ("Cz", "2"), "does not state its unit"),
        (described(("Cz", "EEG", "V")), ("Cz", "2"), ""),
        (described(("", "EEG", "V"), ("1", "EEG", "V")), ("1 #2", "1"), ""),
        (described(("Cz", "EEG", "V"), ("Cz", "EEG", "V")), ("Cz (1)", "Cz (2)"), ""),
        (described(("T3", "EEG", "V"), ("T7", "EEG", "V")), ("T3 (1)", "T7 (2)"), ""),
        (described(("Cz", "EEG", "V"), ("Pz", "EEG", "counts")), ("Cz", "Pz"), "is 'counts', wh"),
        (described(("Cz", "", "AU"), ("Pz", "", "counts")), ("Cz", "Pz"), "are 'AU', 'counts', wh"),
        (described(("Cz", "", ""), ("Pz", "EEG", "n/a")), ("Cz", "Pz"), "does not state its unit"),
        (described(*[("Cz", "EEG", "V")] * 3), ("Cz (1)", "Cz (2)"), ""),
    ],
)
def test_no_description_is_refused(xml: str, names: tuple[str, ...], said: str) -> None:
    table = channel_table(AMP, xml, 2)
    assert table.names == names
    assert said in table.unusable
    assert bool(said) == bool(table.unusable)
    assert sent_table("amp", xml, 2).names == names


def test_channels_of_one_name_are_named_once_each() -> None:
    table = channel_table(AMP, described(("Cz", "EEG", "V"), ("cz", "EEG", "V")), 2)
    assert table.notes[0].startswith("The LSL stream 'amp' has several channels called Cz, cz.")
    assert channel_table(AMP, described(("Cz", "EEG", "V")), 1).notes == ()


def test_what_states_no_unit_says_so() -> None:
    table = channel_table(AMP, described(("Cz", "", ""), ("Pz", "EEG", "")), 2)
    assert table.unit == NOT_STATED
    assert channel_table(AMP, described(("Cz", "", "")), 1, Said(unit="uV")).unit == "uV"


def test_a_description_that_is_no_xml_is_refused() -> None:
    with pytest.raises(SourceFormat, match="is no XML"):
        channel_table(AMP, "<info>", 2)
