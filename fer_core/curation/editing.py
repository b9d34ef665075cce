"""Changes to a user's own variants: rename, annotate, delete and restore, promote. Shipped ones are never touched.

Each change is whole or not at all, made by one process at a time, and leaves every other variant as it is.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.curation.shipping import demand_shippable, ship_variant
from fer_core.errors import CardError, quoted
from fer_core.jobs import service
from fer_core.jobs.states import ACTIVE
from fer_core.machine.bin import DELETED_AT, put_in_bin
from fer_core.machine.files import building_folder
from fer_core.recipes.recipe import read_recipe, write_recipe
from fer_core.roles.permissions import Identity, demand_trainer, for_trainers
from fer_core.variants.card import read_card, write_card
from fer_core.variants.facts import Status
from fer_core.variants.registry import Origin, Variant, get_variant, list_variants

LONGEST_NOTE = 2000
LOCK_S = 30


@dataclass(frozen=True)
class Binned:
    """A deleted variant in ``FER_HOME/bin/<name>/<id>``; ``name`` distinguishes several of one id."""

    name: str
    id: str
    deleted_at: datetime

    @property
    def folder(self) -> Path:
        """Where it lies, under its own name."""
        return paths.binned() / self.name / self.id


def _awaits_its_file(variant: Variant) -> bool:
    made = (variant.origin, variant.status, variant.framework)
    return made == (Origin.SHIPPED, Status.TRAINED, "onnx") and not variant.can_predict


def demand_free_id(variant_id: str, job: str = "") -> None:
    """CardError unless a variant may be given this id: a valid one, that no variant and no job has.

    ``job`` is the one that made the variant: its own name may be taken back. So may that of a model of others that
    ships without its file, by who brings the file.
    """
    if not paths.VARIANT_ID.fullmatch(variant_id):
        raise CardError(
            f"{quoted(variant_id)} is no variant id: write family.variant in a-z, 0-9 and _, in {paths.LONGEST_ID} "
            "letters at most."
        )
    if any(variant.id == variant_id and not _awaits_its_file(variant) for variant in list_variants()):
        raise CardError(f"There is a variant named {variant_id} already: choose another name.")
    if any(each.variant_id == variant_id and each.id != job for each in service.list_jobs()):
        raise CardError(f"There is a job that makes {variant_id}: choose another name.")


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder on the disk of FER_HOME to make a variant in; gone afterwards."""
    paths.home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=paths.home()) as work:
        yield Path(work)


def put_in_place(
    folder: Path, by: Identity | None = None, check: Callable[[str], None] | None = None
) -> Path:
    """Move a finished folder, whose name is the new variant's id, among the local variants; its place there.

    ``check`` is given the id, and raises where it must not be had; what it lets stand there already goes to the bin. By
    default nothing may stand there: CardError where the id has been taken while the variant was made.
    """
    target = paths.local_cards() / folder.name
    with changing_variants(by):
        (check or demand_free_id)(folder.name)
        if target.exists():
            put_in_bin(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    return target


@for_trainers("renamed a variant", "variant_id")
def rename_variant(variant_id: str, new_id: str, by: Identity | None = None) -> Variant:
    """Give a local variant another id; those made from it name their parent by the new one.

    Raises:
        NotAllowedError: ``by`` may only look.
        CardError: it is not local, a job needs it, its card is broken, or the new id is no free one.
    """
    with changing_variants(by):
        variant = _unused(variant_id)
        facts = dict(read_card(variant.folder).faceoff)
        demand_free_id(new_id, facts.get("job", ""))
        with building_folder(paths.local_cards() / new_id) as folder:
            for file in variant.folder.iterdir():
                shutil.copy2(file, folder / file.name)
            if variant.recipe_path or (folder / paths.RECIPE).is_file():
                recipe = replace(read_recipe(folder / paths.RECIPE), id=new_id)
                write_recipe(recipe, folder / paths.RECIPE)
                facts["recipe_sha256"] = recipe.sha256
            write_card(folder, facts | {"id": new_id, "family": new_id.partition(".")[0]})
        shutil.rmtree(variant.folder)
        _rename_parent_in_children(variant_id, new_id)
        return get_variant(new_id)


@for_trainers("changed a variant's note", "variant_id")
def annotate_variant(variant_id: str, note: str, by: Identity | None = None) -> Variant:
    """Write ``note`` (Markdown) into a local variant's card in the place of the old one; "" takes it away.

    Raises:
        NotAllowedError: ``by`` may only look.
        CardError: it is not local, its card is broken, or the note is too long.
    """
    if len(note) > LONGEST_NOTE:
        raise CardError(f"The note has {len(note):,} letters; at most {LONGEST_NOTE:,} can be kept.")
    with changing_variants(by):
        variant = _local(variant_id)
        facts = {key: value for key, value in read_card(variant.folder).faceoff.items() if key != "note"}
        write_card(variant.folder, facts | ({"note": note.strip()} if note.strip() else {}))
        return get_variant(variant_id)


@for_trainers("deleted a variant", "variant_id")
def delete_variant(variant_id: str, by: Identity | None = None) -> Binned:
    """Move a local variant, broken or not, to the bin, ``FER_HOME/bin``.

    Raises:
        NotAllowedError: ``by`` may only look.
        CardError: it is not local, or a job needs it.
    """
    with changing_variants(by):
        variant = _unused(variant_id)
        name, now = put_in_bin(variant.folder)
        return Binned(name, variant.id, now)


def list_bin() -> list[Binned]:
    """What has been deleted and can be restored, the latest first."""
    found = []
    for folder in paths.binned().glob("*/*"):
        try:
            deleted_at = datetime.strptime(folder.parent.name, DELETED_AT).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Binned(folder.parent.name, folder.name, deleted_at))
    return sorted(found, key=lambda binned: binned.deleted_at, reverse=True)


