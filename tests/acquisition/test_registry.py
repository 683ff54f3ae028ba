"""What a user writes to name a source finds it, or is told what can be written."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from milmer_live.acquisition.brainflow.eeg import BrainFlowSource
from milmer_live.acquisition.camera.source import CameraSource
from milmer_live.acquisition.lsl.eeg import LSLSource
from milmer_live.acquisition.lsl.frames import LSLFrames
from milmer_live.acquisition.lsl.spec import (
    LSL_FIELDS,
    Wanted,
    parsed,
    spec_of,
)
from milmer_live.acquisition.registry import eeg_source, frame_source, without_password
from milmer_live.errors import ConfigError, SourceNotFound
from milmer_live.processing.channels.user_channels import Said


def test_a_scheme_leads_to_its_source() -> None:
    assert isinstance(eeg_source("lsl:ActiChamp"), LSLSource)
    assert isinstance(eeg_source("lsl:source_id=amp-7"), LSLSource)
    assert isinstance(eeg_source("LSL:name=Acti Champ&source_id=amp+7"), LSLSource)
    assert isinstance(frame_source("camera:0"), CameraSource)
    assert isinstance(frame_source("lsl:MilmerLive-Replay-frames"), LSLFrames)
    board = eeg_source("brainflow:CYTON?serial_port=COM3")
    assert isinstance(board, BrainFlowSource)
    assert board.spec.parameters == {"serial_port": "COM3"}


@pytest.mark.parametrize("spec", ["brainflow:SYNTHETIC", "brainflow:SYNTHETIC?timeout=2"])
def test_channels_of_a_board_can_be_named_beside_its_spec(spec: str) -> None:
    names = tuple(f"E{n}" for n in range(16))
    board = eeg_source(spec, said=Said(names))
    assert isinstance(board, BrainFlowSource)
    assert board.spec.channels == names


ODD = ("Amp&Co 100%", "a=b", "type=EEG", "50%25", " ends with a space ", "Verstärker/µ+1", "a:b;c?")


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("fields", [("name",), ("source_id",), LSL_FIELDS])
def test_every_name_can_be_written_and_is_understood_again(
    odd: str, fields: tuple[str, ...]
) -> None:
    wanted = cast("Wanted", dict.fromkeys(fields, odd))
    scheme, _, rest = spec_of(**wanted).partition(":")
    assert (scheme, rest) == ("lsl", rest.strip())
    assert parsed(rest) == (wanted, {})


def test_a_name_as_it_stands_is_a_name() -> None:
    assert spec_of(name="Amp&Co 100%") == "lsl:Amp&Co 100%"
    assert parsed("Amp&Co 100%") == ({"name": "Amp&Co 100%"}, {})


@pytest.mark.parametrize(
    "spec", ["lsl:name=Amp&Co", "lsl:name=A&name=B", "lsl:type=EEG&host=", "lsl:name=100%e4"]
)
def test_a_query_that_is_not_understood_is_refused_and_not_in_part(spec: str) -> None:
    with pytest.raises(ConfigError, match=r"not found by .* is not understood.*%26 is an amp"):
        eeg_source(spec)


def test_addresses_with_colons_arrive_whole(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r"http://127\.0\.0\.1/a:b\.mjpg gives no"):
        frame_source("camera:http://127.0.0.1:9/a:b.mjpg").open()
    with pytest.raises(SourceNotFound, match=r"There is no video file .*face\.avi"):
        frame_source(f"camera:{tmp_path / 'face.avi'}").open()


@pytest.mark.parametrize(
    "spec",
    ["", "lsl", "lsl:", "usb:0", "camera:0", "ActiChamp", "lsl:source_id=", "lsl:name=a&b=c"],
)
def test_what_names_no_eeg_is_refused_with_examples(spec: str) -> None:
    with pytest.raises(ConfigError, match=r"Write (one of: lsl:NAME|lsl:name=NAME)"):
        eeg_source(spec)


def test_a_password_is_neither_shown_nor_written_down() -> None:
    assert without_password("camera:rtsp://me:se:cret@host:554/a@b") == "camera:rtsp://host:554/a@b"
    assert without_password("camera:rtsp://me:p@ss@host/a@b") == "camera:rtsp://host/a@b"
    shown = "camera:http://host/x.cgi?ch=2&pwd=…&u=me"
    assert without_password("camera:http://host/x.cgi?ch=2&pwd=secret&u=me") == shown
    for harmless in (
        *("camera:0", "camera:http://host/x.mjpg?ch=2", "lsl:name=a@b", "camera:C:/a@b.avi"),
        *("lsl:name=a&source_id=key=1", "camera:/tmp/a?password=b.mp4"),
    ):
        assert without_password(harmless) == harmless


@pytest.mark.parametrize("spec", ["", "0", "camera:", "lsl:", "http://host/x.mjpg"])
def test_what_names_no_camera_is_refused_with_examples(spec: str) -> None:
    with pytest.raises(ConfigError, match="Write one of: camera:0"):
        frame_source(spec)
