"""`milmer-live devices`: what there is to listen to, and what to write to use it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from milmer_live.acquisition.brainflow.boards import BoardListing
    from milmer_live.acquisition.camera.device import CameraListing
    from milmer_live.acquisition.lsl.listing import StreamListing


def devices(
    wait: Annotated[
        float, typer.Option(min=1.0, max=60, help="Seconds for LSL streams to answer.")
    ] = 1.5,
    listen: Annotated[
        float, typer.Option(min=0, max=60, help="Seconds to listen to each stream of signals.")
    ] = 1.0,
    layouts: Annotated[
        bool, typer.Option("--layouts", help="List the layouts of caps instead, for --layout.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List LSL streams and whether they send, BrainFlow's boards with what each needs, and
    cameras."""
    from rich.console import Console

    from milmer_live.acquisition.brainflow.boards import list_boards
    from milmer_live.acquisition.camera.device import list_cameras
    from milmer_live.acquisition.lsl.finder import discover
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    if layouts:
        _print_layouts(Console(highlight=False), as_json=json)
        return
    found, boards, cameras = discover(wait), list_boards(), list_cameras()
    streams = tuple(one for one in found if not one.is_ours)
    heard = listened(streams, listen)
    if json:
        typer.echo(_as_json(streams, heard, boards, cameras))
        return
    console = Console(highlight=False)
    _print_streams(console, streams, heard)
    if ours := [one.name for one in found if one.is_ours]:
        said = f"Left out, as this program itself sends them: {', '.join(ours)}.\n"
        console.print(said, markup=False, soft_wrap=True)
    _print_cameras(console, cameras)
    _print_boards(console, boards)


MOST_OPENED = 8  # streams that are opened at a time


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a stream: seconds since its last sample, None where none came; its rate in
    Hz as it was measured, 0 where it is not known; why it cannot be read; whether its
    channels say that none of them is EEG."""

    age_s: float | None = None
    measured_rate: float = 0.0
    problem: str = ""
    has_no_eeg: bool = False


def listened(streams: Sequence[StreamListing], seconds: float) -> dict[StreamListing, Heard]:
    """Open every stream of signals, several at a time, listen to all of them for a while, and let
    them go. One that cannot be read is tried once: trying again takes time, in which the others
    are not heard."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    from milmer_live.acquisition.registry import eeg_source
    from milmer_live.clock import LSLClock
    from milmer_live.live.sources.discovery import (
        LISTEN_S,
        Probe,
    )

    clock, never = LSLClock(), threading.Event()
    signals = [one for one in streams if one.is_numbers] if seconds else []
    signals = [one for one in signals if one.purpose in ("eeg", "signal")]
    probes = {one: Probe(eeg_source(one.outlet_spec, clock), one.sender) for one in signals}
    with ThreadPoolExecutor(MOST_OPENED) as pool:
        list(pool.map(lambda probe: probe.listen(clock.now), probes.values()))
    readable = [probe for probe in probes.values() if not probe.problem]
    due = clock.now() + seconds
    while readable and clock.now() < due:
        clock.wait(LISTEN_S, never)
        for probe in readable:
            probe.listen(clock.now)
    now, heard = clock.now(), {}
    for one, probe in probes.items():
        last = probe.meter.last_time
        age_s = None if last is None else now - last
        heard[one] = Heard(age_s, probe.meter.hz, probe.problem, probe.has_no_eeg)
        probe.close()
    return heard


