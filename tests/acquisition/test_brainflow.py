"""BrainFlow's own synthetic and playback boards, as they are."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live_tools import QUICK, WatchingPredictor, wait_until, whole_frame

from milmer_live.acquisition.brainflow.boards import (
    PARAMETERS,
    BoardListing,
    board_shim,
    descriptions,
    list_boards,
    parse_board,
)
from milmer_live.acquisition.brainflow.eeg import BrainFlowSource, unix_offset_s
from milmer_live.acquisition.brainflow.messages import not_opened
from milmer_live.acquisition.brainflow.package_counter import PackageCounter
from milmer_live.acquisition.brainflow.playback import played_file
from milmer_live.acquisition.brainflow.reader import PresetReader
from milmer_live.acquisition.brainflow.signals import presets_of
from milmer_live.acquisition.registry import eeg_source
from milmer_live.clock import FakeClock, now
from milmer_live.config import MontageSettings, Preprocessing
from milmer_live.errors import (
    ConfigError,
    SourceEnded,
    SourceLost,
    SourceNotFound,
)
from milmer_live.live.engine import Engine
from milmer_live.live.sources.side_streams import device_signals
from milmer_live.live.sources.source_worker import SILENT_S
from milmer_live.live.state import SourceState
from milmer_live.live.workers import Faults
from milmer_live.processing.channels.user_channels import Said
from milmer_live.processing.eeg.pipeline import EEGPipeline
from milmer_live.samples import EEGChunk


@pytest.fixture
def synthetic() -> Iterator[BrainFlowSource]:
    source = BrainFlowSource("SYNTHETIC")
    yield source
    source.close()


def collect(source: BrainFlowSource, n_samples: int) -> list[EEGChunk]:
    chunks: list[EEGChunk] = []
    while sum(map(len, chunks)) < n_samples:
        chunk = source.read(1.0)
        assert chunk is not None
        chunks.append(chunk)
    return chunks


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Lines of a file that BrainFlow wrote of its synthetic board, 100 samples or more."""
    path = tmp_path_factory.mktemp("board") / "whole.csv"
    module = board_shim()
    board = module.BoardShim(-1, module.BrainFlowInputParams())
    board.prepare_session()
    board.start_stream(1000, f"file://{path}:w")
    try:
        deadline = time.monotonic() + 20
        while board.get_board_data_count() < 110 and time.monotonic() < deadline:
            board.get_board_data_count()
    finally:
        board.release_session()
    return path.read_text().splitlines()


def playback(path: Path, lines: list[str]) -> str:
    path.write_text("".join(f"{line}\n" for line in lines))
    return f"PLAYBACK_FILE?file={path}&master_board=SYNTHETIC"


def test_a_board_streams_samples_with_names_units_and_lsl_times(
    synthetic: BrainFlowSource,
) -> None:
    info = synthetic.open()
    began = now()

    chunks = collect(synthetic, 60)

    assert (info.name, info.sample_rate, info.unit) == ("Synthetic", 250.0, "µV")
    assert info.channel_names[:4] == ("Fz", "C3", "Cz", "C4")
    assert info.source_id == "brainflow:SYNTHETIC"
    data = np.concatenate([chunk.data for chunk in chunks])
    times = np.concatenate([chunk.times for chunk in chunks])
    assert data.shape == (len(times), 16)
    assert data.dtype == np.float32
    assert not chunks[0].data.flags.writeable
    assert began - 0.1 < times[0] <= times[-1] <= now()
    assert np.median(np.diff(times)) == pytest.approx(1 / 250, rel=0.3)
    firsts = [chunk.first_index for chunk in chunks]
    assert firsts == np.cumsum([0, *map(len, chunks[:-1])]).tolist()
    assert chunks[0].clock_offset == pytest.approx(now() - time.time(), abs=0.01)


def test_a_board_says_its_battery_and_impedances(synthetic: BrainFlowSource) -> None:
    synthetic.open()
    collect(synthetic, 1)

    assert synthetic.status.battery_percent is not None
    assert 0 <= synthetic.status.battery_percent <= 100
    assert [name for name, _ in synthetic.status.impedances_ohm] == ["Fz", "C3"]
    assert all(900 <= ohms <= 1100 for _, ohms in synthetic.status.impedances_ohm)


