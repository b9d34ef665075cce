"""Heat maps on a page: made by one process, shown as a row of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import streamlit as st

from dashboard.pictures.portrait import enlarged
from dashboard.reads import catalogue
from fer_core.charts.palette import emotion_label
from fer_core.emotions import EMOTIONS
from fer_core.errors import ExplanationError
from fer_core.explain.explainer import ALL, Explainer
from fer_core.explain.grad_cam import HeatMaps
from fer_core.explain.heat_pictures import overlaid, scale
from fer_core.explain.layers import Layer, layer_at_depth
from fer_core.faces.cuts import Faces
from fer_core.faces.intake import FER_FACE, Intake, intake_of
from fer_core.formats import of_100
from fer_core.variants.registry import Variant

#: Where in a network its maps are made, as a share of the way from its first layer to its last.
DEPTHS = {"Late": 1.0, "Middle": 0.5, "Early": 0.0}
LATE = "Late"
SIDE, SMALL_SIDE = 165, 140
#: As faces are shown below their maps.
SHOWN = Intake(224, colour=True)
#: So many pictures of SIDE stand beside each other.
MOST_LARGE = 3
#: Seconds from one look whether maps can be made to the next.
LOOK_S = 0.5
SCALE_WORDS = "nothing here speaks for the emotion → the strongest place of this map"
CAN_AND_CANT = """
- A map shows which places of a layer raise the score of one emotion, as this model computes it (Grad-CAM,
  Selvaraju et al. 2017). It says **where**, not what the model saw there, nor whether it was right to.
- Every map is scaled by its own strongest place: colours of two maps say nothing about which model is surer.
- A late layer has few places (3 × 3 in some models), drawn out over the face: its edges are soft and rough by nature.
  An early layer is fine, but sees only edges and spots.
- What *lowers* a score is not shown. A place without colour may still matter.
- Batch norms count as folded into the layers around them. Where one follows an activation, what it hands on differs
  from the layer's map by one number everywhere, which veils what early layers see: Layer by layer can show both.
- An ensemble has the layers of all its members, m0, m1 and so on: a map speaks of the member that the layer is of, at
  first of the one with the greatest weight.
- A plausible map is no proof of a good model, and a strange one no proof of a bad one. That the maps depend on
  the trained weights is tested: with random weights they change (Adebayo et al. 2018).
- It explains a model, never the person in the picture: what someone feels can't be read from it.
"""


def layers(model: Variant) -> list[Layer]:
    """The model's layers that can be explained, from the face to the answer; ExplanationError if there is none."""
    return _layers(model.id, catalogue.stamp(model.model_path), model)


def layer_at(model: Variant, depth: str) -> Layer:
    """The layer that lies so deep, by one of DEPTHS; of an ensemble, in its heaviest member."""
    members = (model.card.faceoff.get("ensemble") or {}).get("members") or []
    return layer_at_depth(layers(model), DEPTHS[depth], [member["weight"] for member in members])


def heat_maps(
    model: Variant,
    faces: Faces,
    names: Sequence[str] | str = ALL,
    target: str | None = None,
    after_norm: bool = False,
) -> list[HeatMaps]:
    """Maps of ``faces``, as the model takes them, at the layers ``names``, of the emotion ``target`` or of what the
    model answers.

    ``after_norm``: after a batch norm that follows a layer's activation, instead of with it folded away.
    Nothing of the faces stays in the server's memory. ExplanationError says in a sentence why there are none.
    """
    index = None if target is None else EMOTIONS.index(target)
    taken = faces.of(intake_of(catalogue.classifier(model)))
    return _explainer().heat_maps(model, taken, names, index, after_norm)


def heat_map_row(
    face: Faces,
    models: Sequence[Variant],
    target: str | None = None,
    depth: str = LATE,
    side: int | None = None,
    with_answers: bool = True,
) -> dict[str, HeatMaps]:
    """Draw where each of ``models`` looked at one face, beside each other; returns the maps by id.

    ``target``: the emotion that the maps speak of, what each model answers if None; ``depth``: one of DEPTHS;
    ``side``: of each picture in pixels, as it fits if None; ``with_answers``: whether what a model says stands below
    its map. A model without maps is named in a sentence, and the others are drawn.
    """
    found: dict[str, HeatMaps] = {}
    with st.spinner("Asking the models where they looked …"):
        for model in models:
            with _shown_calmly():
                found[model.id] = heat_maps(model, face, [layer_at(model, depth).name], target)[0]
    words = maps_of_model if with_answers else maps_alone
    pictures(
        [(maps, words(name, maps)) for name, maps in found.items()],
        face,
        side or _side(len(found)),
    )
    return found