def _as_json(
    streams: Sequence[StreamListing],
    heard: Mapping[StreamListing, Heard],
    boards: Sequence[BoardListing],
    cameras: Sequence[CameraListing],
) -> str:
    """Each listing with all that is known of it, and the `spec` that names it."""
    import json

    found = {
        "lsl": [
            {"option": _option(one, heard.get(one))} | _known(one) | asdict(heard.get(one, Heard()))
            for one in streams
        ],
        "cameras": [_known(one) for one in cameras],
        "brainflow": [{"option": one.option} | _known(one) for one in boards],
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _known(listing: StreamListing | CameraListing | BoardListing) -> dict[str, Any]:
    return {"spec": listing.spec, **asdict(listing)}


def _print_streams(
    console: Console, streams: Sequence[StreamListing], heard: Mapping[StreamListing, Heard]
) -> None:
    """A table that fits 80 columns, and below it what to type, whole."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from milmer_live.acquisition.lsl.listing import FIREWALL
    from milmer_live.live.sources.distinct_names import shown_apart

    if not streams:
        console.print(f"No LSL stream answers. If one should: {FIREWALL}\n", soft_wrap=True)
        return
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("LSL stream", overflow="fold")
    table.add_column("Type", overflow="fold")
    table.add_column("Host", overflow="fold")
    table.add_column("Channels", justify="right")
    table.add_column("Rate", justify="right")
    table.add_column("Last sample")
    names = shown_apart([(one.name, one.spec) for one in streams])
    for one, name in zip(streams, names, strict=True):
        rate = f"{one.sample_rate:g} Hz" if one.sample_rate else "irregular"
        channels = f"{one.n_channels} × {one.sample_format}"
        row = (name, one.kind, one.hostname, channels, rate)
        table.add_row(*map(escape, row), _last_sample(heard.get(one)))
    console.print(table)
    for one, name in zip(streams, names, strict=True):
        use = f"{_option(one, heard.get(one))} {shlex.quote(one.spec)}"
        console.print(f"{name}: {use}", markup=False, soft_wrap=True)
    for problem in (one.problem for one in heard.values() if one.problem):
        console.print(problem, markup=False, soft_wrap=True)
    console.print()


def _option(stream: StreamListing, heard: Heard | None) -> str:
    """Of `live` and `record`, which takes it."""
    if heard is not None and heard.has_no_eeg:
        return "--also"
    return {"eeg": "--eeg", "signal": "--also", "camera": "--camera", "markers": "--markers"}[
        stream.purpose
    ]


def _last_sample(heard: Heard | None) -> str:
    if heard is None:
        return ""
    if heard.problem:
        return "see below"
    return "none" if heard.age_s is None else f"{heard.age_s:.1f} s ago"


def _print_layouts(console: Console, *, as_json: bool) -> None:
    import json

    from milmer_live.processing.channels.layouts import (
        LAYOUTS,
        find_layout,
    )

    titles = {name: find_layout(name).title for name in LAYOUTS}
    if as_json:
        typer.echo(json.dumps(titles, indent=2, ensure_ascii=False))
        return
    for name, title in titles.items():
        console.print(f"{name:14} {title}", markup=False, soft_wrap=True)


def _print_cameras(console: Console, cameras: tuple[CameraListing, ...]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not cameras:
        console.print("No camera is connected.\n")
        return
    table = Table("Camera", "To use it")
    for one in cameras:
        table.add_row(escape(one.name), one.spec)
    console.print(table)


def _print_boards(console: Console, boards: tuple[BoardListing, ...]) -> None:
    """One a line, with what to type, whole."""
    console.print("BrainFlow's boards, and what to write to use one:\n")
    for one in boards:
        rate = f"{one.sample_rate:g} Hz" if one.sample_rate else ""
        eeg = f"{one.n_channels} EEG" if one.n_channels else ""
        facts = ", ".join(filter(None, (eeg, rate)))
        name = f"{one.title} ({facts})" if facts else one.title
        use = f"{one.option} {shlex.quote(one.spec)}"
        console.print(f"{name}: {use}", markup=False, soft_wrap=True)
    console.print(f"\n{_yours_to_fill_in()} --json lists what else a board takes.", soft_wrap=True)


def _yours_to_fill_in() -> str:
    from milmer_live.acquisition.brainflow.serial_port import serial_ports

    rest = "The file, the MAC address and the IP address and port are examples: write yours."
    if serial_ports():
        return f"The serial port is the first of this computer. {rest}"
    return f"This computer has no serial port: that of your board's dongle comes here. {rest}"
