"""What a board sends beside its EEG: which rows are what, and that they reach the file."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyxdf
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame
from sessions import plan

from milmer_live.acquisition.brainflow.boards import (
    board_shim,
    descriptions,
    list_boards,
)
from milmer_live.acquisition.brainflow.boards import parse_board as parsed
from milmer_live.acquisition.brainflow.eeg import BrainFlowSource
from milmer_live.acquisition.brainflow.signals import (
    PRESETS,
    BoardSignal,
    presets_of,
)
from milmer_live.clock import LSLClock
from milmer_live.errors import SourceAway
from milmer_live.live.engine import Asked, Engine
from milmer_live.live.recording.recorder import Recorder
from milmer_live.live.session_recording import RecordingRun
from milmer_live.live.sources.side_streams import (
    device_signals,
    side_streams,
)
from milmer_live.live.state import SourceState
from milmer_live.live.workers import Faults
from milmer_live.samples import Float64
from milmer_live.storage.session.balance import Outcome
from milmer_live.storage.session.card import CARD_NAME

SAMPLES = 300


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What BrainFlow writes of both presets of its synthetic board."""
    folder = tmp_path_factory.mktemp("board")
    module = board_shim()
    board = module.BoardShim(-1, module.BrainFlowInputParams())
    board.prepare_session()
    files = {"file": folder / "exg.csv", "file_aux": folder / "aux.csv"}
    for preset, path in enumerate(files.values()):
        board.add_streamer(f"file://{path}:w", preset)
    board.start_stream(10_000)
    try:
        deadline = time.monotonic() + 30
        while board.get_board_data_count(1) < SAMPLES and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        board.release_session()
    for path in files.values():  # of equal length, and nothing half written
        lines = path.read_text().splitlines()[:SAMPLES]
        assert len(lines) == SAMPLES
        path.write_text("".join(f"{line}\n" for line in lines))
    return files


def spec_of(played: dict[str, Path]) -> str:
    files = "&".join(f"{name}={path}" for name, path in played.items())
    return f"brainflow:PLAYBACK_FILE?{files}&master_board=SYNTHETIC"


def rows_of(path: Path) -> Float64:
    """(n_rows, n_samples)"""
    return np.loadtxt(path, delimiter="\t").T


def streams_in(folder: Path) -> dict[str, dict[str, Any]]:
    found, _ = pyxdf.load_xdf(folder / "session.xdf", dejitter_timestamps=False)
    return {one["info"]["name"][0]: one for one in found}


def test_every_row_of_every_preset_is_recorded_as_the_board_gave_it(
    tmp_path: Path, played: dict[str, Path]
) -> None:
    spec, clock, faults = spec_of(played), LSLClock(), Faults()
    source = BrainFlowSource(spec.removeprefix("brainflow:"), clock)
    engine = Engine(source, None, None, whole_frame, QUICK, clock, asked=Asked(spec))
    run = RecordingRun(engine, device_signals(source, spec, clock, faults), faults)
    recorder = Recorder(tmp_path, plan(), clock, Faults())
    run.record(recorder)
    run.start()
    wait_until(lambda: all(source.ended for source in run.sources), 40.0)
    assert run.fault == ""
    wait_until(lambda: len(recorder.status.samples) > len(source.beside), 20.0)
    wait_until(
        lambda: all(recorder.status.samples[one.name] == SAMPLES for one in source.beside), 20.0
    )
    assert run.stop()
    outcomes = {one.outcome for one in recorder.status.balance}
    assert outcomes == {Outcome.WHOLE}, [one.sentence for one in recorder.status.balance]

    found = streams_in(recorder.status.folder)
    sent = {0: rows_of(played["file"]), 1: rows_of(played["file_aux"])}
    for one in source.beside:
        signal, stream = one.signal, found[one.name]
        np.testing.assert_array_equal(
            stream["time_series"], sent[signal.preset][list(signal.rows)].T, one.name
        )
        channels = stream["info"]["desc"][0]["channels"][0]["channel"]
        assert [channel["label"][0] for channel in channels] == list(signal.labels)
        assert [channel.get("unit", [""])[0] for channel in channels] == list(signal.units)
        assert float(stream["info"]["nominal_srate"][0]) == signal.sample_rate
        assert np.allclose(np.diff(stream["time_stamps"]), 1 / 250, atol=1e-3)
    assert found["Synthetic"]["time_series"].shape == (SAMPLES, 16)
    assert found["Synthetic EDA (auxiliary)"]["info"]["type"] == ["EDA"]
    starts = [found[name]["time_stamps"][0] for name in found if name.startswith("Synthetic")]
    assert np.ptp(starts) < 0.2, "on one clock"
    kinds = {one["name"]: one["kind"] for one in devices(recorder.status.folder)}
    assert [name for name, kind in kinds.items() if kind == "EEG"] == ["Synthetic"]


