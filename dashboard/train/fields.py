"""What people change in a recipe, as fields of a form: only those that its network and its values know.

A field says which key it sets, in words, and when it means anything; what values are sound is the recipe's
own business (:mod:`fer_core.recipes.sections`), which refuses the others with a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fer_core.architectures import IMAGENET
from fer_core.architectures.keywords import check_architecture, list_networks, setting_value
from fer_core.data.augmentation import BORDERS
from fer_core.data.preparations import PREPARATIONS, Copying, adds_copies
from fer_core.data.protocols import PROTOCOLS
from fer_core.recipes.changes import changed_recipe
from fer_core.recipes.recipe import Recipe
from fer_core.recipes.sections import (
    LOSSES,
    MONITORS,
    OPTIMIZERS,
    SCHEDULES,
    Distillation,
)

LENGTH, LEARNING, PICTURES, NETWORK = "Length", "Learning", "Pictures", "Network"
GROUPS = (LENGTH, LEARNING, PICTURES, NETWORK)

_BACKBONES = ("keras_backbone", "timm_model")
#: Settings of networks that can be changed without making another network of it.
_SAME_NETWORK = {
    "dropout": ("Dropout", "Share of a layer's outputs that is left out at random while training."),
    "block_dropout": ("Dropout in blocks", "The same, after every block."),
    "head_dropout": ("Dropout before the answer", "The same, before the last layer."),
    "drop_rate": ("Dropout before the answer", "The same, before the last layer."),
    "drop_path_rate": ("Branches left out", "Share of the residual branches, while training."),
    "mode": ("Backbone", "features: it stays as it is; finetune: it learns as well."),
    "frozen_blocks": ("Frozen blocks", "So many of the backbone's first blocks keep their weights."),
    "last_layers": ("Last layers that learn", "Of the backbone; empty lets all learn."),
    "freeze_batch_norm": ("Freeze batch norms", "They keep the statistics of their weights."),
}


@dataclass(frozen=True)
class Field:
    """One value that a form offers.

    Attributes:
        key: dotted recipe key.
        label, help: for its reader.
        group: one of GROUPS.
        kind: ``whole``, ``number``, ``choice``, ``several`` or ``switch``.
        choices: of a ``choice``, or of ``several``.
        optional: whether it may be left empty (None).
        needs: another key, and the values of it with which this one means anything; () for any but an empty one.
    """

    key: str
    label: str
    help: str
    group: str
    kind: str
    choices: tuple[Any, ...] = ()
    optional: bool = False
    needs: tuple[str, tuple[Any, ...]] | None = None


def list_fields(recipe: Recipe, teachers: Sequence[str] = (), extra: Sequence[str] = ()) -> list[Field]:
    """The fields of this recipe's network and framework, in the order in which people think of them.

    ``teachers`` are the ids of the models that can teach, ``extra`` the names of test sets that can be learnt from.
    """
    backbone = recipe.architecture["name"] in _BACKBONES
    learning = _LEARNING + (_BACKBONE_LEARNING if backbone else ())
    shear = _TANGENT if recipe.data.augmentation.shear else _DEGREES
    pictures = [shear if field is _DEGREES else field for field in _PICTURES]
    if recipe.framework != "keras":
        learning += _teaching_fields(recipe, teachers)
        pictures += _MIXING
    if known := tuple(dict.fromkeys([*extra, *recipe.data.extra])):
        pictures.append(Field("data.extra", "Your own faces too", "Test sets to learn from beside Training; "
                              "no model is measured on what it learnt from.", PICTURES, "several", known))  # fmt: skip
    return [*_LENGTH, *learning, *pictures, *_network_fields(recipe)]


def value_of(recipe: Recipe, key: str) -> Any:
    """What the recipe says under a dotted key, its default where it is silent; None in an empty section."""
    section, _, name = key.partition(".")
    if section == "architecture":
        return setting_value(recipe, name)
    value: Any = recipe
    if section == "distill":
        return getattr(recipe.distill or Distillation(), name)
    for part in key.split("."):
        value = getattr(value, part) if value is not None else None
    return value


def is_meant(field: Field, values: Mapping[str, Any]) -> bool:
    """Whether the field means anything beside these values, by their keys."""
    if field.needs is None:
        return True
    key, meant = field.needs
    return values.get(key) in meant if meant else bool(values.get(key))


def changes_from(recipe: Recipe, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, by dotted key, that differ from the recipe's, as :func:`changed_recipe` takes them.

    An emptied patience ends early stopping, emptied teachers end what depends on them, and a preparation that adds no
    copies what is said of copies.
    """
    if not adds_copies(values.get(PREPARATION, recipe.data.preparation)):
        values = {**values, **_AS_REPORTED}
    changes = {key: value for key, value in values.items() if value != value_of(recipe, key)}
    if PATIENCE in changes and changes[PATIENCE] is None:
        del changes[PATIENCE]
        changes["early_stopping"] = None
    if not values.get(TEACHERS, True):
        changes = {key: value for key, value in changes.items() if not key.startswith("distill.")}
        changes |= {"distill": None} if recipe.distill else {}
    return changes


