"""Run by the tests of architectures in the process of PyTorch: what its networks are given and learn."""

from fer_core.architectures.torch_nets import torch_nets
from fer_core.errors import FerError


def reported_by_timm():
    """The dropout of a network that is given one and of one that isn't, and the sentences for what can't be given."""

    def build(**given):
        architecture = {"name": "timm_model", "model": "mobilenetv3_small_050"} | given
        try:
            return torch_nets.build(architecture, channels=1, size=48)
        except FerError as error:
            return str(error)

    refused = [{"checkpoint_path": "x.pth"}, {"model": "hf-hub:timm/resnet18"}, {"img_size": 48}]
    return [build(drop_rate=0.3).drop_rate, build().drop_rate, *(build(**given) for given in refused)]


def learning(frozen_blocks):
    """The parts of a residual network that learn, by name."""
    architecture = {"name": "resnet_small", "frozen_blocks": frozen_blocks}
    net = torch_nets.build(architecture, channels=1, size=48)
    parts = {name.split(".")[0] for name, weight in net.named_parameters() if weight.requires_grad}
    return sorted(parts, key=int)
