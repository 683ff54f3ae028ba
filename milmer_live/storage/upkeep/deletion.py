"""Deletes a session or a participant: the recordings, their parts in the fallback folder, and the
face crops and pictures made of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from milmer_live import paths
from milmer_live.errors import DatasetError, RecordingError
from milmer_live.storage.crops.files import (
    session_crops,
    video_id,
)
from milmer_live.storage.session.card import (
    CARD_NAME,
    XDF_NAME,
    SessionCard,
    read_card,
)
from milmer_live.storage.session.lock import refuse_written

HINT = "Give recordings/sub-ID or recordings/sub-ID/ses-UTC."
SUB = "sub-"


@dataclass(frozen=True, slots=True)
class Deletion:
    """What goes. `targets` are folders and files, none inside another; `sessions` the recordings
    among them; `links` lead to what goes, and go as well."""

    sessions: tuple[Path, ...]
    targets: tuple[Path, ...]
    links: tuple[Path, ...]

    def files(self) -> tuple[Path, ...]:
        """Every file of it."""
        return tuple(file for target in self.targets for file in _files_in(target))


@dataclass(frozen=True, slots=True)
class Deleted:
    """What went, and a sentence for each thing that could not."""

    removed: tuple[Path, ...]
    problems: tuple[str, ...]


def plan_deletion(path: Path) -> Deletion:
    """What belongs to the session or participant (sub-ID) at `path`: a path, or a name below the
    recordings or the fallback folder. Nothing is touched.

    Raises RecordingError for anything else, and while a part of it is being recorded.
    """
    given = _given(path)
    found = given.resolve()
    roots = _roots(found)
    everything = [one for root in roots for one in sessions_in(root)]
    sessions = _with_parts(_own(found), everything, found)
    refuse_written(sessions, "deleted")
    whole = [found] if _is_participant(found) else []
    made = [*_crops_of(sessions), *(_loose_pictures(found, roots) if whole else ())]
    targets = _outermost((*whole, *sessions, *made))
    links = {*_links_to(targets, roots), *((given.absolute(),) if given.is_symlink() else ())}
    return Deletion(tuple(sorted(sessions)), targets, tuple(sorted(links)))


def carry_out(deletion: Deletion) -> Deleted:
    """Remove all of it that can be removed, and the folders above that are empty then. Raises
    RecordingError where a part of it is being recorded by now."""
    refuse_written(deletion.sessions, "deleted")
    removed: list[Path] = []
    problems: list[str] = []
    for path in (*deletion.targets, *deletion.links):
        if kept := tuple(_remove(path)):
            problems += kept
        else:
            removed.append(path)
            _remove_if_empty(path.parent)
    return Deleted(tuple(removed), tuple(problems))


def sessions_in(root: Path) -> tuple[Path, ...]:
    """Folders below `root` that hold a session, damaged ones included."""
    files = (file for name in (CARD_NAME, XDF_NAME) for file in root.rglob(name))
    return tuple(sorted({file.parent.resolve() for file in files}))


def _given(path: Path) -> Path:
    """Where `path` is: as it stands, or as it is called below our folders."""
    for candidate in (path, paths.recordings() / path, paths.fallback_recordings() / path):
        if candidate.is_dir() and _own(candidate.resolve()):
            return candidate
    raise RecordingError(f"{path} is neither a session nor a participant's folder.", HINT)


def _own(folder: Path) -> tuple[Path, ...]:
    """The session in `folder`, or all sessions of a participant; none for any other folder."""
    if _is_participant(folder):
        return sessions_in(folder)
    return (folder,) if _is_session(folder) else ()


def _is_session(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (CARD_NAME, XDF_NAME))


def _is_participant(folder: Path) -> bool:
    return folder.name.startswith(SUB)


def _roots(found: Path) -> tuple[Path, ...]:
    """Where its parts may lie."""
    home = found.parent if _is_participant(found) else found.parent.parent
    ours = (paths.recordings(), paths.fallback_recordings())
    beside = (home,) if found.parent.name.startswith(SUB) or _is_participant(found) else ()
    return tuple(dict.fromkeys(root.resolve() for root in (*beside, *ours) if root.is_dir()))


def _with_parts(own: Iterable[Path], known: Iterable[Path], found: Path) -> set[Path]:
    """`own` sessions, and every part before or after them. A session that lost its disk goes on
    in the fallback folder, and says there what it continues."""
    sessions = {*own}
    known = {*known, *sessions}
    before = {one: Path(said) for one in known if (said := _continues(one))}
    while True:
        later = {
            one
            for one, said in before.items()
            if _lay_in(said, found) or any(_is_same(said, other) for other in sessions)
        }
        named = {before[one] for one in sessions & before.keys()}
        earlier = {one for one in known if any(_is_same(said, one) for said in named)}
        earlier |= {said.resolve() for said in named if _is_session(said)}
        if later | earlier <= sessions:
            return sessions
        sessions |= later | earlier


def _is_same(said: Path, session: Path) -> bool:
    """A session that was moved since is known by participant and second."""
    return said.parts[-2:] == session.parts[-2:]


def _lay_in(said: Path, folder: Path) -> bool:
    """Whether a session that may be gone was one of the participant's in `folder`."""
    return _is_participant(folder) and said.parent.resolve() == folder


