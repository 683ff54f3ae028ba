"""`milmer-live bench …`: speed and memory, as figures and ratios of one run on this machine."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from milmer_live.cli.compute_options import (
    DeviceOption,
    PrecisionOption,
)

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(help="Measure speed and memory on this machine.", no_args_is_help=True)

JSON = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def _show(result: dict[str, Any], console: Console, as_json: bool) -> None:
    """The figures of each part, one a line."""
    if as_json:
        typer.echo(json.dumps(result, indent=2))
        return
    for part in result.values():
        for name, value in part.items():
            shown = f"{value:,.4g}" if isinstance(value, float) else value
            console.print(f"{name:28} {shown}")


@app.callback()
def _root() -> None:
    """Keeps every function a named command."""


@app.command()
def training(
    preset: Annotated[str, typer.Option(help="milmer, published-code or demo")] = "milmer",
    steps: Annotated[int, typer.Option(min=1, help="training steps to time")] = 3,
    as_json: JSON = False,
) -> None:
    """Loader against training step, and what the score of a bag costs."""
    import tempfile

    from rich.console import Console

    from milmer_live.bench.training import measure
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    with tempfile.TemporaryDirectory() as folder:
        _show(measure(Path(folder), preset, steps, console.print), console, as_json)


@app.command()
def xdf(
    files: Annotated[
        list[Path] | None, typer.Argument(help="XDF files of others, to be compared as well.")
    ] = None,
    size: Annotated[float, typer.Option(min=1, help="of the file, in MB")] = 40.0,
    chunk: Annotated[
        list[int] | None, typer.Option(min=1, help="Samples in a chunk; several times for more.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """XDF to arrays beside pyxdf: how fast, and whether both read the same."""
    import tempfile

    from rich.console import Console

    from milmer_live.bench.xdf import measure

    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), size, chunk or (16, 32, 256), files or ())
    _show(result, console, as_json)


@app.command()
def fuzz(
    inputs: Annotated[int, typer.Option(min=1, help="changed files for each reader")] = 2000,
    reader: Annotated[
        list[str] | None, typer.Option(help="Only this reader; may be given several times.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the changes")] = 0,
    keep: Annotated[Path | None, typer.Option(help="Where inputs with a fault go.")] = None,
    as_json: JSON = False,
) -> None:
    """Files changed at random for every reader: nothing unexpected, no hang, little memory."""
    from rich.console import Console

    from milmer_live.bench.fuzz.run import (
        measure,
        totals,
    )
    from milmer_live.errors import ExitCode

    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    result = measure(inputs, reader or (), seed, keep, console.print)
    _show(result, console, as_json)
    if sum(count for name, count in totals(result).items() if name != "inputs"):
        raise typer.Exit(ExitCode.BROKEN)


@app.command()
def recording(
    seconds: Annotated[float, typer.Option(min=5, help="of each measurement")] = 60.0,
    kills: Annotated[int, typer.Option(min=0, help="recordings to kill")] = 50,
    folder: Annotated[
        Path | None, typer.Option(help="On the disk to be measured; default: a temporary one.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """What a recording costs, whether it loses anything, and what a kill loses."""
    import tempfile

    from rich.console import Console

    from milmer_live.bench.recording import measure

    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        _show(measure(Path(place), seconds, kills, console.print), console, as_json)


@app.command()
def faults(
    folder: Annotated[
        Path | None, typer.Option(help="Where the sessions go; default: a temporary one.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """Twelve faults of a lab, staged: how soon each is named, and what the balance says."""
    import tempfile

    from rich.console import Console

    from milmer_live.bench.faults import measure
    from milmer_live.errors import ExitCode
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        result = measure(Path(place), console.print)
    _show(result, console, as_json)
    if result["faults"]["named_in_time_and_in_balance"] < result["faults"]["staged"]:
        raise typer.Exit(ExitCode.BROKEN)


@app.command()
def boards(
    times: Annotated[int, typer.Option(min=1, help="of each way to be away")] = 10,
    emulator: Annotated[
        Path | None, typer.Option(help="Another emulated Cyton than ours: PROGRAM PORT.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """How soon a serial board is back: off at the start, unplugged, killed and restarted."""
    import tempfile

    from rich.console import Console

    from milmer_live.bench.boards import measure
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    with tempfile.TemporaryDirectory() as place:
        _show(measure(Path(place), times, emulator, console.print), console, as_json)


@app.command()
def faces(
    videos: Annotated[
        list[Path] | None, typer.Argument(help="Videos of one person each, told apart.")
    ] = None,
    portraits: Annotated[
        Path | None, typer.Option(help="Folder of portraits; else synthetic participants.")
    ] = None,
    empty: Annotated[
        Path | None, typer.Option(help="Folder of pictures without anybody, beside drawn rooms.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """How many faces are found and what it costs, and how well people are told apart."""
    from rich.console import Console

    from milmer_live.bench.faces import measure
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    _show(measure(videos or [], portraits, empty, console.print), console, as_json)


@app.command()
def acquisition(
    seconds: Annotated[float, typer.Option(min=5, help="of the stream")] = 60.0,
    as_json: JSON = False,
) -> None:
    """64 channels at 1,000 Hz over LSL: loss, latency, processor time; beside it np.roll."""
    from rich.console import Console

    from milmer_live.bench.acquisition import measure
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    _show(measure(seconds, console.print), console, as_json)


@app.command()
def sync(
    minutes: Annotated[float, typer.Option(min=0.1, help="of events, one a second")] = 20.0,
    as_json: JSON = False,
) -> None:
    """Whether EEG and picture of one moment get the same time, with the model running."""
    from rich.console import Console

    from milmer_live.bench.sync import measure
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    _show(measure(minutes, console.print), console, as_json)


@app.command()
def replay(
    minutes: Annotated[float, typer.Option(min=0.1, help="of the replay, in real time")] = 10.0,
    as_json: JSON = False,
) -> None:
    """How late a replay's samples leave, and whether that grows with time."""
    from rich.console import Console

    from milmer_live.bench.replay import measure
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    _show(measure(minutes, console.print), console, as_json)


