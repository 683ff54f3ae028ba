"""A backbone that does not learn: what it gives of a face is worked out once and kept."""

from __future__ import annotations

import torch
from torch import Tensor

from milmer_live.model.backbone.network import TokenBackbone
from milmer_live.training.data.batches import Batch

# Faces that go through the backbone together. Always as many, the last one repeated: matrix
# products of another size may sum in another order, and then a resumed training, to which other
# faces are new, would come to other weights. Swin-Tiny on two cores takes 17 faces a second in
# eights and 12 in groups of 32, in bfloat16 50 and 29.
AT_ONCE = 8


class FrozenBackbone:
    """`backbone`, frozen, and its tokens of the faces of one TrialSet.

    They are kept in main memory, in the dtype they come in, up to `kept_gb` (1e9 bytes); faces
    beyond that, and faces that an augmentation has changed, are worked out each time.
    """

    def __init__(self, backbone: TokenBackbone, kept_gb: float) -> None:
        backbone.freeze()
        self._backbone = backbone
        self._kept: dict[int, Tensor] = {}
        self._room = int(kept_gb * 1e9)

    def tokens(self, batch: Batch) -> Tensor:
        """(F, n_tokens, width) of the batch's faces, on their device, without gradient."""
        with torch.no_grad():
            return self._looked_up(batch) if batch.as_read else self._worked_out(batch.faces())

    def _looked_up(self, batch: Batch) -> Tensor:
        """Copies: what is kept in inference mode could not itself take part in a training."""
        new = [place for place, face in enumerate(batch.owners) if face not in self._kept]
        old = [place for place, face in enumerate(batch.owners) if face in self._kept]
        parts = []
        if old:
            kept = torch.stack([self._kept[batch.owners[place]] for place in old])
            parts.append(kept.to(batch.images.device))
        if new:
            parts.append(self._worked_out(batch.faces()[new]))
            self._keep([batch.owners[place] for place in new], parts[-1])
        order = torch.tensor(old + new).argsort()
        return torch.cat(parts)[order.to(batch.images.device)]

    def _worked_out(self, images: Tensor) -> Tensor:
        missing = -len(images) % AT_ONCE
        whole = torch.cat([images, images[-1:].expand(missing, -1, -1, -1)])
        tokens = [self._backbone(group) for group in torch.split(whole, AT_ONCE)]
        return torch.cat(tokens)[: len(images)]

    def _keep(self, faces: list[int], tokens: Tensor) -> None:
        size = tokens[0].nbytes
        count = min(len(faces), self._room // size)
        for face, one in zip(faces[:count], tokens[:count].cpu(), strict=True):
            self._kept[face] = one.clone()
        self._room -= count * size