def _continues(folder: Path) -> str:
    card = _card(folder)
    return card.continues if card is not None else ""


def _card(folder: Path) -> SessionCard | None:
    try:
        return read_card(folder)
    except RecordingError:
        return None  # lost or damaged: its names are all that is known


def _crops_of(sessions: Iterable[Path]) -> Iterator[Path]:
    """Face crops that training has cached: pictures of the participant as well. They are named by
    the session's card, which stays where a folder is renamed, and by the video's content."""
    store = paths.cache_dir() / "crops"
    for folder in sessions:
        names = {(folder.parent.name.removeprefix(SUB), folder.name.removeprefix("ses-"))}
        if (card := _card(folder)) is not None:
            names.add((card.participant, card.session))
        for participant, session in names:
            yield from session_crops(store, participant, session)
        for identity in _video_ids(folder):
            yield from store.glob(f"*/*/*-{identity}")


def _video_ids(folder: Path) -> Iterator[str]:
    """Of the videos, and of those that a repair put aside."""
    for video in folder.glob("*.mkv*"):
        try:
            yield video_id(video)
        except DatasetError:
            continue  # it cannot be read, so no crop was made of it as it is now


def _loose_pictures(participant: Path, roots: Iterable[Path]) -> Iterator[Path]:
    """Pictures of the window that were saved while nothing was recorded."""
    name = participant.name.removeprefix(SUB)
    for root in roots:
        for stem in (name, f"{name}-*"):
            yield from root.glob(f"pictures/*_{stem}.*")


def _links_to(targets: Iterable[Path], roots: Iterable[Path]) -> Iterator[Path]:
    """Symbolic links below `roots` that would lead nowhere."""
    going = tuple(targets)
    for root in roots:
        for folder, folders, files in os.walk(root):
            for path in (Path(folder) / name for name in (*folders, *files)):
                if path.is_symlink() and any(path.resolve().is_relative_to(one) for one in going):
                    yield path


def _outermost(targets: Iterable[Path]) -> tuple[Path, ...]:
    every = sorted({path.resolve() for path in targets})
    return tuple(path for path in every if not {*path.parents} & {*every})


def _files_in(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        yield from (file for file in sorted(path.rglob("*")) if not file.is_dir())
    elif path.exists():
        yield path


def _remove(path: Path) -> Iterator[str]:
    """A sentence for each file that stays; all others go."""
    inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    for one in (*sorted(inside, reverse=True), path):  # what is in a folder comes before it
        try:
            if one.is_dir() and not one.is_symlink():
                one.rmdir()
            else:
                one.unlink(missing_ok=True)
        except OSError as error:
            yield f"{one} cannot be deleted: {error.strerror}."


def _remove_if_empty(folder: Path) -> None:
    """A participant's folder whose last session went, here or among the crops."""
    if folder.name.startswith(SUB) or folder.is_relative_to(paths.cache_dir().resolve()):
        with suppress(OSError):  # there is something else in it
            folder.rmdir()
