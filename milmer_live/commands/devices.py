"""`milmer-live devices`: what there is to listen to, and what to write to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from milmer_live.acquisition.brainflow_boards import BoardListing
    from milmer_live.acquisition.camera_device import CameraListing
    from milmer_live.acquisition.lsl import StreamListing


def devices(
    wait: Annotated[
        float, typer.Option(min=0.1, max=60, help="Seconds for LSL streams to answer.")
    ] = 1.5,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List LSL streams, BrainFlow's boards with what each needs, and cameras."""
    from rich.console import Console

    from milmer_live.acquisition.brainflow_boards import list_boards
    from milmer_live.acquisition.camera_device import list_cameras
    from milmer_live.acquisition.lsl import discover
    from milmer_live.nativelog import divert_native_output

    divert_native_output()
    streams, boards, cameras = discover(wait), list_boards(), list_cameras()
    if json:
        typer.echo(_as_json(streams, boards, cameras))
        return
    console = Console(highlight=False)
    _print_streams(console, streams)
    _print_cameras(console, cameras)
    _print_boards(console, boards)


def _as_json(
    streams: tuple[StreamListing, ...],
    boards: tuple[BoardListing, ...],
    cameras: tuple[CameraListing, ...],
) -> str:
    """Each listing with all that is known of it, and the `spec` that names it."""
    import json
    from dataclasses import asdict

    kinds: dict[str, Sequence[StreamListing | CameraListing | BoardListing]]
    kinds = {"lsl": streams, "cameras": cameras, "brainflow": boards}
    found = {
        kind: [{"spec": listing.spec, **asdict(listing)} for listing in listings]
        for kind, listings in kinds.items()
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _print_streams(console: Console, streams: tuple[StreamListing, ...]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not streams:
        console.print("No LSL stream answers.\n")
        return
    table = Table("LSL stream", "Type", "Host", title_justify="left")
    table.add_column("Channels", justify="right")
    table.add_column("Rate", justify="right")
    table.add_column("Format")
    table.add_column("To use it", overflow="fold")
    for one in streams:
        rate = f"{one.sample_rate:g} Hz" if one.sample_rate else "irregular"
        row = (one.name, one.kind, one.hostname, str(one.n_channels), rate, one.sample_format)
        table.add_row(*map(escape, row), escape(one.spec) if one.is_signal else "markers")
    console.print(table)


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
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    table.add_column("BrainFlow board, and what it needs", no_wrap=True)
    table.add_column("Channels", justify="right")
    table.add_column("Rate", justify="right")
    for one in boards:
        rate = f"{one.sample_rate:g} Hz" if one.sample_rate else ""
        table.add_row(escape(one.spec), str(one.n_channels or ""), rate)
    console.print(table)
    console.print("Some take more, such as a serial number or channels=Fp1,Fp2: --json says which.")
