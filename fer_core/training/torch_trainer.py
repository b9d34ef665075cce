"""PyTorch and timm variants: train a batch, predict, save, export. The only trainer that imports torch."""

from __future__ import annotations

import copy
import warnings
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from fer_core.architectures.torch_nets import torch_nets
from fer_core.errors import ModelError
from fer_core.recipes.recipe import SCALES, InputSpec, Recipe
from fer_core.training.classes import AnsweredClasses
from fer_core.training.precision import training_precision
from fer_core.training.torch_optimizers import optimizer_of
from fer_core.training.trainer import Batch

PREDICT_BATCH = 256
_SAFE_CHANNELS = 8
#: What ONNX Runtime and the heat maps' own reader of graphs both know.
OPSET = 18


class FacesToLogits(nn.Module):
    """The network behind its preprocessing: uint8 (N, 48, 48) in, logits (N, 7) out."""

    def __init__(self, net: nn.Module, spec: InputSpec) -> None:
        super().__init__()
        self.net = net
        self.spec = spec
        self.memory_format = _memory_format(net)

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        return self.net(self.prepare(faces))

    def prepare(self, faces: torch.Tensor) -> torch.Tensor:
        x = faces.unsqueeze(1).float()
        if self.spec.size != faces.shape[-1]:
            side = (self.spec.size, self.spec.size)
            x = functional.interpolate(x, size=side, mode="bilinear", align_corners=False)
        if self.spec.channels == 3:
            x = x.expand(-1, 3, -1, -1)
        multiplier, offset = (_per_channel(value, x) for value in SCALES[self.spec.scale])
        x = x * multiplier + offset
        return x.contiguous(memory_format=self.memory_format)


class FacesToProbs(nn.Module):
    """The contract: uint8 (N, 48, 48) in, probabilities float32 (N, 7) out; this is what is exported."""

    def __init__(self, model: FacesToLogits, answered: AnsweredClasses) -> None:
        super().__init__()
        self.model = model
        self.answered = answered

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        x = self.model.prepare(faces)
        probs = torch.softmax(self.model.net(x).float(), dim=1)
        if self.model.spec.flip_average:
            mirrored = torch.softmax(self.model.net(torch.flip(x, dims=[3])).float(), dim=1)
            probs = (probs + mirrored) / 2
        if self.answered.all:
            return probs
        return probs @ torch.from_numpy(self.answered.placement).to(probs.device)


