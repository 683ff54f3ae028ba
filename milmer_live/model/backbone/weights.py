"""Weights for the face backbone: from a file, a directory or a hub, in timm's layout or in
Hugging Face's Swin layout, or out of a checkpoint of ours. Only safetensors are read: a pickle
can run code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from milmer_live.errors import ModelError
from milmer_live.model.backbone.network import TokenBackbone
from milmer_live.model.backbone.swin_layout import to_timm
from milmer_live.model.card import Card
from milmer_live.model.checkpoint import load
from milmer_live.no_telemetry import hub_allowed

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
CONVERT_HINT = (
    "Convert it where you trust it: transformers' "
    "`model.save_pretrained(folder, safe_serialization=True)`, or safetensors.torch.save_file."
)
# Every checkpoint of ours has tensors under one of these, and no Swin of others has.
_OURS = ("faces.", "eeg.")
_HOW_FACES_ARE_SEEN = ("backbone", "backbone_options", "image_size", "image_mean", "image_std")


def load_backbone(backbone: TokenBackbone, source: str) -> Card | None:
    """Fill `backbone` from a .safetensors file, a directory that holds one, or a hub's
    "owner/name" (or timm's own name of a model). A classifier that comes along is left out.
    Where the file is a checkpoint of ours, its backbone is taken and its card comes back.

    Raises ModelError.
    """
    path = Path(source).expanduser()
    file = _weights_file(path) if path.exists() else _from_hub(source)
    try:
        state = load_file(file)
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"The weights {file} are damaged or not safetensors.", "Fetch or copy them again."
        ) from error
    if any(name.startswith(_OURS) for name in state):
        return _from_checkpoint(backbone, file)
    _fill(backbone, to_timm(state), str(file))
    return None


def _from_checkpoint(backbone: TokenBackbone, file: Path) -> Card:
    model = load(file)
    theirs = model.card.config
    if not theirs.uses_faces:
        raise ModelError(
            f"{file} holds a network without faces, and so no backbone.",
            "Take a checkpoint of a network that looks at faces.",
        )
    for name in _HOW_FACES_ARE_SEEN:
        there, here = getattr(theirs, name), getattr(backbone.config, name)
        if there != here:
            raise ModelError(
                f"{file} holds a backbone of another kind: {name} is {there} there and {here} "
                "here.",
                f"Take {', '.join(_HOW_FACES_ARE_SEEN[:3])} from its card, as [model] settings.",
            )
    backbone.load_state_dict(model.network.faces.backbone.state_dict())
    return model.card


def _weights_file(path: Path) -> Path:
    if path.is_dir():
        found = sorted(path.glob("*.safetensors"))
        if len(found) > 1:
            raise ModelError(
                f"{path} holds {len(found)} .safetensors files.", "Name the one to be used."
            )
        if found:
            return found[0]
        if any(file.suffix in PICKLES for file in path.iterdir()):
            raise ModelError(f"{path} holds weights only as a pickle.", CONVERT_HINT)
        raise ModelError(f"{path} holds no .safetensors file.", "Check the path.")
    if path.suffix in PICKLES:
        raise ModelError(f"{path} is a pickle, which is never loaded.", CONVERT_HINT)
    return path


def _from_hub(name: str) -> Path:
    """The weights of a hub's model, from its cache or the network; a bare name is timm's."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError

    try:
        repository = name if "/" in name else f"timm/{name}"
        with hub_allowed():
            return Path(hf_hub_download(repository, "model.safetensors"))
    except HFValidationError as error:
        raise ModelError(
            f"'{name}' is neither a file nor a directory nor a model of a hub.",
            "Check the path.",
        ) from error
    except EntryNotFoundError as error:  # also what an offline machine without a cache gets
        raise ModelError(
            f"'{name}' is no local path, and the hub gave no model.safetensors for it.",
            "Check the name; without a network, give a local file or directory.",
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise ModelError(
            f"'{name}' is no local path and the hub cannot be reached for it.",
            "Without a network, give a local file or directory.",
        ) from error


def _fill(backbone: TokenBackbone, state: Mapping[str, Tensor], source: str) -> None:
    wanted = backbone.body.state_dict()
    kept = {name: value for name, value in state.items() if not _of_classifier(name)}
    different = sorted(
        name
        for name in wanted.keys() | kept.keys()
        if name not in wanted or name not in kept or wanted[name].shape != kept[name].shape
    )
    if different:
        raise ModelError(
            f"{source} does not fit the backbone: {len(different)} tensors differ, the first is "
            f"{different[0]}.",
            "Choose the backbone, its options and image_size as the weights were trained.",
        )
    backbone.body.load_state_dict(kept)


def _of_classifier(name: str) -> bool:
    return name.split(".")[0] in ("head", "classifier", "pooler", "fc")