def checked_change(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The changed recipe, its network's settings checked as well; RecipeError names what is wrong."""
    changed = changed_recipe(recipe, changes)
    check_architecture(changed)
    return changed


PREPARATION = "data.preparation"
#: What is said of a preparation's copies, by its key.
_AS_REPORTED = {f"data.{name}": value for name, value in asdict(Copying()).items()}
PATIENCE = "early_stopping.patience"
TEACHERS = "distill.teachers"

_LENGTH = (
    Field("epochs", "Epochs", "Passes over the training faces, at most.", LENGTH, "whole"),
    Field(PATIENCE, "Patience, epochs", "Stop after so many epochs without a better one; empty never stops early.",
          LENGTH, "whole", optional=True),
    Field("batch_size", "Batch size", "Faces per step.", LENGTH, "whole"),
    Field("checkpoint_on", "Keep the epoch with the best", "Judged on PublicTest; last keeps the last one.",
          LENGTH, "choice", (*MONITORS, "last")),
    Field("seed", "Seed", "Decides all chance: order, changes of pictures, first weights.", LENGTH, "whole"),
)  # fmt: skip

_LEARNING = (
    Field("optimizer.name", "Optimizer", "How steps follow from gradients.", LEARNING, "choice", OPTIMIZERS),
    Field("optimizer.learning_rate", "Learning rate", "Size of a step; the peak under one_cycle.", LEARNING, "number"),
    Field("optimizer.momentum", "Momentum", "Share of the last step that is kept.", LEARNING, "number",
          needs=("optimizer.name", ("sgd", "rmsprop"))),
    Field("optimizer.weight_decay", "Weight decay", "Pull of all weights towards 0.", LEARNING, "number"),
    Field("schedule.name", "Schedule", "How the learning rate moves.", LEARNING, "choice", SCHEDULES),
    Field("schedule.decay", "Decay", "Of the learning rate, a step.", LEARNING, "number",
          needs=("schedule.name", ("inverse_time",))),
    Field("schedule.warmup", "Warm-up", "Share of the steps in which the rate rises.", LEARNING, "number",
          needs=("schedule.name", ("one_cycle",))),
    Field("schedule.patience", "Plateau, epochs", "Epochs without a better loss before the rate falls.", LEARNING,
          "whole", needs=("schedule.name", ("plateau",))),
    Field("schedule.factor", "Plateau factor", "What the rate is multiplied by then.", LEARNING, "number",
          needs=("schedule.name", ("plateau",))),
    Field("loss.name", "Loss", "focal looks away from faces that are easy already.", LEARNING, "choice", LOSSES),
    Field("loss.gamma", "Focal gamma", "The higher, the more it looks away; 0 is cross-entropy.", LEARNING, "number",
          needs=("loss.name", ("focal",))),
    Field("loss.label_smoothing", "Label smoothing", "Share of certainty taken from every label.", LEARNING, "number"),
)  # fmt: skip

_BACKBONE_LEARNING = (
    Field("schedule.head_epochs", "Epochs for the head alone", "At first, before the backbone learns.", LEARNING,
          "whole"),
    Field("optimizer.backbone_factor", "Backbone's learning rate, times", "1 is that of the head.", LEARNING, "number"),
)  # fmt: skip

_COPYING = tuple(filter(adds_copies, PREPARATIONS))
_DEGREES = Field("data.augmentation.shear_degrees", "Sheared by, degrees", "At most, to either side.", PICTURES,
                 "number")  # fmt: skip
#: As recipes had it before.
_TANGENT = Field("data.augmentation.shear", "Sheared by", "Largest tangent of the angle.", PICTURES, "number")

_PICTURES = (
    Field(PREPARATION, "Preparation", "; ".join(f"{name}: {said}" for name, said in PREPARATIONS.items()) + ".",
          PICTURES, "choice", tuple(PREPARATIONS)),
    Field("data.target_count", "Pictures of each class", "To which copies raise it; 0 for as many as the largest class "
          "has. Larger classes keep theirs.", PICTURES, "whole", needs=(PREPARATION, _COPYING)),
    Field("data.strength", "Strength of the changes, times", "1 is what the report did; 0.1 to 3.", PICTURES, "number",
          needs=(PREPARATION, _COPYING)),
    Field("data.protocol", "Protocol", "; ".join(f"{name}: {said}" for name, said in PROTOCOLS.items())
          + ". Only models under the first are ranked together.", PICTURES, "choice", tuple(PROTOCOLS)),
    Field("data.hold_out", "Held out, share", "Of the training faces, drawn with the seed: nothing is learnt from "
          "them.", PICTURES, "number"),
    Field("data.augmentation.horizontal_flip", "Mirrored", "Every second face, on average.", PICTURES, "switch"),
    Field("data.augmentation.rotation", "Turned by, degrees", "At most, to either side.", PICTURES, "number"),
    Field("data.augmentation.zoom", "Zoomed by, share", "At most, in and out.", PICTURES, "number"),
    Field("data.augmentation.shift", "Shifted by, share", "At most, of the side.", PICTURES, "number"),
    _DEGREES,
    Field("data.augmentation.brightness", "Brightness by, share", "At most.", PICTURES, "number"),
    Field("data.augmentation.contrast", "Contrast by, share", "At most.", PICTURES, "number"),
    Field("data.augmentation.cutout", "Cut out, share", "Side of one grey square.", PICTURES, "number"),
    Field("data.augmentation.probability", "Chance of each change", "0 to 1.", PICTURES, "number"),
    Field("data.augmentation.fill", "Around the face", "What lies outside it.", PICTURES, "choice", tuple(BORDERS)),
)  # fmt: skip


_MIXING = [
    Field("data.mixup", "Laid over each other", "Two faces in one, with both labels: the parameter of mixup; 0 for "
          "never.", PICTURES, "number"),
    Field("data.cutmix", "Cut into each other", "A part of another face, with both labels: the parameter of cutmix; "
          "0 for never.", PICTURES, "number"),
]  # fmt: skip


def _teaching_fields(recipe: Recipe, teachers: Sequence[str]) -> tuple[Field, ...]:
    known = tuple(dict.fromkeys([*teachers, *value_of(recipe, TEACHERS)]))
    return (
        Field(TEACHERS, "Teachers", "Models whose mean answer for each training face is learnt beside its label.",
              LEARNING, "several", known),
        Field("distill.weight", "Teachers' share", "Of the loss; the rest is the labels'.", LEARNING, "number",
              needs=(TEACHERS, ())),
        Field("distill.temperature", "Temperature", "Above 1, more of what teachers think of the other emotions.",
              LEARNING, "number", needs=(TEACHERS, ())),
    )  # fmt: skip


def _network_fields(recipe: Recipe) -> list[Field]:
    name = recipe.architecture["name"]
    network = list_networks(recipe.framework).get(name)
    if network is None:
        return []
    finetuned = ("architecture.mode", ("finetune",))
    fields = []
    if "weights" in network.settings:
        known = tuple(dict.fromkeys((IMAGENET, None, setting_value(recipe, "weights"))))
        fields.append(Field("architecture.weights", "First weights", "imagenet: FER_HOME/weights, or downloaded.",
                            NETWORK, "choice", known))  # fmt: skip
    for key, (label, explanation) in _SAME_NETWORK.items():
        setting = network.settings.get(key)
        if setting is not None:
            kind = {"int": "whole", "bool": "switch", "str": "choice"}.get(setting.kind, "number")
            needs = finetuned if key in ("frozen_blocks", "last_layers", "freeze_batch_norm") else None
            fields.append(
                Field(
                    f"architecture.{key}",
                    label,
                    explanation,
                    NETWORK,
                    kind,
                    setting.choices,
                    setting.optional,
                    needs,
                )
            )
    return fields
