"""The balance of a recording as a table that fits 80 columns, and for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from milmer_live.storage.session.balance import (
    Outcome,
    StreamBalance,
)

if TYPE_CHECKING:
    from rich.console import Console

HEADING = ("Received", "Written", "Rejected", "Gaps", "Connected", "First", "Last")
STYLES = {
    Outcome.WHOLE: "green",
    Outcome.FAULTY: "yellow",
    Outcome.INCOMPLETE: "yellow",
    Outcome.DIED: "red",
    Outcome.EMPTY: "red",
    Outcome.NEVER_CAME: "red",
}


def print_balance(balance: Sequence[StreamBalance], started: float, console: Console) -> None:
    """For each source a line with its name and what came of it, and a row of figures; then a
    sentence for each that is not whole. Times are seconds since `started`, on the recorder's
    clock. Names have a line of their own, so that none is cut."""
    rows = [_figures(one, started) for one in balance]
    widths = [max(map(len, column)) for column in zip(HEADING, *rows, strict=True)]
    console.print(_aligned(HEADING, widths), style="bold", markup=False)
    for one, row in zip(balance, rows, strict=True):
        console.print(f"{one.title}: ", end="", markup=False)
        optional = " (not asked for)" if one.part_of else " (not required)"
        optional = "" if one.required else optional
        console.print(f"{one.outcome}{optional}", style=STYLES[one.outcome], markup=False)
        console.print(_aligned(row, widths), markup=False)
    for one in balance:
        if one.story != Outcome.WHOLE:
            asked = f" ({one.asked})" if one.called != one.asked else ""
            console.print(f"{one.called}{asked}: {one.story}", markup=False)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _figures(one: StreamBalance, started: float) -> tuple[str, ...]:
    gaps = f"{one.gaps:,} ({one.gap_s:.1f} s)" if one.gaps else "0"
    gaps += (
        f", {one.skipped:,} {'windows' if one.kind == 'model' else 'frames'}" if one.skipped else ""
    )
    stamps = (one.first, one.last) if one.stamps_tell else (None, None)
    unknown = "unknown" if one.written else "never"
    return (
        f"{one.received:,}",
        f"{one.written:,}",
        f"{one.rejected + one.not_kept:,}",
        gaps,
        "never" if one.connected is None else _seconds(one.connected - started),
        *(unknown if time is None else _seconds(time - started) for time in stamps),
    )


def _seconds(span_s: float) -> str:
    return f"{round(span_s, 1) + 0.0:.1f} s"  # no "-0.0"


def balance_rows(balance: Sequence[StreamBalance]) -> list[dict[str, Any]]:
    """As JSON: all fields, and what is decided by them."""
    return [
        one.model_dump(mode="json") | {"outcome": str(one.outcome), "story": one.story}
        for one in balance
    ]
