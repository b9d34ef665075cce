"""Where did each model look?"""

from __future__ import annotations

from collections import Counter

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.faces import numbered
from dashboard.pictures import answers, heat_maps, inputs, many_faces, model_answers, portrait
from dashboard.reads import catalogue
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    measured,
)
from dashboard.shell.charts import draw_unkept
from dashboard.shell.messages import show_errors
from fer_core import charts
from fer_core.charts.palette import emotion_label
from fer_core.emotions import EMOTIONS
from fer_core.explain.frames import THIRDS, archive, place_frame, third_frame
from fer_core.explain.grad_cam import HeatMaps
from fer_core.faces.cuts import Cuts, Faces, Squares
from fer_core.test_sets.store import TestSet
from fer_core.variants.registry import Variant

TEST, SAMPLE, UPLOAD = "Test face", "Sample", "Upload"
ANSWERED = "What each model says"
FOLDED, KEPT = "Folded", "After it"
STRIP_SIDE, FACE_SIDE = 104, 200
STRIPS_HELP = (
    "One model from its first layer to its last, and one of its layers for each of the seven emotions."
)


def choose_face() -> tuple[Faces, str] | None:
    """The face, and what is known of it; None while the viewer has given none."""
    sources = [TEST, SAMPLE, UPLOAD] if numbered.can_choose() else [SAMPLE, UPLOAD]
    source = choices.one(st.segmented_control, "Face from", "explained", sources, sources[0], required=True)
    if source == TEST:
        image = numbered.choose()
        return Squares([image.pixels]), f"{image.name}, labelled {emotion_label(image.label)}"
    if source == SAMPLE:
        emotion = inputs.choose_drawing("explained_drawing")
        return _face(
            portrait.drawn_sample(emotion), "the drawing", model_answers.WHOLE
        ), f"Drawn as {emotion}"
    given = inputs.upload("A picture with a face")
    search = inputs.choose_search("whole_face")
    st.caption(answers.PRIVACY)
    if given is None:
        st.info("Give a picture, and the maps appear here; of several faces the first is taken.")
        return None
    return _face(given.getvalue(), given.name, search), "The first face found"


def _face(data: bytes, name: str, search: model_answers.Search) -> Faces:
    answers = model_answers.run_models(data, name, [], search)
    return Cuts(answers.picture.pixels, answers.faces[:1])


def choose_target() -> str | None:
    """The emotion that maps speak of; None for what each model says."""
    options = [ANSWERED, *EMOTIONS]
    chosen = choices.one(
        st.selectbox, "What speaks for", "target", options, ANSWERED,
        format_func=lambda name: emotion_label(name) if name in EMOTIONS else name,
        help="A map shows which places raise the score of this emotion.",
    )  # fmt: skip
    return None if chosen == ANSWERED else chosen


def choose_depth() -> str:
    """How deep in the networks the maps are made."""
    return choices.one(
        st.segmented_control, "Layer", "depth", list(heat_maps.DEPTHS), heat_maps.LATE, required=True,
        help="Late layers see the whole face roughly, early ones edges finely. Every layer of a model is further down.",
    )  # fmt: skip


def show_answer(place: DeltaGenerator, maps: dict[str, HeatMaps]) -> None:
    """What the models say of the face, in a sentence above the maps."""
    probs = {name: found.probs[0] for name, found in maps.items()}
    emotion, votes = Counter(EMOTIONS[row.argmax()] for row in probs.values()).most_common(1)[0]
    with place, look.answer():
        st.markdown(model_answers.agreement_words(probs, emotion, votes, catalogue.best_of(probs)))


def show_thirds(maps: dict[str, HeatMaps]) -> None:
    """How much of each map lies where, in numbers."""
    draw_unkept(
        charts.heat_table, third_frame(maps), "share", "Where the heat lies, % of each map", catalogue.styles(),
        ("Thirds of the picture from its top", "A line adds up to 100"), THIRDS, "third",
    )  # fmt: skip


def choose_norm(model: Variant) -> bool:
    """Whether maps are made after batch norms; offered only where one follows the activation of a layer."""
    if not any(layer.has_norm_after for layer in heat_maps.layers(model)):
        return False
    chosen = choices.one(
        st.segmented_control, "Batch norm", "norm", [FOLDED, KEPT], FOLDED, required=True,
        help="After the norm, the same amount is added to all places of a map, and early layers look veiled. Folded "
        "into the layers around it, the norm hides nothing: the cos429 report took it out to see its early layers.",
    )  # fmt: skip
    return chosen == KEPT