def devices(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / CARD_NAME).read_text())["devices"])


def test_what_a_board_sends_beside_is_not_asked_for_and_never_missing(
    played: dict[str, Path],
) -> None:
    spec, clock, faults = spec_of(played), LSLClock(), Faults()
    source = BrainFlowSource(spec.removeprefix("brainflow:"), clock)
    sides = device_signals(source, spec, clock, faults)
    for side in sides:
        side.step()
    states = [side.status(clock.now()) for side in sides]
    assert {one.state for one in states} == {SourceState.CONNECTING}
    assert {one.part_of for one in states} == {spec}
    assert faults.text == "", "that the board is not there is said of its EEG"


def test_a_board_without_eeg_is_recorded_beside_one() -> None:
    sides = side_streams(["brainflow:SHIMMER3?serial_port=COM3"], (), LSLClock(), Faults())
    names = [side.label for side in sides[1:]]
    assert names[:2] == ["Shimmer3 EDA", "Shimmer3 temperature"]
    assert sides[0].status(0.0).part_of == ""


def test_a_signal_is_there_while_the_board_is() -> None:
    source = BrainFlowSource("SYNTHETIC")
    eda = source.beside[0]
    with pytest.raises(SourceAway):
        eda.open()
    source.open()
    assert eda.open().sample_rate == 250.0
    received: list[int] = []
    while sum(received) < 50:
        source.read(0.1)
        chunk = eda.read(0.0)
        if chunk is not None:
            assert chunk.first_index == sum(received)
            received.append(len(chunk))
    source.close()
    with pytest.raises(SourceAway):
        eda.read(0.0)
    source.open()
    assert eda.open().name == "Synthetic EDA"
    source.close()


def signals(spec: str) -> dict[str, BoardSignal]:
    return {one.name: one for preset in presets_of(parsed(spec), any_signal=True)
            for one in preset.signals}  # fmt: skip


@pytest.mark.parametrize("board", list_boards(), ids=lambda board: board.name)
def test_no_row_is_left_out_and_none_is_there_twice(board: Any) -> None:
    spec = parsed(board.spec.removeprefix("brainflow:"))
    for preset in presets_of(spec, any_signal=True):
        found = descriptions(spec)[preset.number]
        told = [row for one in preset.signals for row in one.rows]
        kept = {preset.times, preset.numbers, found.get("marker_channel")} - {None}
        assert len(told) == len(set(told))
        assert {*told, *kept} == set(range(int(found["num_rows"]))), PRESETS[preset.number]


def package_of(source: BrainFlowSource, **rows: float) -> Float64:
    """(n_rows, 1), one package of a board: 0 but for the rows that are named."""
    found = descriptions(source.spec)[0]
    package = np.zeros((int(found["num_rows"]), 1))
    for name, value in rows.items():
        package[found[name]] = value
    return package


def lines_of(board: str, eeg: float) -> list[str]:
    """What BrainFlow would write of a board: 4 s of packages, EEG row n of the value n `eeg`."""
    spec = parsed(board)
    found = descriptions(spec)[0]
    rate = int(found["sampling_rate"])
    rows = np.zeros((4 * rate, int(found["num_rows"])))
    rows[:, found["package_num_channel"]] = np.arange(len(rows))
    rows[:, found["timestamp_channel"]] = 1e9 + np.arange(len(rows)) / rate
    rows[:, found["eeg_channels"]] = eeg * np.arange(1, len(found["eeg_channels"]) + 1)
    return ["\t".join(f"{value:.9g}" for value in row) for row in np.round(rows, 9)]


