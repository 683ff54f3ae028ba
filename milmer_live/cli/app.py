"""`milmer-live`: one thin function a command; what is heavy is imported inside it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from milmer_live import __version__
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
    context_settings={"help_option_names": ["-h", "--help"]},
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


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"milmer-live {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does all
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say on stderr what is logged, and where the log is.")
    ] = False,
) -> None:
    """Stream EEG and faces, recognise the valence/arousal quadrant live, train and report."""
    if verbose:
        _log_here(context)


def _log_here(context: typer.Context) -> None:
    """From debug messages of the program on, in the log and on stderr, until the command ends."""
    import logging

    from milmer_live import paths
    from milmer_live.system.log_file import FORM, LogFile

    log = LogFile(paths.log_file())
    shown = logging.StreamHandler(sys.stderr)
    shown.setFormatter(logging.Formatter(FORM))
    root = logging.getLogger()
    root.addHandler(shown)
    logging.getLogger("milmer_live").setLevel(logging.DEBUG)
    context.call_on_close(lambda: root.removeHandler(shown))
    try:
        log.start()
        typer.echo(f"Log: {log.path}", err=True)
        context.call_on_close(log.stop)
    except OSError as error:
        typer.echo(f"Log: {log.path} cannot be written: {error.strerror}.", err=True)


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
