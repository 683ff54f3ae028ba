"""`published-code` is the public code's network: torch's own modules, put together as the public
code puts them, are the judge. So weights of that shape can be taken over name by name."""

from __future__ import annotations

import torch
from model_tools import inputs, tiny
from torch import Tensor, nn

from milmer_live.model.network import Milmer


def judged_logits(network: Milmer, eeg: Tensor, faces: Tensor) -> Tensor:
    """Post-norm encoder over [CLS], queries and EEG tokens; faces picked by a flat score."""
    config = network.config
    tokens = torch.stack([network.faces.backbone(bag) for bag in faces])
    score = network.faces.score
    assert score is not None
    weights = score.weigh(torch.tanh(score.hidden(tokens.flatten(2)))).softmax(dim=1).squeeze(2)
    picked = weights.topk(config.top_k, dim=1).indices
    kept = torch.stack([tokens[row, picked[row]].flatten(0, 1) for row in range(len(tokens))])

    cross = nn.MultiheadAttention(config.d_model, config.heads, batch_first=True)
    (crossing,) = network.balance.layers
    cross.load_state_dict(crossing.get_submodule("attention").state_dict())
    queries = network.balance.queries.expand(len(kept), -1, -1)
    images = cross(queries, kept, kept)[0] + network.face_tag.modality

    signals = network.eeg.project(network.eeg.norm(eeg)).relu() + network.eeg_tag.modality
    layer = nn.TransformerEncoderLayer(
        config.d_model, config.heads, config.feed_forward, batch_first=True
    )
    encoder = nn.TransformerEncoder(layer, config.encoder_layers, enable_nested_tensor=False)
    encoder.load_state_dict(network.encoder.state_dict(), strict=False)
    cls = network.encoder.cls.expand(len(eeg), 1, -1)
    fused = encoder.eval()(torch.cat([cls, images, signals], dim=1))
    logits: Tensor = network.head(fused[:, 0])
    return logits


def test_published_code_computes_what_the_public_code_does() -> None:
    torch.manual_seed(0)
    network = Milmer(tiny("published-code")).eval()
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1 * torch.randn_like(value))
        eeg, faces, eeg_valid, faces_valid = inputs(network.config)
        ours = network(eeg, faces, eeg_valid, faces_valid).logits
        torch.testing.assert_close(ours, judged_logits(network, eeg, faces), atol=1e-5, rtol=1e-5)
