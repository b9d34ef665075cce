"""The sections of a recipe: dataclasses with their defaults, each of which checks its own values."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, field

from fer_core.data.augmentation import Augmentation
from fer_core.data.preparations import PREPARATIONS, Copying, adds_copies
from fer_core.data.protocols import OFFICIAL, PROTOCOLS
from fer_core.errors import RecipeError, quoted
from fer_core.paths import VARIANT_ID
from fer_core.recipes.checking import between, choose

MONITORS = ("val_loss", "val_accuracy")
LOSSES = ("cross_entropy", "focal")
OPTIMIZERS = ("adam", "rmsprop", "sgd")
SCHEDULES = ("constant", "inverse_time", "one_cycle", "plateau")

#: Marks a key that came after recipes were first hashed: see ``recipes.recipe_mapping``.
LATER = {"later": True}

#: ``value = pixel * multiplier + offset`` for raw pixels 0-255, applied inside every exported graph; three
#: numbers are one per channel. ``caffe`` (VGG, ResNet50 of Keras) and ``imagenet`` (EfficientNet, timm)
#: are what those networks' ImageNet weights were trained on; the order of caffe's means is blue, green, red.
SCALES: dict[str, tuple[float | tuple[float, ...], float | tuple[float, ...]]] = {
    "none": (1.0, 0.0),
    "unit": (1 / 255, 0.0),
    "symmetric": (1 / 127.5, -1.0),
    "caffe": (1.0, (-103.939, -116.779, -123.68)),
    "imagenet": (
        (1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)),
        (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225),
    ),
}


@dataclass(frozen=True)
class InputSpec:
    """What the graph makes of a raw grey face before the network sees it.

    Attributes:
        channels: 1, or 3 to repeat the grey channel.
        size: side in pixels after bilinear resizing.
        scale: a key of SCALES.
        flip_average: answer the mean of the probabilities of the face and of its mirror image.
        sizes: sides that grow while it learns, in pixels by the share of the epochs from which each holds, as
            ``{0: 32, 0.7: 48}``; the last one is ``size``. Answers are always given at ``size``. Empty for none.
    """

    channels: int = 1
    size: int = 48
    scale: str = "unit"
    flip_average: bool = False
    sizes: dict = field(default_factory=dict, metadata=LATER)

    def __post_init__(self) -> None:
        """Shares are numbers here: keys of a mapping in a file are texts."""
        if isinstance(self.sizes, dict):
            object.__setattr__(self, "sizes", {_number(key): side for key, side in self.sizes.items()})

    def size_at(self, share: float) -> int:
        """The side in pixels that is learnt at once ``share`` (0 to 1) of all epochs are over."""
        reached = [begin for begin in self.sizes if begin <= share]
        return self.sizes[max(reached)] if reached else self.size

    def check(self) -> None:
        choose("data.input.scale", self.scale, SCALES)
        if self.channels not in (1, 3):
            raise RecipeError(f"data.input.channels is {quoted(self.channels)}; it must be 1 or 3.")
        if isinstance(SCALES[self.scale][1], tuple) and self.channels != 3:
            raise RecipeError(f"data.input.scale {self.scale} is for colours: set data.input.channels to 3.")
        between("data.input.size", self.size, 16, 512)
        self._check_sizes()

    def _check_sizes(self) -> None:
        numbers = [*self.sizes, *self.sizes.values()]
        if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
            raise RecipeError(
                f"data.input.sizes is {quoted(self.sizes)}; it must give a side for shares of the epochs, as "
                "{0: 32, 0.7: 48}."
            )
        if not self.sizes:
            return
        if min(self.sizes) != 0 or max(self.sizes) >= 1:
            raise RecipeError("data.input.sizes must begin at 0, and its last share lie below 1.")
        for side in self.sizes.values():
            between("data.input.sizes", side, 16, 512)
        if any(not isinstance(side, int) for side in self.sizes.values()):
            raise RecipeError("data.input.sizes holds sides in whole pixels.")
        if self.sizes[max(self.sizes)] != self.size:
            raise RecipeError(
                f"data.input.sizes ends with {self.sizes[max(self.sizes)]}; its last side must be data.input.size, "
                f"{self.size}, at which the model answers."
            )


def _number(key: object) -> object:
    """The number that a text says; anything else as it is."""
    if not isinstance(key, str):
        return key
    with contextlib.suppress(ValueError):
        number = float(key)
        if math.isfinite(number):
            return int(number) if number.is_integer() else number
    return key


@dataclass(frozen=True)
class Loss:
    """``cross_entropy``, or ``focal`` (Lin et al. 2017) with its ``gamma``."""

    name: str = "cross_entropy"
    label_smoothing: float = 0.0
    gamma: float = 2.0

    def check(self) -> None:
        choose("loss.name", self.name, LOSSES)
        between("loss.label_smoothing", self.label_smoothing, 0, 0.9)
        between("loss.gamma", self.gamma, 0, 20)


@dataclass(frozen=True)
class Optimizer:
    """``adam``, ``rmsprop`` or ``sgd``; ``ema_decay`` > 0 averages the weights over steps.

    ``backbone_factor`` multiplies the learning rate of all layers before the head (discriminative rates).
    """

    name: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    ema_decay: float = 0.0
    backbone_factor: float = field(default=1.0, metadata=LATER)

    def check(self) -> None:
        choose("optimizer.name", self.name, OPTIMIZERS)
        if self.learning_rate == 0:
            raise RecipeError("optimizer.learning_rate is 0; nothing would be learnt.")
        between("optimizer.learning_rate", self.learning_rate, 0, 10)
        between("optimizer.momentum", self.momentum, 0, 0.9999)
        between("optimizer.weight_decay", self.weight_decay, 0, 1)
        between("optimizer.ema_decay", self.ema_decay, 0, 0.99999)
        between("optimizer.backbone_factor", self.backbone_factor, 0, 1)


@dataclass(frozen=True)
class ScheduleSpec:
    """How the learning rate moves; see :class:`fer_core.training.schedules.Schedule`.

    During the first ``head_epochs`` epochs only the head learns.
    """

    name: str = "constant"
    decay: float = 0.0
    warmup: float = 0.25
    factor: float = 0.5
    patience: int = 5
    floor: float = 1e-7
    head_epochs: int = field(default=0, metadata=LATER)

    def check(self) -> None:
        choose("schedule.name", self.name, SCHEDULES)
        between("schedule.warmup", self.warmup, 0, 0.95)
        between("schedule.factor", self.factor, 0.001, 0.999)
        between("schedule.decay", self.decay, 0, 1)
        between("schedule.patience", self.patience, 0, 10_000)
        between("schedule.floor", self.floor, 0, 1)
        between("schedule.head_epochs", self.head_epochs, 0, 100_000)


@dataclass(frozen=True)
class EarlyStopping:
    """Stop after ``patience`` epochs without a ``monitor`` that is better by more than ``min_delta``."""

    monitor: str = "val_loss"
    patience: int = 10
    min_delta: float = field(default=0.0, metadata=LATER)

    def check(self) -> None:
        choose("early_stopping.monitor", self.monitor, MONITORS)
        between("early_stopping.patience", self.patience, 1, 10_000)
        between("early_stopping.min_delta", self.min_delta, 0, 10)


@dataclass(frozen=True)
class Distillation:
    """Teachers whose mean probabilities are learnt beside the labels (Hinton et al. 2015).

    Attributes:
        teachers: ids of variants that answer the training faces, which are shown mirrored too.
        temperature: by which their and the student's logits are divided.
        weight: their share of the loss.
    """

    teachers: list = field(default_factory=list)
    temperature: float = 1.0
    weight: float = 0.7

    def check(self) -> None:
        known = [name for name in self.teachers if isinstance(name, str) and VARIANT_ID.fullmatch(name)]
        if not known or known != self.teachers or len(set(known)) < len(known):
            raise RecipeError(
                f"distill.teachers is {quoted(self.teachers)}; it must list ids of variants, each once."
            )
        between("distill.temperature", self.temperature, 0.1, 100)
        between("distill.weight", self.weight, 0, 1)


@dataclass(frozen=True)
class DataSpec:
    """Which pictures are trained on, and how they are changed on the way.

    ``protocol`` is a key of PROTOCOLS: who learns from what; the recipe's seed deals the pictures out.
    ``hold_out`` is the share of Training, drawn with the seed, that nothing is learnt from; what a variant is
    chosen by and measured on stays that of the protocol. ``share`` is that of what is left which is learnt from, of
    each emotion alike: less than 1 makes a smoke run, whose figures are not those of its recipe. ``mixup`` and
    ``cutmix`` are the parameters of :func:`fer_core.data.mixing.mix`, 0 for none. ``extra`` names test sets of one's
    own whose faces are learnt from too. ``target_count`` and ``strength`` are those of
    :class:`fer_core.data.preparations.Copying`, for preparations that copy.
    """

    preparation: str = "raw"
    augmentation: Augmentation = field(default_factory=Augmentation)
    input: InputSpec = field(default_factory=InputSpec)
    protocol: str = field(default=OFFICIAL, metadata=LATER)
    hold_out: float = field(default=0.0, metadata=LATER)
    share: float = field(default=1.0, metadata=LATER)
    mixup: float = field(default=0.0, metadata=LATER)
    cutmix: float = field(default=0.0, metadata=LATER)
    extra: list = field(default_factory=list, metadata=LATER)
    target_count: int = field(default=0, metadata=LATER)
    strength: float = field(default=1.0, metadata=LATER)

    @property
    def copying(self) -> Copying:
        """How many changed copies the preparation makes, and how much these are changed."""
        return Copying(self.target_count, self.strength)

    @property
    def mixes(self) -> bool:
        """Whether faces are learnt from in mixtures."""
        return bool(self.mixup or self.cutmix)

    def check(self) -> None:
        between("data.hold_out", self.hold_out, 0, 0.9)
        between("data.share", self.share, 0.01, 1)
        between("data.mixup", self.mixup, 0, 10)
        between("data.cutmix", self.cutmix, 0, 10)
        known = [name for name in self.extra if isinstance(name, str) and name]
        if known != self.extra or len(set(known)) < len(known):
            raise RecipeError(
                f"data.extra is {quoted(self.extra)}; it must list names of test sets, each once."
            )
        choose("data.protocol", self.protocol, PROTOCOLS)
        choose("data.preparation", self.preparation, PREPARATIONS)
        self._check_copying()
        self.input.check()

    def _check_copying(self) -> None:
        between("data.target_count", self.target_count, 0, 20_000)
        between("data.strength", self.strength, 0.1, 3)
        if self.copying != Copying() and not adds_copies(self.preparation):
            key = "target_count" if self.target_count else "strength"
            raise RecipeError(
                f"data.{key} is for the preparations {' and '.join(filter(adds_copies, PREPARATIONS))}, and "
                f"data.preparation is {self.preparation}."
            )
