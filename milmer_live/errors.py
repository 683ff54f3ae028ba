"""Every error that milmer_live raises on purpose: one sentence, and what to do next.

MilmerError
  ConfigError       a setting or an option is not usable
  SourceError       a device or a stream
    SourceNotFound  nothing answers to that name
    SourceLost      it was there and went away
      SourceEnded   a recording that was played, at its end
      SourceAway    another signal of a device that is away
    SourceFormat    it is there, but not in a form that can be used
  DatasetError      a data set on disk
  ModelError        a checkpoint or a network
  RecordingError    writing or reading a session
    StorageLost     the disk is full, or the folder is gone
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

from milmer_live.catalogue import Code
from milmer_live.messages import Message, Value, Words, code_of

_LONGEST_REASON = 200  # characters of another library's message


class ExitCode(IntEnum):
    """How a command ends. BROKEN: `check`, or a benchmark with a goal, found that one does not
    hold. ERROR: an expected error. SHORT: it was recorded, but something that was required is
    missing or not whole."""

    OK = 0
    BROKEN = 1
    ERROR = 2
    SHORT = 3


class MilmerError(Exception):
    """One clear sentence (`message`) and the user's next step (`hint`).

    Where the message is made from the catalogue, `code` and `values` say what is wrong."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def code(self) -> Words | None:
        return code_of(self.message)

    @property
    def values(self) -> Mapping[str, Value]:
        return self.message.values if isinstance(self.message, Message) else {}

    @property
    def said(self) -> str:
        """Message and hint, each of which can still be translated by its code."""
        if not self.hint:
            return self.message
        return Message(Code.THEN, why=self.message, then=self.hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(MilmerError):
    """A setting or an option is not usable."""


class SourceError(MilmerError):
    """A device or a stream failed."""


class SourceNotFound(SourceError):
    """Nothing answers to that name."""


class SourceLost(SourceError):
    """The source was there and went away."""


class SourceEnded(SourceLost):
    """The source has come to its end: a recording that was played. It is not opened again."""


class SourceAway(SourceLost):
    """A signal of a device that is not there now, which is said of the device."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The device of the signal '{name}' is not there.")


class SourceFormat(SourceError):
    """The source is there, but not in a form that can be used."""


class DatasetError(MilmerError):
    """A data set on disk is missing, incomplete or not in its format."""


class ModelError(MilmerError):
    """A checkpoint or a network cannot be used."""


class RecordingError(MilmerError):
    """A session cannot be written or read."""


class StorageLost(RecordingError):
    """What a session is written to takes no more: the disk is full, or the folder is gone."""


@contextmanager
def reading(
    path: Path, kind: type[MilmerError], hint: str = "Get it again; it may be cut off."
) -> Iterator[None]:
    """The boundary around everything that reads a file from outside.

    A reader checks what it expects and raises a MilmerError that says so. Whatever else it meets
    (a parser's own exception, a number without end, no memory) becomes `kind` with the file's
    name: no list of exceptions that a library may raise is ever complete.
    """
    try:
        yield
    except MilmerError:
        raise
    except OSError as error:
        why = error.strerror or str(error) or "no reason is given"
        other = error.filename if error.filename and Path(str(error.filename)) != path else ""
        what = f"{other}: {why}" if other else why  # a file that belongs to it
        raise kind(f"{path} cannot be read: {what}.") from error
    except Exception as error:
        raise kind(
            f"{path} is damaged or not what its name says ({reason(error)}).", hint
        ) from error


def reason(error: BaseException) -> str:
    """What an exception of others says, on one short line."""
    said = " ".join(str(error).split())[:_LONGEST_REASON].rstrip(".")
    return said or type(error).__name__