def show_layers(face: Faces, models: list[Variant], target: str | None) -> dict[str, list[HeatMaps]]:
    """One model from its first layer to its last, and one of its layers for every emotion."""
    st.subheader("Layer by layer", anchor=False)
    by_id = {model.id: model for model in models}
    name = choices.one(st.selectbox, "Model", "explained_model", list(by_id), next(iter(by_id)), width=320)
    model = by_id[name]
    after_norm = choose_norm(model)
    with st.spinner("Asking for every layer …"):
        every = heat_maps.heat_maps(model, face, target=target, after_norm=after_norm)
    st.caption(
        f"{len(every)} convolutional layers of {name}, from the face to the answer: "
        f"what speaks for {emotion_label(EMOTIONS[every[0].target[0]])}."
    )
    heat_maps.pictures([(maps, heat_maps.layer_words(maps)) for maps in every], face, STRIP_SIDE)
    sizes = {maps.layer.name: heat_maps.size_words(maps.layer) for maps in every}
    last = every[-1].layer.name
    layer = choices.one(
        st.selectbox, "Every emotion at layer", "layer", list(sizes), last, width=320, format_func=sizes.get
    )
    with st.spinner("Asking for every emotion …"):
        classes = [heat_maps.heat_maps(model, face, [layer], emotion, after_norm)[0] for emotion in EMOTIONS]
    captions = [
        f"{emotion_label(emotion)}, {100 * maps.probs[0][index]:.0f} %"
        for index, (emotion, maps) in enumerate(zip(EMOTIONS, classes, strict=True))
    ]
    heat_maps.pictures(list(zip(classes, captions, strict=True)), face, STRIP_SIDE)
    return {name: [*every, *classes]}


def show_downloads(maps: dict[str, list[HeatMaps]], shown: np.ndarray) -> None:
    """The numbers behind the pictures."""
    with st.container(horizontal=True):
        downloads.table("Every place of these maps as CSV", place_frame(maps), "heat_maps.csv")
        downloads.data(
            "The same and the face as NumPy archive", lambda: archive(maps, shown[None]), "heat_maps.npz"
        )


def show_one_face(models: list[Variant], at_hand: bool) -> None:
    """A face of the viewer's choice, and each model's maps of it: now if they are ``at_hand``, else when they are."""
    with show_errors():
        left, right = st.columns([2, 5], gap="large")
        with left:
            given = choose_face()
            if given is None:
                return
            face, known = given
            shown = face.of(heat_maps.largest_intake(models))[0]
            st.image(portrait.enlarged(shown, FACE_SIDE), caption=known, alt=known)
            target, depth = choose_target(), choose_depth()
        with right:
            row = show_row(face, models, target, depth) if at_hand else heat_maps.wait(face, models)
        layers = {}
        if choices.flag("Every layer of a model, and every emotion", "strips", help=STRIPS_HELP) and row:
            layers = show_layers(face, models, target)
        if row:
            show_downloads({name: [maps] for name, maps in row.items() if name not in layers} | layers, shown)


def show_row(face: Faces, models: list[Variant], target: str | None, depth: str) -> dict[str, HeatMaps]:
    """What the models say of the face, and where they looked."""
    place = st.container()
    row = heat_maps.heat_map_row(face, models, target, depth)
    if row:
        show_answer(place, row)
        show_thirds(row)
    return row


def main() -> None:
    """The page."""
    look.opening("Explain", "Where did each model look?")
    with measured.kept_apart() as test_set:
        show(test_set)


def show(test_set: TestSet | None) -> None:
    """Everything below the title, with faces of a test set or of FER2013."""
    models = answers.able_models()
    if not models:
        return
    at_hand = heat_maps.are_at_hand()
    models = heat_maps.explainable(models) if at_hand else models
    if not models:
        return
    if test_set is not None:
        measured.say(test_set, None)
    show_one_face(models, at_hand)
    many_faces.show(models)
    with st.expander("What these maps can tell, and what they can't", expanded=False):
        st.markdown(heat_maps.CAN_AND_CANT)
    with st.expander("Limits of the models, and what this is not for"):
        st.markdown(answers.LIMITS)


entrance.show(main)