@app.command()
def gui(
    seconds: Annotated[float, typer.Option(min=2, help="of each measurement of frames")] = 30.0,
    minutes: Annotated[
        float, typer.Option(min=0, help="of the accelerated session; up to 5: none")
    ] = 60.0,
    starts: Annotated[int, typer.Option(min=0, help="starts to time")] = 3,
    model: Annotated[bool, typer.Option(help="With the demo's model running.")] = True,
    as_json: JSON = False,
) -> None:
    """How smooth the window is and what it costs; without a screen: off screen."""
    import os

    from rich.console import Console

    from milmer_live.doctor import has_screen

    if not has_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from milmer_live.bench.window.gui import measure
    from milmer_live.runs.demo import engine_around
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    around = partial(engine_around, console, answers=model)
    _show(measure(seconds, minutes, starts, around, console.print), console, as_json)


@app.command()
def inference(
    preset: Annotated[str, typer.Option(help="milmer or demo; weights are drawn")] = "milmer",
    checkpoint: Annotated[
        Path | None, typer.Option(help="A trained model instead: its precision is then judged.")
    ] = None,
    windows: Annotated[
        int, typer.Option(min=4, help="of each backend; 400 judge bf16 and int8")
    ] = 400,
    plain: Annotated[int, typer.Option(min=1, help="windows of the plain forward")] = 20,
    tables: Annotated[bool, typer.Option(help="Cost by hop, bag and channels too.")] = True,
    as_json: JSON = False,
) -> None:
    """What a window costs on every backend, against all faces anew and the published code."""
    from rich.console import Console

    from milmer_live.bench.inference import measure

    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    result = measure(preset, checkpoint, windows, plain, tables=tables, say=console.print)
    backends, grown = result.pop("backends"), result.pop("tables", {})
    if as_json:
        whole = {**result, "backends": backends, "tables": grown}
        typer.echo(json.dumps(whole, indent=2))
        return
    _show({**result, **_headed(backends)}, console, as_json)
    for rows in grown.values():
        for row in rows:
            console.print("  ".join(f"{name} {value:,.4g}" for name, value in row.items()))


def _headed(parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """With the name of each part as its first line."""
    return {name: {"backend": name, **part} for name, part in parts.items()}


@app.command()
def latency(
    preset: Annotated[
        str, typer.Option(help="demo: the checkpoint that comes along; milmer: full size")
    ] = "demo",
    seconds: Annotated[float, typer.Option(min=10, help="of the stream")] = 120.0,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    as_json: JSON = False,
) -> None:
    """The whole program off screen: end of a window to probabilities and to pixels; memory."""
    import tempfile

    from rich.console import Console

    from milmer_live.bench.latency import measure
    from milmer_live.system.native_log import divert_native_output

    divert_native_output()
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), preset, seconds, device, precision, console.print)
        _show(result, console, as_json)