def test_its_samples_go_through_the_pipeline(synthetic: BrainFlowSource) -> None:
    pipeline = EEGPipeline(synthetic.open(), Preprocessing())

    out, times = zip(
        *(pipeline.process_chunk(chunk.data, chunk.times) for chunk in collect(synthetic, 100)),
        strict=True,
    )

    assert pipeline.usable
    assert "10 of the model's 32 channels found, 22 made from 16 electrodes" in (
        pipeline.channel_map.describe()
    )
    assert np.isfinite(np.concatenate(out)).all()
    steps = np.diff(np.concatenate(times))
    assert (steps > 0).all()
    # The board stamps by the system's clock: a busy machine makes single steps longer.
    assert np.median(steps) == pytest.approx(1 / 128, rel=0.3)


def test_no_samples_in_time_is_none(synthetic: BrainFlowSource) -> None:
    synthetic.open()
    # 4 ms lie between two samples, and reads that do not wait come faster than that.
    assert any(synthetic.read(0.0) is None for _ in range(1000))


@pytest.mark.parametrize("let_go", [BrainFlowSource.close, lambda _source: None])
def test_the_session_is_released_whatever_happens(
    let_go: Callable[[BrainFlowSource], None],
) -> None:
    """Also when a worker has crashed and nobody has closed anything."""

    def worker() -> None:
        source = BrainFlowSource("SYNTHETIC")
        source.open()
        let_go(source)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        worker()
    gc.collect()

    again = BrainFlowSource("SYNTHETIC")
    again.open()
    assert again.read(1.0) is not None
    again.close()
    again.close()


def test_a_board_that_is_open_already_is_named(synthetic: BrainFlowSource) -> None:
    synthetic.open()

    with pytest.raises(SourceNotFound, match=r"SYNTHETIC is open in this program already"):
        BrainFlowSource("SYNTHETIC").open()