@pytest.mark.parametrize(
    ("board", "eeg", "microvolts", "why"),
    [
        ("FREEEEG32", 10.0, 10.0, "The board PLAYBACK_FILE does not name its 32 EEG channels."),
        ("ANT_NEURO_EE_411", 1e-5, 10.0, "The board PLAYBACK_FILE does not name its 8 EEG"),
    ],
)
def test_a_board_without_names_is_recorded_in_microvolts(
    tmp_path: Path, board: str, eeg: float, microvolts: float, why: str
) -> None:
    port = "?serial_port=COM3" if board == "FREEEEG32" else ""
    lines = lines_of(f"{board}{port}", eeg)
    (tmp_path / "played.csv").write_text("".join(f"{line}\n" for line in lines))
    spec = f"PLAYBACK_FILE?file={tmp_path / 'played.csv'}&master_board={board}"
    clock = LSLClock()
    source = BrainFlowSource(spec, clock)
    engine = Engine(source, None, WatchingPredictor(), whole_frame, QUICK, clock)
    run = RecordingRun(engine, device_signals(source, spec, clock, Faults()))
    recorder = Recorder(tmp_path, plan(), clock, Faults())
    run.record(recorder)
    run.start()
    notes: list[str] = []

    def has_ended() -> bool:
        notes.append(run.sources[0].note)
        return bool(run.sources[0].ended)

    wait_until(has_ended, 60.0)
    assert run.stop()
    assert any(why in said for said in (*notes, engine.snapshot().fault))
    (name,) = [one["name"] for one in devices(recorder.status.folder) if one["kind"] == "EEG"]
    found = streams_in(recorder.status.folder)[name]
    n_channels = int(found["info"]["channel_count"][0])
    expected = microvolts * np.arange(1, n_channels + 1)
    np.testing.assert_allclose(found["time_series"], np.tile(expected, (len(lines), 1)), rtol=1e-4)
    channels = found["info"]["desc"][0]["channels"][0]["channel"]
    assert {channel["unit"][0] for channel in channels} == {"microvolts"}


def test_volts_become_microvolts_and_are_no_impedance() -> None:
    source = BrainFlowSource("ANT_NEURO_EE_211")
    package = package_of(source, eeg_channels=-5e-5, timestamp_channel=1.0)
    source._take(source._readers[0], package)
    chunk = source._pending.popleft()
    np.testing.assert_allclose(chunk.data, -50.0)
    assert source._main.info().unit == "V"
    assert source.status.impedances_ohm == (), "-0.0 kOhm is an EEG value"
    assert [one.name for one in source.beside] == ["AntNeuroEE211 impedance", "AntNeuroEE211 other"]
    assert source.beside[0].signal.labels == ("impedance reference", "impedance ground")


def test_a_board_that_measures_impedance_sends_no_eeg() -> None:
    source = BrainFlowSource("ANT_NEURO_EE_411?config=impedance_mode:1&channels=1,2,3,4,5,6,7,Cz")
    info = source._main.info()
    assert info.unusable.startswith("The board ANT_NEURO_EE_411 measures impedance")
    assert (info.channel_names[7:], info.unit) == (
        ("impedance Cz", "impedance reference", "impedance ground"),
        "ohms",
    )
    package = package_of(source, resistance_channels=4_700.0, timestamp_channel=1.0)
    source._take(source._readers[0], package)
    assert source.status.impedances_ohm[7:9] == (("Cz", 4_700.0), ("reference", 4_700.0))
    assert source._pending.popleft().raw is not None


def test_ganglion_measures_between_its_samples_and_its_reference_too() -> None:
    source = BrainFlowSource("GANGLION_NATIVE?channels=Fp1,Fp2,O1,O2")
    found = descriptions(source.spec)[0]
    impedance = next(one for one in source.beside if one.name == "Ganglion impedance")
    impedance.begin(200.0)
    impedance.open()
    take = source._take
    take(source._readers[0], package_of(source, eeg_channels=3.0, timestamp_channel=1.0))
    assert not source.status.impedances_ohm
    package = package_of(source, timestamp_channel=1.1, package_num_channel=205.0)
    package[found["resistance_channels"]] = [[5_000.0], [0.0], [6_000.0], [0.0], [700.0]]
    take(source._readers[0], package)
    assert source.status.impedances_ohm == (("Fp1", 5_000.0), ("O1", 6_000.0), ("reference", 700.0))
    assert len(source._pending) == 1, "a package of impedances is no sample of EEG"
    chunk = impedance.read(0.0)
    assert chunk is not None
    assert chunk.raw is not None
    assert chunk.raw.tolist() == [[5_000.0, 0.0, 6_000.0, 0.0, 700.0]]
    assert impedance.read(0.0) is None


def test_units_are_those_of_the_drivers() -> None:
    galea = signals("GALEA")
    assert galea["Galea EDA"].units == ("volts", "microsiemens")
    assert galea["Galea EMG"].units == ("microvolts",) * 6
    assert (galea["Galea EDA"].sample_rate, galea["Galea EOG"].sample_rate) == (50.0, 250.0)
    explore = signals("EXPLORE_4_CHAN?mac_address=1")
    assert explore["Explore4Channels accelerometer"].units == ("mg",) * 3
    assert explore["Explore4Channels battery"].sample_rate == 1.0
    assert signals("SHIMMER3?serial_port=COM3")["Shimmer3 accelerometer"].units == ("",) * 3
