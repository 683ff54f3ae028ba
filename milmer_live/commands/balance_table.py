"""The balance of a recording as a table that fits 80 columns, and for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from milmer_live.storage.balance import Outcome, StreamBalance

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    Outcome.WHOLE: "green",
    Outcome.FAULTY: "yellow",
    Outcome.INCOMPLETE: "yellow",
    Outcome.DIED: "red",
    Outcome.EMPTY: "red",
    Outcome.NEVER_CAME: "red",
}


def print_balance(balance: Sequence[StreamBalance], started: float, console: Console) -> None:
    """A row a source, then a sentence for each that is not whole. Times are seconds since
    `started`, on the recorder's clock. A long name goes on in the next line."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), width=min(console.width, 100))
    table.add_column("Stream", overflow="fold", min_width=12)
    for name in ("Connected", "Received", "Written", "Gaps", "First to last", "Result"):
        table.add_column(name, justify="left" if name == "Result" else "right", overflow="fold")
    for one in balance:
        table.add_row(*_cells(one, started), style="")
    console.print(table, soft_wrap=False)
    for one in balance:
        if one.outcome is not Outcome.WHOLE:
            asked = f" ({one.asked})" if one.title != one.asked else ""
            optional = "" if one.required else " (not required)"
            text = f"{one.title}{asked}: {one.story}{optional}"
            console.print(text, markup=False)


def _cells(one: StreamBalance, started: float) -> tuple[str, ...]:
    from rich.markup import escape

    gaps = f"{one.gaps:,} ({one.gap_s:.1f} s)" if one.gaps else "0"
    style = STYLES[one.outcome]
    return (
        escape(one.title),
        "never" if one.connected is None else f"{one.connected - started:.1f} s",
        f"{one.received:,}",
        f"{one.written:,}",
        gaps,
        "–" if one.first is None else _span(one, started),
        f"[{style}]{one.outcome}[/{style}]",
    )


def _span(one: StreamBalance, started: float) -> str:
    assert one.first is not None
    assert one.last is not None
    return f"{one.first - started:.1f}–{one.last - started:.1f} s"


def balance_rows(balance: Sequence[StreamBalance]) -> list[dict[str, Any]]:
    """As JSON: all fields, and what is decided by them."""
    return [
        one.model_dump(mode="json") | {"outcome": str(one.outcome), "story": one.story}
        for one in balance
    ]
