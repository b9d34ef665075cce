"""Your own model or recipe from a file: looked at, its settings corrected, and registered."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.reads import dataset
from dashboard.shell import missing, tasks
from dashboard.shell.messages import act, show_result
from dashboard.shell.strips import Figure, draw_strip
from dashboard.train import registered, settings_form
from fer_core.adapting.hub_files import NAMES
from fer_core.adapting.kinds import MODELS, largest_model_bytes
from fer_core.charts.palette import emotion_label
from fer_core.curation.answers_alone import SUFFIXES, is_answers, register_answers
from fer_core.curation.registration import (
    RECIPE_SUFFIXES,
    ModelDescription,
    ModelFile,
    is_recipe,
    register_recipe,
    start_look,
    start_registration,
)
from fer_core.data.split import SplitName
from fer_core.data.store import is_imported
from fer_core.errors import without_pictures
from fer_core.machine.tasks import Task
from fer_core.roles.permissions import Identity

REGISTERING, LOOKING = "registering", "looking"
_FOUND, _RESULT = "bring.found", "bring.result"
CONTRACT = """
- **A model**: ONNX, Keras (`.h5`, `.hdf5`, `.keras`), TFLite, or `.safetensors` of a network that Faceoff or timm
  knows. Whatever it takes and answers, *Look at it* finds out by asking it about faces of PublicTest. A graph is built
  around it that takes raw faces and answers the seven emotions; two hundred faces prove that it answers as before.
- **Answers alone**, where the model can't be given: a csv or Parquet table of all of PrivateTest with a picture's
  name and seven probabilities, or the answered emotion. It joins every comparison, and can't answer a picture.
- **A recipe** is a YAML file like those in `experiments/`; it can be trained as soon as it is registered.
- Pickles (`.pt`, `.pth`, `.pkl`) are refused unopened: opening one can run its maker's code.
"""


def show_bringing(by: Identity, may: bool) -> None:
    """The file, what its owner says of it, what it wants, and the button."""
    show_result(_RESULT)
    st.markdown(CONTRACT)
    given = st.file_uploader(
        "Model, answers or YAML recipe",
        key="bring.file",
        max_upload_size=largest_model_bytes() // 1_000_000,
        help=f"{', '.join((*MODELS, *SUFFIXES, *RECIPE_SUFFIXES))}",
        disabled=not may,
    )
    recipe = given is not None and is_recipe(given.name)
    description = _ask_what_it_is(recipe, may)
    if given is not None and may:
        if is_answers(given.name):
            _offer_answers(given.getvalue(), given.name, description, by)
        elif recipe:
            _offer_recipe(given.getvalue(), given.name, description.id, by)
        else:
            _offer_model(given.getvalue(), given.name, description, by)
    registered.show()


def _ask_what_it_is(recipe: bool, may: bool) -> ModelDescription:
    left, right = st.columns(2)
    variant_id = left.text_input(
        "Id of the new variant",
        key="bring.id",
        placeholder="the recipe's own" if recipe else "mine.resnet",
        disabled=not may,
    )
    off = not may or recipe
    architecture = right.text_input("Network, if known", key="bring.architecture", disabled=off)
    summary = left.text_input("What it is, in a sentence", key="bring.summary", disabled=off)
    source = right.text_input(
        "Where it comes from", key="bring.source", placeholder="who trained it, on what", disabled=off
    )
    return ModelDescription(variant_id.strip(), summary, source, architecture.strip())


def _offer_recipe(data: bytes, name: str, variant_id: str, by: Identity) -> None:
    if st.button("Register the recipe", type="primary", key="bring.recipe"):
        act(_RESULT, lambda: f"{register_recipe(data, name, variant_id, by)} can be trained now.")


def _offer_answers(data: bytes, name: str, description: ModelDescription, by: Identity) -> None:
    if st.button("Register the answers", type="primary", key="bring.answers"):
        act(_RESULT, lambda: _answers_sentence(*register_answers(data, name, description, by)))


def _answers_sentence(variant_id: str, findings: list[str]) -> str:
    return "\n".join(
        [f"{variant_id} is registered.\n", *(f"- {without_pictures(each)}" for each in findings)]
    )


def _offer_model(data: bytes, name: str, description: ModelDescription, by: Identity) -> None:
    if not is_imported():
        missing.offer(
            "To be listed, a model is measured first, and there are no faces here to do so.", drawn=True
        )
        return
    beside = st.file_uploader(
        f"Files that belong to it ({', '.join(NAMES)}; the .bin of a TensorFlow.js graph), if there are any",
        type=["json", "bin"],
        accept_multiple_files=True,
        key="bring.beside",
    )
    found = st.session_state.get(_FOUND) or {}
    found = found if found.get("file") == (name, len(data)) else {}
    settings = _show_found(found) if found else ""
    file = ModelFile(data, name, settings, {each.name: each.getvalue() for each in beside or []})
    tasks.show(
        LOOKING,
        "Look again" if found else "Look at it",
        lambda: start_look(file, description.architecture, by),
        lambda result: _keep(result, name, len(data)),
    )
    tasks.show(
        REGISTERING,
        "Check, measure and register",
        lambda: _register(file, description, by),
        _registered,
        type="primary",
        disabled=registered.is_made(_order(file, description)),
    )


def _register(file: ModelFile, description: ModelDescription, by: Identity) -> Task:
    task = start_registration(file, description, by)
    registered.begun(_order(file, description))
    return task


def _order(file: ModelFile, description: ModelDescription) -> tuple[str, int, str, ModelDescription]:
    """What distinguishes one registration from another; the id in it can be given once."""
    return file.name, len(file.data), file.settings, description


def _registered(result: dict[str, Any]) -> str:
    registered.done(result["id"], result["findings"])
    return ""


def _keep(found: dict[str, Any], name: str, size: int) -> str:
    st.session_state[_FOUND] = found | {"file": (name, size)}
    settings_form.forget()
    return ""


def _show_found(found: dict[str, Any]) -> str:
    """What was found, as faces with answers and as a form; returns the settings that hold now."""
    st.markdown(f"**{without_pictures(found['found'])}**")
    for note in found["notes"]:
        st.caption(without_pictures(note))
    _show_preview(found["preview"])
    return settings_form.show(found["settings"]) if found["settings"] else ""


def _show_preview(preview: list[dict[str, Any]]) -> None:
    """Seven faces of PublicTest, each with its label and what the model says."""
    split = dataset.split(SplitName.PUBLIC_TEST)
    draw_strip(
        [
            Figure(
                split.faces[face["row"]],
                f"{emotion_label(face['label'])}: says {face['says']}, {100 * face['confidence']:.0f} %",
                f"A face labelled {face['label']}; the model says {face['says']}",
                marked=face["says"] != face["label"],
            )
            for face in preview
        ]
    )
