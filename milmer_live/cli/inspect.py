"""`milmer-live inspect`: what a data set holds, what it lacks, and one trial as a picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milmer_live.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from milmer_live.config import LabelRule
    from milmer_live.storage.dataset import Dataset, DatasetSummary, RecordingRef

MOST_LINES = 40


class VariantName(StrEnum):
    """Which form of DEAP to read."""

    auto = "auto"
    python = "python"
    matlab = "matlab"
    original = "original"


def inspect(
    folder: Annotated[
        Path, typer.Argument(metavar="DATA", help="A data set, or recordings with labels.")
    ],
    variant: Annotated[
        VariantName, typer.Option(help="Which of DEAP's forms; auto: the first that is there.")
    ] = VariantName.auto,
    threshold: Annotated[
        float, typer.Option(min=1, max=9, help="Rating that separates low from high.")
    ] = 5.0,
    check: Annotated[
        bool, typer.Option("--check", help="Read every trial and video; takes a minute or more.")
    ] = False,
    subject: Annotated[str | None, typer.Option(help="Participant to draw, as listed.")] = None,
    trial: Annotated[
        int | None, typer.Option(min=1, help="Number of the trial to draw; in DEAP: Experiment_id.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(help="Where to draw it; default: as the trial is called.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For other programs.")] = False,
) -> None:
    """Print what a data set holds and what is missing; draw a trial to a PNG."""
    from rich.console import Console

    from milmer_live.config import LabelRule
    from milmer_live.storage.dataset import chosen, open_dataset

    if (subject is None) != (trial is None) or (png is not None and subject is None):
        raise ConfigError("Drawing a trial takes both --subject and --trial.")
    console = Console(highlight=False)
    rule = LabelRule(threshold=threshold)
    dataset = open_dataset(folder, variant=variant.value)
    if subject is not None and trial is not None:
        (ref,) = chosen(dataset, subject, trial)
        _draw(console, ref, rule, png or Path(f"{ref.name.replace('/', '_')}.png"))
        return
    summary = dataset.summary()
    if as_json:
        typer.echo(json.dumps(_as_json(dataset, summary, rule, check=check), indent=2))
        return
    _print_summary(console, summary, rule)
    if check:
        _print_check(console, dataset, summary)
    else:
        console.print("\n[dim]Only listed; --check reads every trial and every video.[/dim]")


def _as_json(
    dataset: Dataset, summary: DatasetSummary, rule: LabelRule, *, check: bool
) -> dict[str, object]:
    """All that is printed; `faults` is null where nothing was read."""
    names = [one.participant for one in summary.participants]
    counts = summary.class_counts(rule)
    return {
        "root": str(summary.root),
        "variant": summary.variant,
        "participants": [asdict(one) for one in summary.participants],
        "label_rule": rule.model_dump(mode="json"),
        "classes": {one.name if one is not None else "dropped": n for one, n in counts.items()},
        "missing_videos": summary.missing_videos,
        "problems": summary.problems,
        "faults": [said for name in names for said in dataset.check(name)] if check else None,
    }


def _draw(console: Console, ref: RecordingRef, rule: LabelRule, path: Path) -> None:
    from milmer_live.storage.preview import draw_recording

    draw_recording(ref.open(), rule, path)
    console.print(f"{ref.name} drawn to {path}.", soft_wrap=True, markup=False)


def _print_summary(console: Console, summary: DatasetSummary, rule: LabelRule) -> None:
    console.print(f"{summary.root}, {summary.variant} files", soft_wrap=True, markup=False)
    console.print(_participants(summary))
    console.print(_classes(summary, rule))
    _print_lines(console, "Missing face videos", summary.missing_videos)
    _print_lines(console, "To know", summary.problems)


def _participants(summary: DatasetSummary) -> Table:
    from rich.table import Table

    table = Table("Participant", show_footer=True, title_justify="left")
    table.columns[0].footer = f"{len(summary.participants)}"
    table.add_column("Trials", justify="right", footer=str(summary.trials))
    table.add_column("Face videos", justify="right", footer=str(summary.videos))
    for one in summary.participants:
        style = "yellow" if one.videos < one.trials else ""
        table.add_row(one.participant, str(one.trials), str(one.videos), style=style)
    return table


def _classes(summary: DatasetSummary, rule: LabelRule) -> Table:
    """Trials of each class, for each way to treat a rating of exactly the threshold."""
    from rich.table import Table

    from milmer_live.samples import Quadrant

    limit = f"{rule.threshold:g}"
    table = Table(f"A rating of {limit} counts as")
    for quadrant in Quadrant:
        table.add_column(quadrant.name, justify="right")
    table.add_column("dropped", justify="right")
    for choice in ("low", "high", "drop", "published"):
        counts = summary.class_counts(rule.model_copy(update={"at_threshold": choice}))
        name = f"{choice} (default)" if choice == rule.at_threshold else choice
        table.add_row(name, *(str(count) for count in counts.values()))
    return table


def _print_check(console: Console, dataset: Dataset, summary: DatasetSummary) -> None:
    from rich.progress import track

    names = [one.participant for one in summary.participants]
    found: list[str] = []
    for name in track(names, description="Reading everything", console=console):
        found += dataset.check(name)
    if found:
        _print_lines(console, "Found when reading", tuple(found))
    else:
        console.print(f"All {summary.trials} trials and {summary.videos} videos can be read.")


def _print_lines(console: Console, title: str, lines: tuple[str, ...]) -> None:
    from rich.markup import escape

    if not lines:
        return
    console.print(f"\n[bold]{title}[/bold] ({len(lines)})")
    for line in lines[:MOST_LINES]:
        console.print(f"  {escape(line)}", soft_wrap=True)
    if len(lines) > MOST_LINES:
        console.print(f"  … and {len(lines) - MOST_LINES} more")
