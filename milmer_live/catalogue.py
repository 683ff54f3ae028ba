"""The catalogue of what the program says: a code for each sentence, and its English.

The value of a member is the English sentence. What stands in braces is filled in from the values
of a `Message` or an `Event`; numbers carry their format here, such as `{rate:g}`. The German is
in `resources/i18n/milmer_de.ts`, under the English.
"""

from __future__ import annotations

from enum import unique

from milmer_live.messages import Words


@unique
class EventKind(Words):
    """What can happen in a run. The text of an event is written into the recording, and readers
    of sessions know some of them by how they begin: an English text stays as it is.

    `source` is the name of the stream, or of whatever else it happened to; `kind` is what a stream
    measures ("EEG", "camera", "markers", "signal").
    """

    CONNECTED = "{kind} connected: {source}"
    SILENT = "{kind} silent: {source}"
    BACK = "{kind} back: {source}"
    LOST = "{kind} lost: {why}"
    LOST_OF_SEVERAL = "{kind} lost: {source}: {why}"  # where the name is not the stream's alone
    ENDED = "{kind} ended: {why}"
    STALLED = "{kind} stalled: {why}"
    NOT_STALLED = "{kind} not stalled any more: {source}"
    NOTED = "{why}"  # by a source, of what it receives
    AT_THE_BEGINNING = "{kind} {state}: {source}"  # of a recording
    RATE_MEASURED = "The sampling rate of '{source}' was measured: {rate:g} Hz."
    CLOCK_SET = "EEG '{source}': {why}"

    FACE_CLICKED = "face chosen by click: {number}"
    FACE_ALONE = "face chosen as the only one: {number}"
    FACE_DROPPED = "face no longer chosen: {number}"
    FACE_LOST = "face lost: {number}"
    FACE_BACK = "face back: {number}"
    FACE_IN_VIEW = "face in view: {number}"
    FACE_UNKNOWN = "face not known: {number}"
    FACES_IN_VIEW = "faces in view: {number}"
    FACES_IN_VIEW_NONE_CHOSEN = "faces in view: {number}, none chosen"
    FACES_SOUGHT = "Faces are looked for from here on."
    FACES_NOT_SOUGHT = "Faces are not looked for yet: the detector is being loaded."

    SETTINGS = "EEG settings: {parts}"
    MODEL_READY = "model ready: {source}"
    PARTICIPANT_SCREEN = "participant screen: {seen}"

    CONSUMER_FAILED = "{why} {then}"  # what works on the samples of a source
    COMPUTER_CLOCK_AHEAD = "The computer's clock was set ahead by {time}."
    COMPUTER_CLOCK_BACK = "The computer's clock was set back by {time}."
    DISK_LOW = "{warning}"
    MOVED = "{why} {went_on}"  # to another folder


@unique
class Code(Words):
    """What stands in events, faults and errors."""

    THEN = "{why} {then}"  # two sentences: what is wrong, and what to do or what follows
    CONSUMER_FAILED = "The {consumer} failed ({what})."
    CONSUMER_RESTARTED = "It was restarted; recording continues."

    # The settings of the EEG.
    BAND = "{low:g} to {high:g} Hz"
    FROM_HZ = "from {low:g} Hz"
    NOTCH = "notch {hz:g} Hz"
    AVERAGE_REFERENCE = "reference average"
    REFERENCE = "reference {channels}"
    BAD_CHANNELS = "bad: {channels}"
    COMPONENTS_REMOVED = "components removed: {numbers}"
    NO_COMPONENTS_REMOVED = "components removed: none"
    NO_FILTER = "no filter"

    # A camera that shows nothing new.
    CAMERA_REPEATS = "repeats its last picture"
    CAMERA_BLACK = "sends black pictures"
    CAMERA_ONE_COLOUR = "sends pictures of one colour"
    CAMERA_STAMPS = "gives all pictures the same time"
    CAMERA_STALLED = "The camera '{name}' {why}: no face is used."
    IT_STALLED = "It {why}."
    REPLUG_CAMERA = "Unplug it and plug it in again, or restart its program."
    IS_LENS_COVERED = "Is its lens covered?"
    IS_INPUT_MISSING = "Is its lens covered, or its input missing?"
    RESTART_PICTURE_SENDER = "Restart the program that sends them."

    # A source that is missing.
    SOURCE_FAILED = "The {kind} '{name}' failed ({what})."
    SOURCE_RECONNECTED = "It is connected again; the log says more."
    NO_DATA = "No data from {kind} '{name}'."
    RESUMES = "It resumes when data arrives."
    OF_STREAM = "{name}: {why}"
    BUFFER_FULL = "Its buffer was full: at least {count:,} lost."
    UNREAD = "The recording ended before all that had come was read."
    UNREAD_SOME = (
        "The recording ended before all that had come was read: at least {count:,} missing."
    )

    # A recording.
    GOES_ON_IN = "Recording goes on in {folder}."
    NOTHING_RECORDED = "Nothing is recorded any more."
    NOT_RECORDED = "{count} samples of '{name}' could not be recorded: {why}"
    FOLDER_GONE = "The folder {folder} is gone."
    DISK_GONE = "The disk of {folder} is gone: {what}."
    DISK_FULL = "The disk of {folder} is full up to its reserve of {mb:g} MB."
    DISK_MINUTES = "The disk has room for {minutes:.0f} minutes."
    DISK_MEGABYTES = "The disk is nearly full: room for {mb:.0f} MB."