@for_trainers("restored a variant", "name")
def restore_variant(name: str, by: Identity | None = None) -> Variant:
    """Bring a variant back from the bin under its old id; ``name`` is :attr:`Binned.name`.

    Raises:
        NotAllowedError: ``by`` may only look.
        CardError: it is not in the bin, or its id has been taken meanwhile.
    """
    with changing_variants(by):
        binned = _in_bin(name)
        try:
            job = read_card(binned.folder).faceoff.get("job", "")
        except CardError:
            job = ""  # a broken folder comes back as broken as it went
        demand_free_id(binned.id, job)
        paths.local_cards().mkdir(parents=True, exist_ok=True)
        shutil.move(binned.folder, paths.local_cards() / binned.id)
        binned.folder.parent.rmdir()
        return get_variant(binned.id)


@for_trainers("deleted a variant for good", "name")
def destroy_binned(name: str, by: Identity | None = None) -> None:
    """Delete for good what lies in the bin under this name; CardError where nothing does."""
    with changing_variants(by):
        shutil.rmtree(_in_bin(name).folder.parent)


@for_trainers("promoted a variant", "variant_id")
def promote_variant(variant_id: str, by: Identity | None = None, *, shipped: Path | None = None) -> Path:
    """Put a local variant into the set that ships with the repository, and its recipe into ``experiments/``.

    Args:
        variant_id: local and trained here on FER2013, as everything is that ships.
        by: the requester.
        shipped: where it goes; default is the repository's ``model_cards``.

    Returns:
        Its new folder.

    Raises:
        NotAllowedError: ``by`` may only look.
        CardError: it is none that can ship, or the repository can't be written.
    """
    with changing_variants(by):
        variant = _unused(variant_id)
        if variant.status != Status.TRAINED or variant.recipe_path is None or variant.history_path is None:
            raise CardError(f"{variant_id} was not trained here: only what its recipe makes again can ship.")
        demand_shippable(variant)
        experiment = paths.EXPERIMENTS / variant.family / f"{variant_id.partition('.')[2]}.yaml"
        try:
            folder = ship_variant(variant, shipped or paths.SHIPPED_CARDS)
            if not experiment.exists():
                experiment.parent.mkdir(parents=True, exist_ok=True)
                recipe = read_recipe(folder / paths.RECIPE)
                planned = variant.card.faceoff.get("epochs_planned", recipe.epochs)
                write_recipe(replace(recipe, epochs=planned), experiment)
        except OSError as error:
            raise CardError(f"{variant_id} can't be shipped: {error.filename}: {error.strerror}.") from error
        return folder


@contextmanager
def changing_variants(by: Identity | None) -> Iterator[None]:
    """Around a change: who may, one at a time, and a disk's refusal in a sentence."""
    demand_trainer(by)
    paths.home().mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(paths.home() / "variants.lock", timeout=LOCK_S):
            yield
    except Timeout as error:
        raise CardError("Another change of variants is still going on: try again in a moment.") from error
    except OSError as error:
        raise CardError(f"The variants can't be changed: {error.filename}: {error.strerror}.") from error


def _local(variant_id: str) -> Variant:
    """The local variant of that id, broken or not."""
    own = [
        variant for variant in list_variants() if variant.id == variant_id and variant.origin == Origin.LOCAL
    ]
    if own:
        return own[0]
    get_variant(variant_id)  # names the near ids where there is none at all
    raise CardError(f"{variant_id} ships with Faceoff: only variants of your own can be changed.")


def _unused(variant_id: str) -> Variant:
    """The local variant, unless a job that is still active begins with it or is compared with it."""
    variant = _local(variant_id)
    users = [job.id for job in service.list_jobs(ACTIVE) if variant_id in (job.parent, job.variant_id)]
    if users:
        raise CardError(f"{variant_id} is needed by the job {users[0]}: cancel it, or wait until it is over.")
    return variant


def _in_bin(name: str) -> Binned:
    for binned in list_bin():
        if binned.name == name:
            return binned
    raise CardError(f"There is no {name} in the bin.")


def _rename_parent_in_children(old_id: str, new_id: str) -> None:
    """Lineage goes on under the new name."""
    for child in list_variants():
        if child.origin == Origin.LOCAL and child.card and child.card.faceoff.get("parent") == old_id:
            write_card(child.folder, child.card.faceoff | {"parent": new_id})
