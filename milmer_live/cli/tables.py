"""Tables whose cells stay whole, however narrow the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDEST = 10_000


def print_whole(console: Console, table: Table) -> None:
    """At the width that its cells take: what is typed after the next command can be copied. A line
    that is longer than the terminal is broken by the terminal alone."""
    from rich.measure import Measurement

    natural = Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum
    before, console.width = console.width, max(console.width, natural)
    console.print(table, soft_wrap=False)
    console.width = before
