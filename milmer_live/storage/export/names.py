"""Names of exported files. They come from this program: nothing that a header or a card holds can
lead out of the target folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from milmer_live.storage.export.options import ExportOptions
from milmer_live.storage.session.reader import Session

LONGEST = 80
_NOT_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe(text: str) -> str:
    """`text` as a part of a file's name, on any system: letters, digits, `.`, `-` and `_`."""
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:LONGEST].strip(".-")
    return f"_{kept}" if not kept or _NOT_WINDOWS.fullmatch(kept) else kept


def entity(text: str) -> str:
    """`text` as a value of BIDS: letters and digits alone; "0" where nothing is left."""
    return re.sub("[^A-Za-z0-9]+", "", text)[:LONGEST] or "0"


def base_of(session: Session, options: ExportOptions) -> str:
    """With what the names of all files of a session begin."""
    subject, name = options.subject or session.participant, options.session or session.name
    parts = [f"sub-{safe(subject)}", f"ses-{safe(name)}"]
    return "_".join([*parts, *([f"run-{options.run}"] if options.run else [])])


def apart(names: Iterable[str]) -> list[str]:
    """The same, with a number behind those that are there already."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        number, new = 2, name
        while new.lower() in taken:
            new, number = f"{name}-{number}", number + 1
        taken.add(new.lower())
        found.append(new)
    return found
