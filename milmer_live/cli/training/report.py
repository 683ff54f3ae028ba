"""`milmer-live report`: finished runs as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    runs: Annotated[list[Path], typer.Argument(help="folders that `train` made")],
    out: Annotated[
        Path | None, typer.Option(help="the page; default: report.html in the first run")
    ] = None,
    title: Annotated[str, typer.Option(help="heading of the page")] = "Milmer, honestly tested",
) -> None:
    """Draw runs side by side: accuracy, confusion, participants, calibration, leakage."""
    from milmer_live.training.results.report import write_report
    from milmer_live.training.run_folder import Run

    path = out or runs[0] / "report.html"
    write_report([Run(run) for run in runs], path, title)
    typer.echo(str(path))
