"""Amplifiers as they declare themselves: each is recorded exactly, and the model has its EEG in µV
wherever labels, a layout or a profile say where the electrodes are."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
from live_tools import read_all

from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.config import MontageSettings, Preprocessing
from milmer_live.processing.channels import device_profiles
from milmer_live.processing.channels.device_profiles import (
    Match,
    Profile,
    Sender,
    exactly,
    profile_file,
)
from milmer_live.processing.channels.electrodes import directions
from milmer_live.processing.channels.kinds import channel_kinds
from milmer_live.processing.channels.layouts import (
    LAYOUTS,
    find_layout,
    montage_of,
)
from milmer_live.processing.channels.site_names import sites_of
from milmer_live.processing.channels.stream_channels import (
    ChannelTable,
    channel_table,
)
from milmer_live.processing.channels.user_channels import Said, with_said
from milmer_live.processing.eeg.montage import channel_map
from milmer_live.processing.eeg.pipeline import EEGPipeline
from milmer_live.processing.eeg.scale import scale_problem
from milmer_live.samples import EEGInfo

AC32 = (
    *("Fp1", "Fz", "F3", "F7", "FT9", "FC5", "FC1", "C3", "T7", "TP9", "CP5", "CP1", "Pz", "P3"),
    *("P7", "O1", "Oz", "O2", "P4", "P8", "TP10", "CP6", "CP2", "Cz", "C4", "T8", "FT10", "FC6"),
    *("FC2", "F4", "F8", "Fp2"),
)
EPOC = ("AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4")
DSI = (
    *("P3", "C3", "F3", "Fz", "F4", "C4", "P4", "Cz", "CM", "A1", "Fp1", "Fp2", "T3", "T5", "O1"),
    *("O2", "X3", "X2", "F7", "F8", "X1", "A2", "T6", "T4", "TRG"),
)
Row = dict[str, str]


def keep_profile(profile: Profile, stem: str) -> Path:
    file, text = profile_file(profile, stem)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def eeg(labels: Sequence[str], unit: str = "microvolts", **more: str) -> list[Row]:
    return [{"label": label, "unit": unit, "type": "EEG", **more} for label in labels]


def other(label: str, kind: str, unit: str = "") -> Row:
    return {"label": label, "type": kind, "unit": unit}


@dataclass(frozen=True)
class Declared:
    """What a sender declares, and what has to come of it: how many channels are EEG, the site of
    the first, how many µV one unit of it is, and words of the way out where there is none."""

    name: str
    type: str = "EEG"
    rate: float = 250.0
    format: str = "float32"
    source_id: str = ""
    channels: list[Row] = field(default_factory=list)
    count: int = 0
    n_eeg: int = 0
    site: str = ""
    microvolts: float | None = 1.0
    says: str = ""
    device: str = ""

    @property
    def n(self) -> int:
        return self.count or len(self.channels)


DECLARED = {
    "EmotivPRO": Declared(
        "EmotivDataStream-EEG", rate=128.0, format="double64", source_id="EPOCX-E2020123",
        channels=[
            *(other("Timestamp", "EEG", "seconds"), other("Counter", "EEG")),
            other("Interpolate", "EEG"),
            *eeg(EPOC),
            *(other("HardwareMarker", "EEG"), other("Markers", "EEG")),
        ],
        n_eeg=14, site="af3", device="Emotiv (EmotivPRO)",
    ),
    "OpenBCI GUI": Declared(
        "obci_eeg1", source_id="openbcigui", count=8, n_eeg=8, says="--layout openbci-8",
        device="OpenBCI GUI, 8 channels",
    ),
    "Unicorn": Declared("UN-2019.05.12_EEG", source_id="UN-2019.05.12", count=8, n_eeg=8,
                        site="fz", device="g.tec Unicorn Hybrid Black"),
    "LiveAmp": Declared(
        "LiveAmpSN-054211-0207", rate=500.0, source_id="LiveAmpSN-054211-0207",
        channels=[
            *eeg(AC32), {"type": "AUX", "unit": "microvolts"},
            *[{"type": "ACC", "unit": "microvolts"}] * 3,
            *[{"type": "Trigger", "unit": "microvolts"}] * 2,
        ],
        n_eeg=32, site="fp1", device="Brain Products LiveAmp",
    ),
    "BrainAmp with triggers": Declared(
        "BrainAmpSeries-Dev_1", rate=500.0,
        channels=[*eeg(AC32, scaling_factor="1"), other("triggerStream", "EEG", "code")],
        n_eeg=32, site="fp1", device="Brain Products BrainAmp",
    ),
    "BrainAmp, raw": Declared(
        "BrainAmpSeries-Dev_1", rate=500.0, format="int16",
        channels=eeg(AC32, scaling_factor="0.100000"), n_eeg=32, site="fp1", microvolts=0.1,
        device="Brain Products BrainAmp",
    ),
    "EGI, counts": Declared(
        "EGI NetAmp 0", rate=1000.0, format="int32", source_id="EGI_10.10.10.51_ch32",
        channels=[
            *eeg([*(f"E{n}" for n in range(1, 33)), "Cz"], "counts", conversion="0.024414"),
            *(other("PIB1", "AUX", "counts"), other("DIN", "DIN", "uint16")),
        ],
        n_eeg=33, site="egi-32/e1", microvolts=0.024414, device="EGI Net Amps, net of 32",
    ),
    "BioSemi": Declared(
        "BioSemi", rate=512.0, source_id="LABPC",
        channels=[
            other("Trig1", "Trigger", "microvolts"), *eeg([f"A{n}" for n in range(1, 33)]),
            *[other(f"EX{n}", "EXG", "microvolts") for n in range(1, 9)],
            *[other(f"AUX{n}", "AUX", "microvolts") for n in range(1, 9)],
        ],
        n_eeg=32, site="fp1", device="BioSemi ActiveTwo, 32 electrodes",
    ),
    "Enobio": Declared("Enobio", rate=500.0, count=8, n_eeg=8, microvolts=1e-3,
                       says="8 EEG channels without a name", device="Neuroelectrics Enobio"),
    "DSI-24": Declared("WS-default", rate=300.0, channels=eeg(DSI), n_eeg=20, site="p3",
                       device="Wearable Sensing DSI"),
    "Cognionics": Declared(
        "Cognionics", rate=500.0, source_id="Cognionics_C3",
        channels=eeg([*AC32[:20], "ACC0", "ACC1", "ACC2", "TRIGGER"]), n_eeg=20, site="fp1",
        device="Cognionics headset",
    ),
    "Mentalab": Declared(
        "Explore_842F_ExG", "ExG",
        channels=[{"name": f"ch{n}", "unit": "uV", "type": "ExG"} for n in range(1, 9)],
        n_eeg=8, says="(ch1, ch2, ch3, ch4 …) are no sites", device="Mentalab Explore",
    ),
    "OpenViBE": Declared("openvibeSignal", "signal", 512.0, channels=eeg(AC32, "unknown"),
                         n_eeg=32, site="fp1", microvolts=None, says="does not state its unit",
                         device="OpenViBE"),
    "MNE-LSL": Declared("MNE-LSL-Player", rate=512.0, format="double64",
                        channels=[{"label": name, "type": "eeg", "unit": "0"} for name in AC32],
                        n_eeg=32, site="fp1", microvolts=1e6, device="MNE-LSL player"),
    "eego": Declared("eegoSports 000123", rate=512.0, channels=eeg([f"Ch{n}" for n in range(32)]),
                     n_eeg=32, says="--layout eego-32", device="ANT Neuro eego"),
    "muselsl": Declared(
        "Muse", rate=256.0, source_id="Muse00:55:DA:B3:74:A4",
        channels=eeg(["TP9", "AF7", "AF8", "TP10", "Right AUX"]), n_eeg=4, site="tp9",
        device="Muse",
    ),
    "OpenMuse": Declared(
        "Muse-EEG (00:55:DA:B3:74:A4)", rate=256.0, source_id="Muse_EEG_00:55:DA:B3:74:A4",
        channels=eeg(["EEG_TP9", "EEG_AF7", "EEG_AF8", "EEG_TP10", "AUX_1", "AUX_2"]),
        n_eeg=4, site="tp9", device="Muse",
    ),
    "TMSi": Declared(
        "SAGA", rate=1000.0, source_id="tmsi-1005190056",
        channels=[
            *eeg(AC32, "µVolt"), other("CREF", "UNI", "µVolt"), other("TRIGGERS", "unknown", "-"),
            *(other("STATUS", "STATUS", "-"), other("COUNTER", "counter", "-")),
        ],
        n_eeg=32, site="fp1", device="TMSi SAGA and APEX",
    ),
    "CGX": Declared(
        "CGX Quick-20r Q20r-0162", rate=500.0,
        channels=eeg(
            [*AC32[:20], "ACC29", "ACC30", "ACC31", "Packet Counter", "TRIGGER"], "microvolt"
        ),
        n_eeg=20, site="fp1", device="CGX headset",
    ),
    "Unicorn Recorder": Declared(
        "UnicornRecorderRawDataLSLStream",
        channels=[
            {"label": label}
            for label in (
                *(f"EEG {n}" for n in range(1, 9)),
                *(f"{what} {axis}" for what in ("Accelerometer", "Gyroscope") for axis in "XYZ"),
                *("Counter", "Battery Level", "Validation Indicator"),
            )
        ],
        n_eeg=8, site="fz", device="g.tec Unicorn Recorder",
    ),
    "Unicorn Recorder, no labels": Declared(
        "UnicornRecorderLSLStream", count=17, n_eeg=8, site="fz", device="g.tec Unicorn Recorder",
    ),
    "pyOpenBCI": Declared(
        "OpenBCIEEG", source_id="OpenBCItestEEG", count=8, n_eeg=8, says="--layout openbci-8",
        device="OpenBCI (pyOpenBCI)",
    ),
    "OpenBCI of 2014": Declared(
        "OpenBCI_32", source_id="usbserial-DN0093AG",
        channels=[
            {"name": label, "unit": "microvolts", "type": "EEG"}
            for label in ("C3", "C4", "Cz", "FPz", "POz", "CPz", "O1", "O2")
        ],
        n_eeg=8, site="c3",
    ),
    "of no maker": Declared("Amp", channels=eeg([f"A{n}" for n in range(1, 33)]), n_eeg=32,
                            says="--layout biosemi-32"),
    "bipolar": Declared("Amp", channels=eeg(["Fp1-F3", "F3-C3", "C3-P3", "P3-O1"]), n_eeg=4,
                        says="is between pairs of electrodes (Fp1-F3, F3-C3, C3-P3, P3-O1)"),
    "of no unit": Declared("Amp", channels=eeg(AC32, ""), n_eeg=32, site="fp1", microvolts=None,
                           says="Say it: --unit uV"),
    "without a rate": Declared("DIY", rate=0.0, channels=eeg(AC32), n_eeg=32, site="fp1"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MILMER_LIVE_CONFIG", str(tmp_path))
    return tmp_path


def outlet(declared: Declared) -> tuple[Any, str]:
    source_id = declared.source_id or f"id-{uuid.uuid4()}"
    info = pylsl.StreamInfo(
        declared.name, declared.type, declared.n, declared.rate, declared.format, source_id
    )
    if declared.channels:
        channels = info.desc().append_child("channels")
        for row in declared.channels:
            channel = channels.append_child("channel")
            for tag, text in row.items():
                channel.append_child_value(tag, text)
    return pylsl.StreamOutlet(info), source_id


@pytest.mark.parametrize("maker", DECLARED)
def test_each_is_recorded_as_sent_and_the_model_has_what_it_can(maker: str) -> None:
    declared = DECLARED[maker]
    stream, _ = outlet(declared)
    source = LSLSource(uid=stream.get_info().uid())
    info = source.open()
    try:
        sent = np.arange(3 * declared.n).reshape(3, declared.n) + 7
        stream.push_chunk(sent.tolist(), pylsl.local_clock())
        chunks = read_all(source, 3)
        notes = " ".join(source.take_notes())
    finally:
        source.close()
    raw = np.concatenate([one.data if one.raw is None else one.raw for one in chunks])
    np.testing.assert_array_equal(raw, sent)
    assert info.kinds.count("EEG") == declared.n_eeg
    assert info.electrodes[info.kinds.index("EEG")] == declared.site
    assert declared.says in f"{info.unplaced} {info.unusable}"
    assert bool(declared.says) == bool(info.unplaced or info.unusable)
    assert info.device == declared.device
    assert (f"is recognised as {declared.device}" in notes) == bool(declared.device)
    assert bool(info.unusable) == (declared.microvolts is None)
    if declared.microvolts is not None:
        column = info.kinds.index("EEG")
        data = np.concatenate([one.data for one in chunks])
        np.testing.assert_allclose(data[:, column], sent[:, column] * declared.microvolts, 1e-6)
    del stream


def test_raw_counts_are_scaled_for_the_model_and_it_is_said() -> None:
    table = channel_table(
        Sender(name="Amp"), described(eeg(AC32[:4], "counts", Resolusion="0.5")), 4
    )

    assert table.to_microvolts.tolist() == [0.5] * 4
    assert table.notes == (
        "The LSL stream 'Amp' states a scale (0.5): the model and the screen have its EEG times "
        "that, and the recording has it as sent.",
    )


@pytest.mark.parametrize("text", ["0,1", "0", "nan", "-1", "abc", "inf"])
def test_a_scale_that_means_nothing_is_said_and_not_applied(text: str) -> None:
    table = channel_table(Sender(name="Amp"), described(eeg(AC32[:4], scaling_factor=text)), 4)

    assert table.to_microvolts.tolist() == [1.0] * 4
    assert table.notes == (
        f"The LSL stream 'Amp' states a scale of '{text}', which is no number above 0: it is not "
        "applied.",
    )


def described(rows: Sequence[Row]) -> str:
    inner = "".join(
        "<channel>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in row.items()) + "</channel>"
        for row in rows
    )
    return f"<info><desc><channels>{inner}</channels></desc></info>"


@pytest.mark.parametrize(
    ("labels", "sites"),
    [
        (("Fp1-Cz", "F3-Cz", "O1-Cz"), ("fp1", "f3", "o1")),  # one reference
        (("Fp1-F3", "F3-C3", "C3-P3"), ("", "", "")),  # bipolar: nowhere
        (("Fp1-A1", "Fp2-A2"), ("fp1", "fp2")),
        (("Cz", "cz"), ("", "")),
        ((*(f"C{n}" for n in range(1, 33)), "Fz"), ("",) * 33),  # BioSemi's C3 is no C3
        (("C3", "C4", "C5", "C29", "C30"), ("",) * 5),
        (("C1", "C2", "C3", "C4", "C5", "C6", "CP1"), ("c1", "c2", "c3", "c4", "c5", "c6", "cp1")),
    ],
)
def test_a_name_that_could_be_two_things_is_never_guessed(
    labels: tuple[str, ...], sites: tuple[str, ...]
) -> None:
    assert sites_of(labels) == sites


def test_what_comes_beside_eeg_is_told_from_it() -> None:
    assert channel_kinds(("THERM", "SKINTEMP"), ("", ""), ("", "")) == ("temperature",) * 2
    labels = ("Fp1", "VEOG", "EKG", "Chin", "GSR", "Accel_X", "STI 014", "AUX 1", "X1", "BAT")
    kinds = channel_kinds(labels, ["EEG"] * 10, ["uV"] * 10)

    assert kinds == ("EEG", "EOG", "ECG", "EMG", "GSR", "motion", "trigger", "other", "EEG",
                     "battery")  # fmt: skip
    assert set(channel_kinds(["C1", "C2"], ["", ""], ["", ""], "Gaze")) == {"gaze"}
    mixed = channel_kinds(("Fp1", "TP9", "A1"), ("EEG", "EOG", "AUX"), ("uV",) * 3)
    assert mixed == ("EEG", "EOG", "other"), "types that differ go before labels"


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_places_every_electrode(name: str) -> None:
    import mne

    layout = find_layout(name)
    montage, _ = montage_of(name)
    scalp = [site for site in layout.electrodes.values() if site not in ("m1", "m2", "eog")]
    placed, _ = directions(scalp)

    assert np.isfinite(placed).all()
    assert np.linalg.norm(placed, axis=1) == pytest.approx(np.ones(len(scalp)))
    if montage:
        known = mne.channels.make_standard_montage(montage).ch_names
        assert list(layout.electrodes) == [label.lower() for label in known]


def test_a_layout_gives_the_model_what_its_own_sites_would() -> None:
    """A smooth field on the head, seen by a cap that counts its electrodes."""
    layout = find_layout("biosemi-128")
    labels = [label.upper() for label in layout.electrodes]
    table = channel_table(Sender(name="Cap"), described(eeg(labels)), 128, Said(layout=layout.name))
    info = replaced(table)
    places, channels = directions(info.electrodes)
    field = np.array([0.5, -0.4, 0.77])
    seen = (20 * places @ field).astype(np.float32)[np.newaxis]

    mapping = channel_map(info, MontageSettings())

    assert mapping.coverage > 0.97
    np.testing.assert_allclose(mapping.apply(seen)[0], 20 * channels @ field, atol=0.6)


def replaced(table: ChannelTable) -> EEGInfo:
    return EEGInfo(
        "Cap", "c", table.names, 250.0, table.unit, "", table.unusable, table.kinds,
        table.electrodes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "layout", "fits"),
    [
        ([f"E{n:03d}" for n in range(1, 129)], "egi-128", True),  # without its reference
        ([""] * 129, "egi-128", True),
        ([f"{row}{n}" for row in "ABCD" for n in range(1, 33)], "biosemi-64", False),
        ([f"A{n}" for n in range(1, 33)], "biosemi-32", True),
        ([""] * 31, "biosemi-32", False),
    ],
)
def test_a_layout_that_does_not_fit_is_refused(labels: list[str], layout: str, fits: bool) -> None:
    table = channel_table(
        Sender(name="Cap"), described(eeg(labels)), len(labels), Said(layout=layout)
    )

    assert bool(table.unplaced) is not fits
    assert any(table.electrodes) is fits
    assert fits or "are not those of the layout" in table.unplaced


def test_only_eeg_goes_into_the_model() -> None:
    """A trigger channel in the way of the electrodes changes nothing, whatever it holds."""
    rows = [other("Trig1", "Trigger"), *eeg(AC32), other("AUX", "AUX")]
    info = replaced(channel_table(Sender(name="Cap"), described(rows), 34))
    rng = np.random.default_rng(2)
    data = rng.normal(0, 20, (500, 34)).astype(np.float32)
    data[:, 0], data[:, 33] = np.nan, 1e9
    alone = replaced(channel_table(Sender(name="Cap"), described(eeg(AC32)), 32))

    out = EEGPipeline(info, Preprocessing()).process(data)

    np.testing.assert_array_equal(out, EEGPipeline(alone, Preprocessing()).process(data[:, 1:33]))
    assert info.eeg_names == AC32


@pytest.mark.parametrize(
    ("level_uv", "unit", "says"),
    [
        (20.0, "uV", ""), (0.6, "uV", ""), (4999.0, "uV", ""), (0.0, "uV", ""),
        (20e-6, "uV", "likely in V (--unit V)"), (0.02, "uV", "likely in mV (--unit mV)"),
        (20_000.0, "uV", "likely in nV (--unit nV)"), (20e6, "V", "likely in uV (--unit uV)"),
        (20_000.0, "mV", "likely in uV (--unit uV)"), (0.45, "uV", "check the electrodes"),
        (1e12, "uV", "check the electrodes"), (20_000.0, "not stated", "likely in nV"),
    ],
)  # fmt: skip
def test_a_size_that_no_eeg_has_names_the_likely_unit(
    level_uv: float, unit: str, says: str
) -> None:
    found = scale_problem([level_uv, 0.9 * level_uv, 1.1 * level_uv], unit)

    assert says in found
    assert bool(says) == bool(found)


def test_a_profile_of_the_users_own_goes_before_ours(own_profiles: Path) -> None:
    sender = Sender(name="obci_eeg1", type="EEG", source_id="openbcigui", host="lab-3")
    names = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")
    file = keep_profile(
        Profile(title='Our "cap"\n', match=exactly(sender, 8), unit="mV", channels=names),
        "obci (1)",
    )
    assert file.parent == own_profiles / "devices"

    table = channel_table(sender, "", 8)

    assert (table.device, table.names, table.unplaced) == ('Our "cap"\n', names, "")
    assert set(table.to_microvolts) == {1e3}
    assert channel_table(sender.model_copy(update={"name": "x"}), "", 8).device != table.device
    labelled = described(eeg(AC32[:8], "V"))
    again = channel_table(sender, labelled, 8)
    assert (again.names, set(again.to_microvolts)) == (names, {1e3}), "what was said is kept"
    other = exactly(sender.model_copy(update={"source_id": "2"}), 8)
    assert keep_profile(Profile(title="Cap \U0001f9e0", match=other), "a 1") != file
    assert channel_table(Sender(name="obci_eeg1", type="EEG", source_id="2"), "", 8).device


@pytest.mark.parametrize(
    ("stated", "unit", "factor"),
    [("counts", "", 0.02), ("", "uV", 0.02), ("", "mV", 20.0), ("raw", "", 0.02)],
)
def test_a_profile_has_the_scale_of_raw_counts(
    own_profiles: Path, stated: str, unit: str, factor: float
) -> None:
    del own_profiles
    sender, xml = Sender(name="Amp", type="EEG"), described(eeg(AC32, stated))
    assert channel_table(sender, xml, 32).unusable
    keep_profile(Profile(title="Amp", match=Match(name="Amp"), unit=unit, scale=0.02), "amp")

    table = channel_table(sender, xml, 32)

    assert table.to_microvolts == pytest.approx(factor)
    assert (table.unusable, table.in_microvolts) == ("", True)
    assert [note for note in table.notes if "'Amp' has a scale (0.02)" in note]
    kept = with_said(xml, table.said, table.device)
    elsewhere = channel_table(Sender(name="Other"), kept, 32)
    assert elsewhere.to_microvolts == pytest.approx(factor), "from the recording alone"


def test_what_the_user_says_or_the_sender_goes_before_the_scale_of_a_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = Profile(title="Amp", match=Match(name="Amp"), scale=0.02)
    monkeypatch.setattr(device_profiles, "_shipped", lambda: ((ours,), ()))
    sender = Sender(name="Amp", type="EEG")
    channels = eeg(AC32, "counts")
    said = channel_table(sender, described(channels), 32, Said(unit="mV"))
    assert set(said.to_microvolts) == {1e3}
    stated = described([one | {"scaling_factor": "0.5"} for one in channels])
    table = channel_table(sender, stated, 32)
    assert set(table.to_microvolts) == {0.5}
    assert not [note for note in table.notes if "profile" in note]
    assert set(channel_table(sender, described(eeg(AC32)), 32).to_microvolts) == {1.0}
    counts = described([*channels[:31], {"label": "TRG", "type": "Trigger", "unit": "code"}])
    last = channel_table(sender, counts, 32)
    assert (last.to_microvolts[0], last.to_microvolts[-1]) == (0.02, 1.0)


@pytest.mark.parametrize("scale", ["0.02x", "-1.0", "nan", "inf", '"a"'])
def test_a_scale_that_is_none_is_named(own_profiles: Path, scale: str) -> None:
    folder = own_profiles / "devices"
    folder.mkdir()
    (folder / "odd.toml").write_text(f"title = 'Odd'\nscale = {scale}\n[match]\nname = 'Amp'\n")
    table = channel_table(Sender(name="Amp", type="EEG"), described(eeg(AC32)), 32)
    assert "odd.toml" in table.notes[0]


def test_a_profile_that_cannot_be_read_is_named_and_passed_over(own_profiles: Path) -> None:
    folder = own_profiles / "devices"
    folder.mkdir()
    (folder / "odd.toml").write_text("title = 3\n[match]\nname = '('\n")

    table = channel_table(Sender(name="Amp", type="EEG"), described(eeg(AC32)), 32)

    assert table.electrodes[0] == "fp1"
    assert len(table.notes) == 1
    assert "odd.toml" in table.notes[0]
