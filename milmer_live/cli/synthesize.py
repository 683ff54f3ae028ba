"""`milmer-live synthesize`: a data set in DEAP's format, made and not measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milmer_live.errors import ConfigError

PROCESSES_HELP = "Processes; 0: one a core. Changes the time it takes, not the data."
EFFECT_HELP = "NAME=VALUE, an effect size to change; may be given again. See docs/synthetic.md."


def synthesize(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    participants: Annotated[int, typer.Option(help="How many participants.")] = 4,
    trials: Annotated[int, typer.Option(help="Trials of each, 60 s of video.")] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 0,
    first: Annotated[int, typer.Option(help="Number of the first participant.")] = 1,
    fps: Annotated[float, typer.Option(help="Frames a second; 10 will do for training.")] = 25.0,
    width: Annotated[int, typer.Option(help="Pixels of the video.")] = 320,
    height: Annotated[int, typer.Option(help="Pixels of the video.")] = 240,
    processes: Annotated[int, typer.Option(help=PROCESSES_HELP)] = 0,
    cap: Annotated[bool, typer.Option("--cap", help="The participants wear EEG caps.")] = False,
    effect: Annotated[list[str] | None, typer.Option(help=EFFECT_HELP)] = None,
) -> None:
    """Write a data set of synthetic participants in DEAP's own format."""
    import os

    from rich.console import Console

    from milmer_live.runs.synthesis import write_participants
    from milmer_live.synthetic.dataset import SynthesisOptions
    from milmer_live.synthetic.effects import EffectSizes

    changes = dict(_effect(text) for text in effect or [])
    options = SynthesisOptions(
        fps=fps,
        size=(width, height),
        first=first,
        effects=EffectSizes().with_changes(changes),
        processes=processes or os.cpu_count() or 1,
        cap=cap,
    )
    write_participants(folder, participants, trials, seed, options, Console())


def _effect(text: str) -> tuple[str, float]:
    """`NAME=VALUE`. Raises ConfigError."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise ConfigError(
            f"'{text}' is not an effect size.", "Write it as alpha_asymmetry=0.4."
        ) from error
