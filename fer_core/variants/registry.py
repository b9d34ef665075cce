"""Every variant, shipped with Faceoff or made by its user, in one list."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from fer_core import paths
from fer_core.data.split import Measured
from fer_core.errors import CardError, UnknownVariantError, quoted
from fer_core.machine.files import recover_folder
from fer_core.machine.stamped import Stamped
from fer_core.variants.card import Card, read_card
from fer_core.variants.facts import Status
from fer_core.variants.length import TrainingLength, length_of


class Origin(StrEnum):
    """Whether a variant came with Faceoff or was made by its user."""

    SHIPPED = "shipped"
    LOCAL = "local"


#: A float16 model above this size is not kept beside its card: such a variant can be compared, not run. An ensemble,
#: one file of several networks, may be larger.
MODEL_SIZE_LIMIT_BYTES, ENSEMBLE_SIZE_LIMIT_BYTES = 12_000_000, 30_000_000
_BYTES_PER_PARAMETER = 2
_TAKEN = (
    "Its id belongs to a variant shipped with Faceoff; rename the folder and its `id`, or put it in that one's place "
    "with `python -m fer_core ship --replace`."
)


@dataclass(frozen=True, eq=False)
class Variant:
    """One folder of variants: what its card says, and which of its files are there.

    ``reason`` is one sentence where it is broken, else None; ``card`` is None where it can't be read. The file
    properties are None where the file is absent. Broken variants keep what can be known of them, but have no figures.
    """

    id: str
    folder: Path
    origin: Origin
    status: Status
    reason: str | None = None
    card: Card | None = None

    @property
    def protocol(self) -> str | None:
        """Which pictures it learnt from, was chosen by and measured on, as its card names it."""
        return self._fact("protocol")

    @property
    def family(self) -> str:
        return self._fact("family") or self.id.partition(".")[0]

    @property
    def framework(self) -> str | None:
        return self._fact("framework")

    @property
    def architecture(self) -> str | None:
        return self._fact("architecture")

    @property
    def parameters(self) -> int | None:
        return self._fact("parameters")

    @property
    def training_length(self) -> TrainingLength | None:
        """How far it was trained; None unless trained, and where it has no epochs of its own."""
        return length_of(self.card.faceoff) if self.card and self.status == Status.TRAINED else None

    @property
    def model_path(self) -> Path | None:
        return self._file(paths.MODEL)

    @property
    def recipe_path(self) -> Path | None:
        return self._file(paths.RECIPE)

    @property
    def predictions_path(self) -> Path | None:
        """What its figures are of."""
        return self.own_predictions_path

    @property
    def own_predictions_path(self) -> Path | None:
        """What it answered to the test faces that it came with, whatever its figures are of."""
        return self._file(paths.PREDICTIONS)

    @property
    def history_path(self) -> Path | None:
        return self._file(paths.HISTORY)

    @property
    def robustness_path(self) -> Path | None:
        return self._file(paths.ROBUSTNESS)

    @property
    def heat_maps_path(self) -> Path | None:
        return self._file(paths.HEAT_MAPS)

    @property
    def size_bytes(self) -> int | None:
        """Bytes of the ONNX file, as its card says where it was left out to save room; None where there is none."""
        return self.model_path.stat().st_size if self.model_path else self._fact("model_bytes")

    @property
    def can_predict(self) -> bool:
        """Whether :func:`fer_core.variants.classifier.load_classifier` can answer for it."""
        return self.status == Status.TRAINED and self.model_path is not None

    @property
    def reported_accuracy(self) -> dict[str, Any] | None:
        """The first reported entry whose metric is ``accuracy`` and that has a value, or None."""
        reported = self.card.reported if self.card else []
        found = (
            entry for entry in reported if entry["metric"] == "accuracy" and entry.get("value") is not None
        )
        return next(found, None)

    def metrics(self, split: Measured = Measured.ALL) -> dict[str, Any] | None:
        """The card's figures of these test faces; None unless trained."""
        return self.card.metrics(split) if self.card and self.status == Status.TRAINED else None

    @property
    def tells_certainty(self) -> bool:
        """Whether it is trained and answered with probabilities, and not with labels alone."""
        figures = self.metrics()
        return figures is not None and not math.isnan(figures["log_loss"])

    def _fact(self, key: str) -> Any:
        return self.card.faceoff.get(key) if self.card else None

    def _file(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.is_file() else None


def list_variants() -> list[Variant]:
    """All variants, sorted by id, the shipped one first where a local folder has the same id.

    A local trained variant takes the place of a shipped one that is only a recipe, or is kept without its model
    file while the local one has its own.

    Cheap: a card is parsed again only when its file has changed. Never raises for a broken folder, which
    is listed as broken with the reason; other folders are not affected by it.
    """
    shipped = {folder.name: _read_variant(folder, Origin.SHIPPED) for folder in _folders(paths.SHIPPED_CARDS)}
    local = []
    for folder in _folders(paths.local_cards()):
        variant, namesake = _read_variant(folder, Origin.LOCAL), shipped.get(folder.name)
        if namesake and variant.status == Status.TRAINED and _gives_way(namesake, variant):
            del shipped[folder.name]
        elif namesake and variant.status != Status.BROKEN:
            variant = _broken(folder, Origin.LOCAL, _TAKEN)
        local.append(variant)
    return sorted(
        [*shipped.values(), *local], key=lambda variant: (variant.id, variant.origin == Origin.LOCAL)
    )


def get_variant(variant_id: str) -> Variant:
    """The variant with that id, broken or not; UnknownVariantError names the near ids."""
    variants = list_variants()
    for variant in variants:
        if variant.id == variant_id:
            return variant
    raise UnknownVariantError(variant_id, {variant.id for variant in variants})


def get_local_variant(variant_id: str) -> Variant:
    """The viewer's own variant of that id, be the id a shipped one's too; UnknownVariantError without one."""
    folders = {folder.name: folder for folder in _folders(paths.local_cards())}
    if variant_id not in folders:
        raise UnknownVariantError(variant_id, folders)
    return _read_variant(folders[variant_id], Origin.LOCAL)


def list_rows_to_ship() -> list[Variant]:
    """Shipped rows that were trained again, and wait in ``FER_HOME/rows`` to be shipped, sorted by id."""
    return sorted(
        (_read_variant(folder, Origin.LOCAL) for folder in _folders(paths.rows())), key=lambda each: each.id
    )


def _folders(parent: Path) -> list[Path]:
    """The folders that should be variants; hidden ones are none."""
    try:
        found = list(parent.iterdir())
        for lost in [entry.name for entry in found if entry.name.startswith(".") and entry.suffix == ".old"]:
            recover_folder(parent / lost[1:].rsplit(".", 2)[0])
            found = list(parent.iterdir())
        return [entry for entry in found if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []


def _read_variant(folder: Path, origin: Origin) -> Variant:
    try:
        card = _read_card_cached(folder)
    except CardError as error:
        return _broken(folder, origin, str(error))
    try:
        reason = _missing_files(folder, card)
        length_of(card.faceoff)
    except Exception as error:  # the same
        reason = f"{folder.name}: its card or files can't be understood ({quoted(error)})."
    if reason:
        return Variant(_printable(folder.name), folder, origin, Status.BROKEN, _printable(reason), card)
    return Variant(folder.name, folder, origin, card.status, None, card)


def size_limit_bytes(framework: str) -> int:
    """What the model files of one shipped variant may weigh together."""
    return ENSEMBLE_SIZE_LIMIT_BYTES if framework == "ensemble" else MODEL_SIZE_LIMIT_BYTES


def _gives_way(shipped: Variant, local: Variant) -> bool:
    """Whether the shipped variant makes room for the local, trained one of its id."""
    has_no_model = shipped.status == Status.TRAINED and shipped.model_path is None
    return shipped.status == Status.RECIPE_ONLY or (has_no_model and local.can_predict)


def _missing_files(folder: Path, card: Card) -> str | None:
    """One sentence if a trained variant lacks a file it needs, else None."""
    if card.status != Status.TRAINED:
        return None
    if not (folder / paths.PREDICTIONS).is_file():
        return f"{folder.name}: {paths.PREDICTIONS} is missing though the card says it is trained."
    size_bytes = (card.faceoff.get("parameters") or 0) * _BYTES_PER_PARAMETER
    too_large = size_bytes > size_limit_bytes(card.faceoff["framework"])
    left_out = card.faceoff.get("model_kept") is False
    if not too_large and not left_out and not (folder / paths.MODEL).is_file():
        return f"{folder.name}: {paths.MODEL} is missing though the card says it is trained."
    return None


def _broken(folder: Path, origin: Origin, reason: str) -> Variant:
    return Variant(_printable(folder.name), folder, origin, Status.BROKEN, _printable(reason))


def _printable(text: str) -> str:
    """Names on a disk may hold bytes that are no text, which no page and no answer could show."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _card_or_error(path: Path) -> Card | CardError:
    try:
        return read_card(path.parent)
    except CardError as error:
        return error
    except Exception as error:  # whatever a folder holds, the error is that folder's alone
        return CardError(f"{path.parent.name}: {paths.CARD} can't be read ({quoted(error)}).")


_cards = Stamped(_card_or_error)


def _read_card_cached(folder: Path) -> Card:
    try:
        known = _cards(folder / paths.CARD)
    except OSError:
        return read_card(folder)  # raises the sentence for it
    if isinstance(known, CardError):
        raise CardError(str(known))
    return known
