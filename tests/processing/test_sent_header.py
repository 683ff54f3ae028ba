"""Headers of recorded streams: what the sender states stays, what it does not is added."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest

from milmer_live.processing.channels.names import (
    shared_labels,
    unique_names,
)
from milmer_live.samples import EEGInfo
from milmer_live.storage.session.streams import (
    eeg_header,
    sent_header,
)

Row = tuple[str, str, str]


def xml(*channels: Row, count: int | None = None) -> str:
    rows = "".join(
        f"<channel><label>{label}</label><type>{kind}</type><unit>{unit}</unit></channel>"
        for label, kind, unit in channels
    )
    return (
        f"<info><name>amp</name><type/><channel_count>{count or len(channels)}</channel_count>"
        "<nominal_srate>250</nominal_srate><channel_format>float32</channel_format>"
        f"<desc><serial>7</serial><channels>{rows}</channels></desc></info>"
    )


def rows(header_xml: str) -> list[Row]:
    found = ElementTree.fromstring(header_xml).findall("desc/channels/channel")
    tags = ("label", "type", "unit")
    return [tuple((one.findtext(tag) or "") for tag in tags) for one in found]  # type: ignore[misc]


MIXED = (("Cz", "EEG", "microvolts"), ("skin", "GSR", "µS"), ("", "stim", ""))


def test_types_and_units_stay_as_they_were_stated() -> None:
    info = EEGInfo("amp", "a", ("Cz", "skin", "3"), 250.0, "microvolts", xml(*MIXED))
    header = eeg_header("amp 2", info)
    assert (header.name, header.type) == ("amp 2", "EEG")
    assert rows(header.xml) == [*MIXED[:2], ("3", "stim", "")]
    assert "<serial>7</serial>" in header.xml
    assert "<device_unit>microvolts</device_unit>" in header.xml
    assert rows(sent_header("amp", info.xml, info.channel_names).xml) == rows(header.xml)


def test_what_the_user_has_said_of_a_stream_is_added() -> None:
    bare = xml(("", "", ""), ("", "", ""))
    header = eeg_header("amp", EEGInfo("amp", "a", ("Cz", "Pz"), 250.0, "uV", bare))
    assert rows(header.xml) == [("Cz", "EEG", "microvolts"), ("Pz", "EEG", "microvolts")]
    header = eeg_header("amp", EEGInfo("amp", "a", ("Cz", "Pz"), 250.0, "uV", xml(count=2)))
    assert rows(header.xml) == [("Cz", "EEG", "microvolts"), ("Pz", "EEG", "microvolts")]
    renamed = sent_header("amp", xml(("A", "", ""), ("B", "", "")), ("Cz", "Pz"))
    assert renamed.labels == ("Cz", "Pz")


def test_labels_that_are_not_unique_are_written_as_sent() -> None:
    sent = (("Cz", "EEG", "V"), ("Cz", "EEG", "V"), ("", "EEG", "V"))
    names = unique_names([label for label, _, _ in sent])
    assert names == ("Cz (1)", "Cz (2)", "3")
    assert rows(sent_header("amp", xml(*sent), names).xml) == [*sent[:2], ("3", "EEG", "V")]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("Cz", "", "Pz"), ("Cz", "2", "Pz")),
        (("", "1", "2"), ("1 #2", "1", "2")),
        (("Cz", "cz", "Cz (1)"), ("Cz (1) #2", "cz (2)", "Cz (1)")),
        (("EEG Fp1-REF", "FP1"), ("EEG Fp1-REF (1)", "FP1 (2)")),
    ],
)
def test_names_are_unique(labels: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert unique_names(labels) == names
    assert len(set(names)) == len(names)


def test_labels_of_one_place_are_named() -> None:
    assert shared_labels(("T3", "Cz", "T7", "", "")) == ("T3", "T7")


def test_a_description_of_very_many_channels_takes_no_time() -> None:
    many = tuple((f"E{n}", "EEG", "V") for n in range(50_000))
    names = unique_names([label for label, _, _ in many])
    began = time.perf_counter()
    header = sent_header("amp", xml(*many), names)
    assert time.perf_counter() - began < 10.0
    assert len(header.labels) == len(many)