def test_a_failed_attempt_that_is_forgotten_late_takes_no_session_away(
    synthetic: BrainFlowSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BrainFlow tells boards apart by their parameters alone."""

    def fails(*_given: object) -> None:
        raise board_shim().BrainFlowError("it was off", 7)

    with monkeypatch.context() as off:
        off.setattr(board_shim().BoardShim, "start_stream", fails)
        with pytest.raises(SourceNotFound) as kept:
            synthetic.open()
    synthetic.open()
    collect(synthetic, 10)
    del kept
    gc.collect()
    assert collect(synthetic, 50)


def test_one_source_can_be_opened_again(synthetic: BrainFlowSource) -> None:
    synthetic.open()
    collect(synthetic, 10)
    synthetic.open()
    assert collect(synthetic, 10)


def test_a_board_that_is_not_there_is_not_found() -> None:
    with pytest.raises(SourceNotFound, match=r"There is no port /dev/none\. Plug the board or its"):
        BrainFlowSource("CYTON?serial_port=/dev/none").open()


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (None, r"There is no file .*a\.csv\. Give the file of a recording"),
        ([], r"The recording .*a\.csv is empty\."),
        (["1\t2\t3"], r"a\.csv has 3 columns, and one of SYNTHETIC has 32\. Name the board that"),
    ],
)
def test_a_recording_that_cannot_be_played_is_refused_in_a_sentence(
    tmp_path: Path, lines: list[str] | None, complaint: str
) -> None:
    spec = playback(tmp_path / "a.csv", lines or [])
    if lines is None:
        (tmp_path / "a.csv").unlink()
    with pytest.raises(SourceNotFound, match=complaint):
        BrainFlowSource(spec).open()


REACHED = {
    "CYTON?serial_port=/dev/ttyUSB7": "is /dev/ttyUSB7 the port of that?",
    "MUSE_2": "Bluetooth on, and no other program connected to it?",
    "GALEA": "in the same network as this computer?",
    "GANGLION_WIFI?ip_port=6677": "in the same network as this computer?",
    "ANT_NEURO_EE_411": "Is it plugged in and switched on",
}


@pytest.mark.parametrize("text", REACHED)
def test_whatever_brainflow_answers_is_a_sentence_with_what_to_do(text: str) -> None:
    module, spec = board_shim(), parse_board(text)
    for code in module.BrainFlowExitCodes:
        error = not_opened(spec, module.BrainFlowError("what its log has", code.value))
        assert error.message.startswith(("The ", "No data ", "What comes ", "This computer's "))
        assert error.hint.endswith((".", "?"))
        assert not re.search(r"[A-Z]_ERROR|ERROR|\{", str(error))
    silent = not_opened(spec, module.BrainFlowError("", 7))
    assert str(silent).startswith(f"The board {spec.name} does not answer. ")
    assert REACHED[text] in silent.hint


def test_missing_packages_are_lost_samples(tmp_path: Path, recorded: list[str]) -> None:
    spec = playback(tmp_path / "gap.csv", [*recorded[:30], *recorded[37:60]])
    source = BrainFlowSource(spec)

    source.open()
    chunks = collect(source, 53)
    source.close()

    indices = [chunk.first_index + at for chunk in chunks for at in range(len(chunk))]
    assert indices == [*range(30), *range(37, 60)]


def test_no_more_is_lost_than_fits_into_the_time() -> None:
    """A Galea's numbers leap; it was said to have lost 5,780,878,130 samples."""
    source = BrainFlowSource("GALEA")
    found = descriptions(source.spec)[0]
    (exg, _) = presets_of(source.spec)
    reader = PresetReader(exg, (0, 0))
    rows = np.zeros((found["num_rows"], 200))
    rows[found["package_num_channel"]] = [*range(100), *range(5_780_878_230, 5_780_878_330)]
    rows[found["timestamp_channel"]] = np.arange(200) / found["sampling_rate"]
    parts = [part for half in np.hsplit(rows, 2) for part in reader.parts(half)]
    assert sum(len(part.times) for part in parts) == 200
    lost = parts[-1].first_index + len(parts[-1].times) - 200
    assert 0 < lost <= 1.1 * found["sampling_rate"]


def test_a_recording_that_is_played_ends_and_is_not_played_again(
    tmp_path: Path, recorded: list[str]
) -> None:
    source = BrainFlowSource(playback(tmp_path / "short.csv", recorded[:40]))
    engine = Engine(source, None, None, whole_frame, QUICK)
    sides = device_signals(source, "brainflow:PLAYBACK_FILE", engine.clock, Faults())
    told: list[str] = []
    engine.sources[0].on_event.append(lambda event: told.append(event.text))
    engine.start()
    for side in sides:
        side.start()
    try:
        wait_until(
            lambda: (
                engine.snapshot().sources[0].state is SourceState.ENDED
                and all(side.state is SourceState.ENDED for side in sides)
            ),
            30.0,
        )
        ended = engine.snapshot()
        opened: list[bool] = []
        source.open = lambda: opened.append(True)  # type: ignore[assignment,return-value]
        until = engine.clock.now() + 2.5
        wait_until(lambda: engine.clock.now() > until, 30.0)
    finally:
        for side in sides:
            side.stop()
        engine.stop()
    assert (ended.sources[0].received, opened, ended.fault) == (40, [], "")
    assert ended.sources[0].lost_at is None
    said = f"The recording {tmp_path / 'short.csv'} has come to its end."
    assert ended.sources[0].ended == said
    assert told[-1] == f"EEG ended: {said}"
    assert not [text for text in told if "silent" in text or "lost" in text]
    assert [side.faults.text for side in sides] == [""] * len(sides)


@pytest.mark.parametrize(
    ("odd", "received"),
    [("%OpenBCI Raw EXG Data", 40), ("1\t2\t3", 40), ("", 40), ("\t".join("x" * 32), 20)],
)
def test_a_recording_with_a_line_that_is_no_sample_ends(
    tmp_path: Path, recorded: list[str], odd: str, received: int
) -> None:
    """BrainFlow passes over a line that is too short, and stops at one that holds no numbers."""
    lines = [*recorded[:20], odd, *recorded[20:40]]
    source = BrainFlowSource(playback(tmp_path / "odd.csv", lines))
    source.open()
    assert sum(map(len, collect(source, received))) == received

    def read_on() -> None:
        end = now() + 60
        while now() < end:
            source.read(1.0)

    with pytest.raises(SourceEnded):
        read_on()
    source.close()


def test_a_hole_in_a_recording_that_is_played_is_not_its_end(
    tmp_path: Path, recorded: list[str]
) -> None:
    column = descriptions(parse_board("SYNTHETIC"))[0]["timestamp_channel"]
    rows = [line.split("\t") for line in recorded[:40]]
    for row in rows[20:]:
        row[column] = f"{float(row[column]) + 2.5:.6f}"
    source = BrainFlowSource(playback(tmp_path / "hole.csv", ["\t".join(row) for row in rows]))
    source.open()
    chunks: list[EEGChunk] = []
    end = now() + 20
    while sum(map(len, chunks)) < 40 and now() < end:
        chunk = source.read(0.2)
        chunks += [] if chunk is None else [chunk]
    assert sum(map(len, chunks)) == 40
    with pytest.raises(SourceEnded):
        source.read(5.0)
    source.close()


def test_a_recording_is_over_before_it_would_be_silent(tmp_path: Path, recorded: list[str]) -> None:
    spec = playback(tmp_path / "short.csv", recorded[:20])
    played = played_file(parse_board(spec))
    assert played is not None
    assert (played.is_over(19, SILENT_S), played.is_over(20, 0.0)) == (False, False)
    assert played.is_over(20, SILENT_S / 2)
    assert played_file(parse_board("SYNTHETIC")) is None
    source = BrainFlowSource(spec)
    with pytest.raises(SourceLost, match="not open"):
        source.read(0.0)


def test_commands_are_sent_to_the_board(tmp_path: Path, recorded: list[str]) -> None:
    spec = playback(tmp_path / "loop.csv", recorded[:20])
    source = BrainFlowSource(f"{spec}&config=loopback_true")
    source.open()
    assert sum(map(len, collect(source, 50))) >= 50
    source.close()


def test_channels_can_be_named_by_the_user() -> None:
    names = [f"E{number}" for number in range(16)]
    source = BrainFlowSource(f"SYNTHETIC?channels={','.join(names)}")
    assert source.open().channel_names == tuple(names)
    source.close()
    some = BrainFlowSource("SYNTHETIC?channels=-,Fp2")._main.info()
    assert some.channel_names[:3] == ("Fz", "Fp2", "Cz")
    with pytest.raises(ConfigError, match=r"has 16 EEG channels, and 17 are named"):
        BrainFlowSource(f"SYNTHETIC?channels={','.join([*names, 'more'])}")


def test_a_board_that_names_no_channels_is_recorded_and_the_model_goes_without() -> None:
    (preset,) = presets_of(parse_board("FREEEEG32?serial_port=COM3"))
    info = preset.signals[0].info()
    assert info.channel_names == tuple(map(str, range(1, 33)))
    assert info.unplaced.startswith("The board FREEEEG32 does not name its 32 EEG channels. Name")


def test_a_layout_says_where_the_channels_of_a_board_are() -> None:
    source = eeg_source("brainflow:ANT_NEURO_EE_211", said=Said(layout="eego-64"))
    assert isinstance(source, BrainFlowSource)
    info = source._main.info()
    assert (info.channel_names[0], info.electrodes[0], info.unplaced) == ("Fp1", "fp1", "")
    with pytest.raises(ConfigError, match=r"'eego-32' does not fit the 64 EEG channels of the"):
        BrainFlowSource("ANT_NEURO_EE_211?layout=eego-32")
    with pytest.raises(ConfigError, match=r"There is no layout 'nowhere'"):
        BrainFlowSource("SYNTHETIC?layout=nowhere")


def test_a_channel_may_keep_its_own_name() -> None:
    source = eeg_source("brainflow:UNICORN", said=Said(("AFz", *("",) * 7)))
    assert isinstance(source, BrainFlowSource)
    assert source._main.info().channel_names[:3] == ("AFz", "C3", "Cz")


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("CITON", "no board 'CITON'. Did you mean CYTON"),
        ("CYTON", r"CYTON needs serial_port.*brainflow:CYTON\?serial_port=[/C]"),
        ("STREAMING?ip_address=225.1.1.1", "STREAMING needs ip_port and master_board"),
        ("CYTON?port=COM3", "no parameter 'port'. There are: .*serial_port"),
        ("CYTON?COM3", "name=value pairs"),
        ("GANGLION_WIFI?ip_port=many", "ip_port=many: ip_port is a whole number"),
        ("SHIMMER3?serial_port=COM3", "sends no EEG"),
    ],
)
def test_a_wrong_spec_is_refused_in_a_sentence(spec: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        BrainFlowSource(spec)


def test_a_board_is_known_by_name_and_by_number() -> None:
    for text in ("CYTON?serial_port=COM3", "cyton_board?serial_port=COM3", "0?serial_port=COM3"):
        assert (parse_board(text).name, parse_board(text).board_id) == ("CYTON", 0)
    spec = parse_board("GANGLION?serial_port=/dev/tty+1&mac_address=e6%3A73&timeout=15")
    assert spec.parameters == {"serial_port": "/dev/tty+1", "mac_address": "e6:73", "timeout": 15}


def test_all_boards_are_listed_with_what_they_need() -> None:
    boards = {board.name: board for board in list_boards()}
    ids = {one.name.removesuffix("_BOARD") for one in board_shim().BoardIds} - {"NO"}

    assert boards.keys() == ids, "all of the installed wheel"
    assert ids == PARAMETERS.keys()
    assert boards["CYTON"].channel_names[:2] == ("Fp1", "Fp2")
    assert boards["SYNTHETIC"].spec == "brainflow:SYNTHETIC"
    assert boards["UNICORN"].needs == ()
    assert boards["PLAYBACK_FILE"].needs == ("file", "master_board")
    assert (boards["SHIMMER3"].option, boards["CYTON"].option) == ("--also", "--eeg")


@pytest.mark.parametrize("board", list_boards(), ids=lambda board: board.name)
def test_what_is_printed_for_a_board_names_it(board: BoardListing) -> None:
    """Whatever stands in for what only the user knows: each is a source, and has its signals."""
    source = eeg_source(board.spec, as_sent=not board.has_eeg)
    assert isinstance(source, BrainFlowSource)
    assert source.spec.name == board.name
    assert all(board.needs[at] in source.spec.parameters for at in range(len(board.needs)))
    names = [one.name for one in source.beside]
    assert len(set(names)) == len(names)
    if not board.has_eeg:
        with pytest.raises(ConfigError, match=r"sends no EEG\. Record it beside the EEG: --also"):
            eeg_source(board.spec)


def test_package_numbers_begin_again_without_a_loss() -> None:
    counter = PackageCounter(1, 256)

    lost = [counter.lost_before(np.array(part)) for part in ([253.0, 254, 255], [0.0, 1, 4], [2.0])]

    assert np.concatenate(lost).tolist() == [0, 0, 0, 0, 0, 2, 253]


def test_an_unknown_board_shows_how_it_counts() -> None:
    """Twelve samples a package, and the numbers begin again somewhere."""
    counter = PackageCounter()
    numbers = np.repeat(np.arange(100.0), 12)
    assert not counter.lost_before(numbers).any()

    lost = counter.lost_before(np.repeat([100.0, 103.0, 0.0], 12))

    assert (lost[12], lost.sum()) == (24, 24)


# The made-up signals of the synthetic board leave few channels that are not bad.
ANY_COVERAGE = QUICK.model_copy(update={"montage": MontageSettings(min_coverage=0.0)})


def test_a_board_is_predicted_from_and_tells_its_battery_on_the_way() -> None:
    predictor, source = WatchingPredictor(), BrainFlowSource("SYNTHETIC")
    engine = Engine(source, None, predictor, whole_frame, ANY_COVERAGE)
    engine.start()
    try:
        engine.wait_connected(20.0)
        wait_until(lambda: any(window.eeg_valid for window in predictor.windows), 30.0)
        engine.mark_bad(("C3",))
        wait_until(lambda: engine.snapshot().counters.predictions > 5, 30.0)
        snapshot = engine.snapshot()
    finally:
        engine.stop()
    assert snapshot.signal is not None
    assert snapshot.signal.battery_percent is not None
    assert "C3" in snapshot.signal.interpolated
    assert snapshot.sources[0].nominal_rate == 250.0
    assert (snapshot.counters.samples_lost, snapshot.counters.samples_unusable) == (0, 0)
    again = BrainFlowSource("SYNTHETIC")
    assert again.open().sample_rate == 250.0, "the engine has let go of it"
    again.close()


def test_a_thread_that_is_held_up_between_two_clocks_does_not_move_the_stamps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class HeldUp(FakeClock):
        """20 ms pass in the first look at it."""

        def now(self) -> float:
            seen = super().now()
            if seen == 100.0:
                self.advance(0.02)
            return seen

    clock = HeldUp(100.0)
    monkeypatch.setattr("time.time", lambda: 900.0 + FakeClock.now(clock))
    assert unix_offset_s(clock) == pytest.approx(-900.0, abs=1e-9)


def test_what_has_come_is_given_before_another_signal_of_the_board_fails(
    synthetic: BrainFlowSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthetic.open()
    collect(synthetic, 10)
    first, *others = [reader.preset.number for reader in synthetic._readers]
    given: list[int] = []

    def data(preset: int) -> Any:
        if preset != first and any(given):
            raise SourceLost("It is gone.")
        rows = session_data(preset)
        if preset == first:
            given.append(rows.shape[1])
        return rows

    session = synthetic._session
    assert session is not None
    assert others
    session_data = session.data
    monkeypatch.setattr(session, "data", data)
    read: list[int] = []

    def read_on() -> None:
        while True:
            chunk = synthetic.read(5.0)
            read.append(0 if chunk is None else len(chunk))

    with pytest.raises(SourceLost, match="It is gone"):
        read_on()
    assert sum(read) == sum(given) > 0