def overlays(faces: Faces, models: Sequence[Variant], side: int) -> dict[str, np.ndarray]:
    """Each model's late maps of its own answers to ``faces``, over these: uint8 RGB (N, side, side, 3) by id.

    A model without maps is named in a sentence and left out.
    """
    found: dict[str, np.ndarray] = {}
    with st.spinner("Asking the models where they looked …"):
        for model in models:
            with _shown_calmly():
                (maps,) = heat_maps(model, faces, [layer_at(model, LATE).name])
                below = zip(faces.of(SHOWN), maps.maps, strict=True)
                found[model.id] = np.stack([overlaid(face, heat, side) for face, heat in below])
    return found


def pictures(shown: Sequence[tuple[HeatMaps, str]], face: Faces, side: int) -> None:
    """The first map of each, over the face, with its caption; as many in a row as there is room for."""
    if not shown:
        return
    with st.container(horizontal=True, gap="small"):
        for maps, caption in shown:
            with st.container(width=side):
                picture = overlaid(face.of(SHOWN)[0], maps.maps[0], side)
                st.image(picture, caption=caption, alt=f"Heat map: {caption}", output_format="PNG")
    show_scale()


def show_scale() -> None:
    """What the colours mean."""
    with st.container(width=SIDE, gap=None):
        st.image(scale(SIDE), alt="From grey, nothing, to yellow, the strongest place", output_format="PNG")
    st.caption(f"Left to right: {SCALE_WORDS}.")


def maps_of_model(name: str, maps: HeatMaps) -> str:
    """What stands below a model's map: what it says, what the map speaks of, and the layer."""
    said, target = EMOTIONS[maps.probs[0].argmax()], EMOTIONS[maps.target[0]]
    words = f"{name} says {emotion_label(said)}, {of_100(maps.probs[0].max(), 0)} %"
    if said != target:
        words += f"; map for {emotion_label(target)}, {of_100(maps.probs[0][maps.target[0]], 0)} %"
    return f"{words}. {layer_words(maps)}"


def maps_alone(name: str, maps: HeatMaps) -> str:
    """What stands below a map where the model's answer stands elsewhere."""
    return f"{name}. {layer_words(maps)}"


def layer_words(maps: HeatMaps) -> str:
    """``"conv2d_5, 6 × 6 places"``, and whether nothing there speaks for the emotion."""
    empty = "" if maps.strength[0] > 0 else "; nothing in it speaks for the emotion"
    return f"{size_words(maps.layer)}{empty}"


def size_words(layer: Layer) -> str:
    """``"conv2d_5, 6 × 6 places"``."""
    return f"{layer.name}, {layer.height} × {layer.width} places"


def are_at_hand() -> bool:
    """Whether maps come within a moment. If not, the process that makes them begins now, and :func:`wait` waits."""
    return _explainer().is_awake()


def wait(face: Faces, models: Sequence[Variant]) -> dict[str, HeatMaps]:
    """The face where each model's map of it will be; with the maps the whole page is drawn anew.

    No maps are returned.
    """
    picture = enlarged(face.of(SHOWN)[0], _side(len(models)))
    with st.container(horizontal=True, gap="small"):
        for model in models:
            with st.container(width=len(picture)):
                st.image(
                    picture, caption=f"{model.id}: the map follows", alt=f"No heat map of {model.id} yet"
                )
    st.fragment(_look, run_every=LOOK_S)()
    return {}


def _look() -> None:
    if are_at_hand():
        st.rerun()
    st.caption(":material/hourglass: The first heat maps take some seconds: what makes them is being loaded.")


def largest_intake(models: Sequence[Variant]) -> Intake:
    """Of the models: what the one takes that sees most."""
    taken = [intake_of(catalogue.classifier(model)) for model in models]
    return max(taken, key=lambda intake: (intake.size, intake.colour), default=FER_FACE)


def explainable(models: Sequence[Variant]) -> list[Variant]:
    """The models that have layers to explain; of each other one its sentence is shown."""
    kept = []
    for model in models:
        with _shown_calmly():
            layers(model)
            kept.append(model)
    return kept


def _side(count: int) -> int:
    """Of each of ``count`` pictures beside each other, in pixels."""
    return SIDE if count <= MOST_LARGE else SMALL_SIDE


@contextmanager
def _shown_calmly() -> Iterator[None]:
    """A model that can't be explained is no error: its sentence is shown and the page goes on."""
    try:
        yield
    except ExplanationError as error:
        st.info(str(error))


@st.cache_resource(on_release=Explainer.close)
def _explainer() -> Explainer:
    """One process for all viewers; it ends by itself when it is idle."""
    return Explainer()


@st.cache_data(max_entries=200, show_spinner=False)
def _layers(variant_id: str, file: tuple[str, int], _model: Variant) -> list[Layer]:
    return _explainer().layers(_model)
