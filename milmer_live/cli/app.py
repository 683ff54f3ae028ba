"""`milmer-live`: one thin function a command; what is heavy is imported inside it."""

from __future__ import annotations

import sys

import typer

from milmer_live.cli import bench, demo, devices, inspect, live, record, replay, synthesize, window
from milmer_live.cli import fetch_models as fetch
from milmer_live.cli.sessions import check, delete, export, labels, predict, repair
from milmer_live.cli.sessions import list_ as sessions
from milmer_live.cli.training import ablate, baselines, evaluate, report, train
from milmer_live.errors import ExitCode, MilmerError
from milmer_live.system.processes import Ending
from milmer_live.system.stdio import keep_standard_streams

app = typer.Typer(
    name="milmer-live",
    help="Stream EEG and faces, recognise the valence/arousal quadrant live, train and report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("app")(window.window)
app.command()(demo.demo)
app.command()(live.live)
app.command()(devices.devices)
app.command()(replay.replay)
app.command()(synthesize.synthesize)
app.command()(inspect.inspect)
app.command()(train.train)
app.command()(evaluate.evaluate)
app.command()(baselines.baselines)
app.command()(report.report)
app.command()(ablate.ablate)
app.command()(record.record)
app.command()(sessions.sessions)
app.command()(labels.labels)
app.command()(check.check)
app.command()(repair.repair)
app.command()(export.export)
app.command()(predict.predict)
app.command()(delete.delete)
app.command("fetch-models")(fetch.fetch_models)
app.add_typer(bench.app, name="bench")


@app.callback()
def _root() -> None:
    """Keeps every function a named command."""


def main() -> None:
    """Entry point. A MilmerError is one line and exit code 2, never a traceback."""
    ending = Ending()
    keep_standard_streams()
    try:
        try:
            app()
        except MilmerError as error:
            typer.echo(f"milmer-live: {error}", err=True)
            sys.exit(ExitCode.ERROR)
    except SystemExit as end:
        ending.given(end.code)
        raise
