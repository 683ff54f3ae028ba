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

    # A setting that is not usable.
    SETTING_WRONG = "{where}: {setting}: {why}."
    SETTINGS_WRONG = "{where}: {why}."

    # A camera, and the faces in its pictures.
    CAMERA_SCHEME_UNKNOWN = "A camera has no address that begins with '{name}:'."
    CAMERA_ADDRESS_WRONG = "The address of the camera is not understood."
    WRITE_CAMERA_ADDRESS = "Write scheme://host:port/path."
    DOES_NOT_OPEN = "{name} does not open."
    IS_CAMERA_IN_USE = "Is another program using it, and may you use it?"
    NO_MORE_PICTURES = "{name} gives no more pictures."
    IS_PLUGGED_IN = "Is it plugged in?"
    NO_CAMERA = "There is no camera {name}."
    THERE_IS_NONE = "There is: none at all."
    THERE_IS = "There is: {names}."
    CHOOSE_MOVING_PICTURES = "A camera needs moving pictures: choose a video file."
    FELL_BEHIND = "{name} fell behind its own times: this machine was too slow."
    STILL_PICTURE = "{name} is a still picture."
    NO_VIDEO_FILE = "There is no video file {name}."
    CHECK_PATH = "Check the path."
    NO_WHOLE_PICTURE = "{name} has no picture that is whole."
    READ_NO_MORE = "{name} cannot be read any more: {what}."
    IS_ADDRESS_RIGHT = "Is it switched on, and the address right?"
    NO_PICTURES = "{name} gives no pictures."
    CAMERA_REFUSES = "{name} gives no pictures: it refuses you."
    ARE_NAME_AND_PASSWORD_RIGHT = "Are the name and the password right?"
    SENDS_NO_PICTURES = "{name} sends no pictures."
    IS_ADDRESS_OF_CAMERA = "Is the address that of a camera?"
    IS_FILE = "{name} is a file, not a camera."
    DOWNLOAD_FILE = "Download it, and write camera:FILE."
    CAMERA_DELAY = "{name}: its delay of {n} ms is taken from the time of each picture."
    DOES_NOT_ANSWER = "{name} does not answer."
    IS_ITS_ADDRESS_RIGHT = "Is it switched on, and its address right?"
    HAS_STOPPED = "{name} has stopped."
    SEVERAL_FACES = (
        "More than one face was in the picture in the last {hz:g} s: click the participant's in "
        "the window, or leave only theirs in the picture."
    )
    NO_FACE_MEANWHILE = "No face is used meanwhile."
    FACE_OF_ANOTHER = (
        "A face is in the picture that is not known as the participant's, and it is not used."
    )
    CLICK_IF_THEIRS = "If it is theirs, click it."
    FACE_IN_THE_DARK = "No face is found: the picture is too dark."
    TURN_ON_LIGHT = "Turn on more light, or let the camera expose longer."
    FACE_CUT_OFF = "No face is found: one is cut off at the edge of the picture."
    TURN_CAMERA = "Turn the camera until all of it is seen."
    FACE_TOO_SMALL = (
        "No face is found: there is one of {hz:.0f} % of the picture's height, which is too small."
    )
    BRING_CAMERA_NEARER = "Bring the camera to {hz:.0f} % of its distance, or nearer."
    FACES_NOT_FOUND = "Faces are not looked for: {why}"

    # A source that is missing.
    SOURCE_FAILED = "The {kind} '{name}' failed ({what})."
    SOURCE_RECONNECTED = "It is connected again; the log says more."
    NO_DATA = "No data from {kind} '{name}'."
    RESUMES = "It resumes when data arrives."
    OF_STREAM = "{name}: {why}"
    BUFFER_FULL = "Its buffer was full: at least {count:,} lost."
    STATUS_UNTOLD = "Its status could not be told at times; the log says more."
    UNKEPT = "What came was not recorded {count:,} times: the recorder failed."
    UNREAD = "The recording ended before all that had come was read."
    UNREAD_SOME = (
        "The recording ended before all that had come was read: at least {count:,} missing."
    )

    # A stream of LSL.
    STREAM_GONE = "The LSL stream '{name}' is gone."
    MARKERS_GONE = "The markers '{name}' are gone."
    CAMERA_GONE = "The camera '{name}' is gone."
    START_ITS_SENDER = "Start its sender again: the connection comes back by itself."
    START_THEIR_SENDER = "Start their sender again: the connection comes back by itself."
    STREAM_NOT_OPEN = "The LSL stream is not open."
    MARKERS_NOT_OPEN = "The markers are not open."
    CAMERA_NOT_OPEN = "The camera is not open."
    STREAM_UNWATCHED = (
        "The LSL stream '{name}' is kept open without a look at its sender, which failed ({what})."
    )
    MARKERS_UNWATCHED = (
        "The markers '{name}' are kept open without a look at their sender, which failed ({what})."
    )
    CAMERA_UNWATCHED = (
        "The camera '{name}' is kept open without a look at its sender, which failed ({what})."
    )
    STREAM_BUFFER_FULL = "The buffer of the LSL stream '{name}' was full: samples are lost."
    CLOCK_NOT_COMPARED = (
        "The clock of the LSL stream '{name}' could not be compared with ours yet: its time stamps "
        "are taken as they are."
    )
    CLOCK_COMPARED = (
        "The clock of the LSL stream '{name}' is compared with ours now: {offset:+.6f} s are added "
        "to its time stamps from here on."
    )
    DESCRIPTION_CLEANED = "The description of the LSL stream '{name}' was cleaned: {changes}."
    NAME_NOT_UTF8 = "The name of the LSL stream '{name}' is not UTF-8. It was read as cp1252."
    TEXTS_NOT_UTF8 = "Texts of '{name}' are not UTF-8. They are read as cp1252."
    FRAMES_UNSTAMPED = "Frames of '{name}' have no time stamp: it is deduced."

    # The channels of a stream.
    ONLY_RECORDED = "The stream is recorded."
    ONLY_RECORDED_NO_MODEL = "The stream is recorded; the model runs without EEG."
    TOO_MANY_NAMED = "'{name}' has {count} channels, and {given} are named by --channels."
    NAME_IN_ORDER = "Name them in order, as many as there are."
    LAYOUT_MISFIT = "The {count} EEG channels of '{name}' are not those of the layout '{layout}'."
    CHOOSE_ANOTHER_LAYOUT = "Choose another, or name them: --channels Fp1,Fp2,…"
    SAY_WHERE = "Say where they are: {options}"
    NO_NAMES = "'{name}' has {count} EEG channels without a name."
    BIPOLAR = "The EEG of '{name}' is between pairs of electrodes ({some})."
    CHOOSE_ONE_REFERENCE = (
        "The model needs it against one reference: choose that in the amplifier's program."
    )
    COUNTED = "'{name}' counts its electrodes ({some}), and has no sites of the head."
    NO_SITES = "The EEG channels of '{name}' ({some}) are no sites of the head."
    UNIT_UNSTATED = "The LSL stream '{name}' does not state its unit. Say it: --unit uV."
    UNIT_NO_VOLTAGE = (
        "The unit of the LSL stream '{name}' is {units}, which is no voltage. If its values are in "
        "one, say it: --unit uV."
    )
    UNITS_NO_VOLTAGE = (
        "The units of the LSL stream '{name}' are {units}, which is no voltage. If its values are "
        "in one, say it: --unit uV."
    )
    SHARED_NAMES = (
        "The LSL stream '{name}' has several channels called {channels}. They are recorded, and "
        "none of them is used as an electrode."
    )
    SCALE_STATED = (
        "The LSL stream '{name}' states a scale ({factors}): the model and the screen have its EEG "
        "times that, and the recording has it as sent."
    )
    SCALE_OF_PROFILE = (
        "The profile of '{name}' has a scale ({scale:g}): the model and the screen have its EEG "
        "times that, and the recording has it as sent."
    )
    ODD_SCALE = (
        "The LSL stream '{name}' states a scale of '{scale}', which is no number above 0: it is "
        "not applied."
    )
    RECOGNISED = "'{name}' is recognised as {title}, {count} EEG channels."
    RECOGNISED_WITH_OTHERS = (
        "'{name}' is recognised as {title}, {count} EEG channels and {others} others."
    )
    FILTER_TOO_HIGH = (
        "A filter at {edge:g} Hz needs a stream of more than {least:g} Hz; this one has {rate:g} "
        "Hz."
    )
    LOWER_FILTER = "Lower the filter's edge, or 0 to switch it off."

    # A board.
    NO_SUCH_BOARD = "BrainFlow knows no board '{name}'."
    NO_SUCH_PARAMETER = "BrainFlow has no parameter '{name}'."
    THERE_ARE = "There are: {names}."
    BOARD_NEEDS = "The board {name} needs {what}."
    WRITE_BRAINFLOW = "Write brainflow:{spec}"
    BOARD_SPEC_WRONG = "'{spec}' is not a board: after the question mark come name=value pairs."
    IS_WHOLE_NUMBER = "{name}={value}: {same} is a whole number."
    RECORDING_ENDED = "The recording {name} has come to its end."
    BOARD_SILENT = "The board {name} has gone silent."
    BOARD_NOT_OPEN = "The board is not open."
    IS_BOARD_NEAR = (
        "Is it switched on and near, Bluetooth on, and no other program connected to it?"
    )
    IS_BOARD_IN_NETWORK = "Is it switched on, and in the same network as this computer?"
    IS_BOARD_PLUGGED_IN = "Is it plugged in and switched on, and does no other program use it?"
    GIVE_RECORDING = "Give the file of a recording that BrainFlow has written."
    LOG_SAYS_MORE = "brainflow.log, beside the program's log, says more."
    CLOSE_OTHER_PROGRAM = "Close the program that uses it."
    IS_DONGLE_PLUGGED_IN = "Is the dongle plugged in, is the port right, and may you use it?"
    GIVE_PORT = "Give the port of its dongle; `milmer-live devices` lists those that there are."
    IS_RIGHT_BOARD = "Is it the right board, and the right port?"
    SWITCH_OFF_AND_ON = "Switch it off and on again."
    CLOSE_THAT_FIRST = "Close that first."
    LOG_SAYS_WHAT_IS_WRONG = (
        "brainflow.log, beside the program's log, says what is wrong with them."
    )
    USE_SUPPORTED_SYSTEM = "Use it on a system that BrainFlow's page of supported boards names."
    COMMAND_REFUSED = "The board {name} does not take the command '{what}'."
    MAKER_LISTS_COMMANDS = "Its maker's page lists its commands; config= sends one."
    BOARD_GONE = "The board {name} does not answer any more."
    BOARD_PORT_GONE = "The port {port} of the board {name} is gone."
    PLUG_IN_BOARD = "Plug the board or its dongle in."
    RECORDING_EMPTY = "The recording {name} is empty."
    RECORDING_OF_OTHER_BOARD = (
        "The recording {name} has {n} columns, and one of {board} has {count}."
    )
    NO_FILE = "There is no file {name}."
    FILE_UNREADABLE = "The file cannot be read: {name}."
    PORT_IN_USE = "The port {name} is in use by {program}."
    END_THAT_FIRST = "End that first."
    NO_PORT = "There is no port {name}."
    PLUG_IN_BOARD_FOUND = "Plug the board or its dongle in. There is: {names}."
    PORT_FORBIDDEN = "You may not use the port {name}."
    JOIN_PORT_GROUP = (
        "Have yourself added to the group that owns it (dialout on most systems), then log in "
        "again."
    )
    BOARD_SENDS_NO_EEG = "The board {name} sends no EEG."
    BOARD_MEASURES_IMPEDANCE = "The board {name} measures impedance: it sends no EEG meanwhile."
    BOARD_LAYOUT_MISFIT = (
        "The layout '{layout}' does not fit the {n} EEG channels of the board {name}."
    )
    BOARD_TOO_MANY_NAMED = "The board {name} has {n} EEG channels, and {given} are named."
    PORT_OF_ANOTHER_BOARD = (
        "The port {name} is in use by another board of this program, or another program."
    )
    PORT_OF_ANOTHER_PROGRAM = "The port {name} is in use by another program."
    PLUG_IN_BOARD_NONE = "Plug the board or its dongle in. There is: none at all."

    ALL_WRITES_THEM = "--all writes every stream of numbers."  # of an export

    # A model.
    MODEL_LOADING = "The model '{name}' is being loaded already."
    WAIT_FOR_MODEL = "Wait until it answers."
    MODEL_NOT_READY = "The model '{name}' is still being made ready."
    SYNTHETIC_ONLY = (
        "The model '{name}' was trained on synthetic participants only: its answers about real "
        "people are not valid."
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
