"""PyTorch and timm variants: train a batch, predict, save, export. The only trainer that imports torch."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from fer_core.architectures.torch_nets import parameters_of, torch_nets
from fer_core.errors import ModelError
from fer_core.recipes.recipe import Recipe
from fer_core.training.classes import AnsweredClasses
from fer_core.training.features import has_frozen_backbone
from fer_core.training.precision import training_precision
from fer_core.training.torch_graphs import FacesToLogits, FacesToProbs, has_depthwise_layers
from fer_core.training.torch_optimizers import optimizer_of
from fer_core.training.trainer import Batch

PREDICT_BATCH = 256
#: What ONNX Runtime and the heat maps' own reader of graphs both know.
OPSET = 18


class TorchTrainer:
    """Implements :class:`fer_core.training.trainer.Trainer` for recipes of ``torch`` and ``timm``."""

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        spec = recipe.data.input
        self.recipe = recipe
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.accelerator = torch.cuda.get_device_name() if self.device == "cuda" else ""
        torch.backends.cudnn.benchmark = True
        self.answered = AnsweredClasses(recipe.data.preparation)
        net = torch_nets.build(
            recipe.architecture, channels=spec.channels, size=spec.size, **self.answered.setting
        )
        # What a frozen backbone makes of a face is computed once, so the little that learns does so in float32.
        self.frozen = has_frozen_backbone(recipe)
        self.precision = (
            "float32"
            if self.frozen
            else training_precision(gpu=self.device == "cuda", depthwise=has_depthwise_layers(net))
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
        """See :func:`parameters_of`."""
        return parameters_of(self.model)

    @property
    def _answering(self) -> FacesToLogits:
        return self.averaged or self.model

    def start_epoch(self, seed: int, epoch: int) -> None:
        torch.manual_seed(seed)
        self._sums.zero_()
        self._faces = 0
        self.model.side = self.recipe.data.input.size_at((epoch - 1) / self.recipe.epochs)
        waiting = epoch <= self.recipe.schedule.head_epochs
        self.backbone_factor = 0.0 if waiting else self.recipe.optimizer.backbone_factor

    def train_batch(self, batch: Batch, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate * (self.backbone_factor if group.get("backbone") else 1.0)
        self.model.train()
        target = self._moved(self.answered.positions(batch.labels))
        with self._autocast():
            logits = self._logits(self._moved(batch.faces))
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

    def features(self, faces: np.ndarray) -> np.ndarray | None:
        if not self.frozen:
            return None
        net = self.model.eval().net
        return self._in_batches(
            lambda part: net.forward_head(net.forward_features(self.model.prepare(part)), pre_logits=True),
            faces,
        )

    def predict(self, faces: np.ndarray) -> np.ndarray:
        graph = FacesToProbs(self._answering, self.answered).eval()
        return self._in_batches(graph if faces.dtype == np.uint8 else graph.of_features, faces)

    @torch.inference_mode()
    def _in_batches(self, answer: Callable[[torch.Tensor], torch.Tensor], given: np.ndarray) -> np.ndarray:
        parts = [
            answer(self._moved(given[start : start + PREDICT_BATCH])).cpu().numpy()
            for start in range(0, len(given), PREDICT_BATCH)
        ]
        return np.concatenate(parts).astype(np.float32)

    def _logits(self, given: torch.Tensor) -> torch.Tensor:
        """Of faces uint8 (N, 48, 48), or of what a frozen backbone once made of them."""
        if given.dtype == torch.uint8:
            return self.model(given)
        net = self.model.net
        return net.get_classifier()(functional.dropout(given, net.drop_rate))

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


def _stored(value: torch.Tensor, half: bool) -> torch.Tensor:
    """float16 where wanted and where the values fit its range; contiguous as safetensors wants it."""
    value = value.detach().cpu().contiguous()
    if half and value.dtype == torch.float32 and value.numel() and value.abs().max() < 65504:
        return value.half()
    return value.clone()