class TorchTrainer:
    """Implements :class:`fer_core.training.trainer.Trainer` for recipes of ``torch`` and ``timm``."""

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        spec = recipe.data.input
        self.recipe = recipe
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.precision = training_precision(gpu=self.device == "cuda")
        self.accelerator = torch.cuda.get_device_name() if self.device == "cuda" else ""
        torch.backends.cudnn.benchmark = True
        self.answered = AnsweredClasses(recipe.data.preparation)
        net = torch_nets.build(
            recipe.architecture, channels=spec.channels, size=spec.size, **self.answered.setting
        )
        self.model = FacesToLogits(net, spec)
        self.model.to(self.device, memory_format=self.model.memory_format)
        self.averaged = (
            copy.deepcopy(self.model).requires_grad_(False) if recipe.optimizer.ema_decay else None
        )
        self.optimizer = optimizer_of(recipe, self.model.net)
        self.steps = 0
        self._sums = torch.zeros(2, dtype=torch.float64, device=self.device)
        self._faces = 0

    @property
    def parameters(self) -> int:
        """Number of weights, the untrained statistics of norms left out."""
        return sum(weight.numel() for weight in self.model.parameters())

    @property
    def _answering(self) -> FacesToLogits:
        return self.averaged or self.model

    def start_epoch(self, seed: int, epoch: int) -> None:
        torch.manual_seed(seed)
        self._sums.zero_()
        self._faces = 0
        waiting = epoch <= self.recipe.schedule.head_epochs
        self.backbone_factor = 0.0 if waiting else self.recipe.optimizer.backbone_factor

    def train_batch(self, batch: Batch, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate * (self.backbone_factor if group.get("backbone") else 1.0)
        self.model.train()
        target = self._moved(self.answered.positions(batch.labels))
        with self._autocast():
            logits = self.model(self._moved(batch.faces))
        losses = self._losses(
            logits.float(),
            target if batch.targets is None else self._moved(self.answered.shares(batch.targets)),
        )
        if batch.taught is not None:
            losses = self._with_teachers(
                losses, logits.float(), self._moved(self.answered.shares(batch.taught))
            )
        if batch.weights is not None:
            losses = losses * self._moved(batch.weights).to(losses)
        loss = losses.mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        self._average()
        self._sums[0] += loss.detach() * len(target)
        self._sums[1] += (logits.detach().argmax(dim=1) == target).sum()
        self._faces += len(target)

    def means(self) -> tuple[float, float]:
        loss, right = self._sums.tolist()
        return loss / self._faces, right / self._faces

    def features(self, faces: np.ndarray) -> None:
        """None: no network here has a frozen backbone."""

    @torch.inference_mode()
    def predict(self, faces: np.ndarray) -> np.ndarray:
        graph = FacesToProbs(self._answering, self.answered).eval()
        parts = [
            graph(torch.from_numpy(faces[start : start + PREDICT_BATCH]).to(self.device)).cpu().numpy()
            for start in range(0, len(faces), PREDICT_BATCH)
        ]
        return np.concatenate(parts).astype(np.float32)

    def save_state(self, folder: Path) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
        }
        if self.averaged:
            state["averaged"] = self.averaged.state_dict()
        torch.save(state, folder / "state.pt")

    def restore_state(self, folder: Path) -> None:
        state = torch.load(folder / "state.pt", map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]
        if self.averaged:
            self.averaged.load_state_dict(state["averaged"])

    def save_weights(self, path: Path, *, half: bool = False) -> None:
        state = self._answering.net.state_dict()
        save_file({name: _stored(value, half) for name, value in state.items()}, path)

    def load_weights(self, path: Path) -> None:
        state = load_file(path)
        for model in filter(None, (self.model, self.averaged)):
            own = model.net.state_dict()
            if set(state) != set(own):
                raise ModelError(
                    f"{path.name} does not hold the weights of {self.recipe.architecture['name']}."
                )
            model.net.load_state_dict({name: state[name].to(own[name].dtype) for name in own})

    def export_onnx(self, path: Path) -> None:
        """Write the contract graph; a name for input and output is set by ``export.finish_onnx``."""
        graph = FacesToProbs(self._answering, self.answered).eval().cpu()
        example = torch.zeros((2, 48, 48), dtype=torch.uint8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's own deprecations
            torch.onnx.export(
                graph,
                (example,),
                str(path),
                input_names=["faces"],
                output_names=["probs"],
                dynamic_shapes=({0: torch.export.Dim("N")},),
                opset_version=OPSET,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        self._answering.to(self.device)

    def _autocast(self):
        if self.precision == "bfloat16":
            return torch.autocast(self.device, torch.bfloat16)
        return nullcontext()

    def _moved(self, array: np.ndarray) -> torch.Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.accelerator else tensor

    def _with_teachers(
        self, losses: torch.Tensor, logits: torch.Tensor, taught: torch.Tensor
    ) -> torch.Tensor:
        """Labels' and teachers' cross-entropies by their shares; the squared temperature keeps the gradients' size."""
        distill = self.recipe.distill
        soft = functional.cross_entropy(logits / distill.temperature, taught, reduction="none")
        return (1 - distill.weight) * losses + distill.weight * distill.temperature**2 * soft

    def _losses(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        loss = self.recipe.loss
        losses = functional.cross_entropy(
            logits, target, reduction="none", label_smoothing=loss.label_smoothing
        )
        if loss.name == "focal":
            probs = torch.softmax(logits, dim=1)
            soft = target if target.is_floating_point() else functional.one_hot(target, probs.shape[1])
            chosen = (probs * soft).sum(dim=1)
            losses = (1 - chosen) ** loss.gamma * losses
        return losses

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential moving average of weights and norm statistics, with a short warm-up of its decay."""
        if not self.averaged:
            return
        decay = min(self.recipe.optimizer.ema_decay, (1 + self.steps) / (10 + self.steps))
        own, averaged = self.model.state_dict().values(), self.averaged.state_dict().values()
        pairs = list(zip(averaged, own, strict=True))
        floats = [pair for pair in pairs if pair[0].dtype.is_floating_point]
        torch._foreach_lerp_(*map(list, zip(*floats, strict=True)), 1 - decay)
        for value, other in pairs:
            if not value.dtype.is_floating_point:
                value.copy_(other)


def _memory_format(net: nn.Module) -> torch.memory_format:
    """How pictures lie in memory: channels last, which is faster, but for networks that hang so.

    oneDNN's weight gradient of a strided 1x1 convolution from fewer than 8 channels, channels last, spins for
    ever or writes where it should not on processors whose widest instructions are AVX2 (oneDNN of PyTorch
    2.13). A network with such a layer is laid out plainly everywhere, so that it trains alike everywhere.
    """
    for module in net.modules():
        pointwise = isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1)
        if pointwise and max(module.stride) > 1 and module.in_channels < _SAFE_CHANNELS:
            return torch.contiguous_format
    return torch.channels_last


def _per_channel(value: float | tuple[float, ...], x: torch.Tensor) -> float | torch.Tensor:
    """One number for all channels as it is, three as a tensor (1, 3, 1, 1)."""
    return torch.tensor(value, device=x.device).view(1, -1, 1, 1) if isinstance(value, tuple) else value


def _stored(value: torch.Tensor, half: bool) -> torch.Tensor:
    """float16 where asked and where the values fit its range; contiguous as safetensors wants it."""
    value = value.detach().cpu().contiguous()
    if half and value.dtype == torch.float32 and value.numel() and value.abs().max() < 65504:
        return value.half()
    return value.clone()
