"""The page Data's parts on what is done to training pictures: preparations and augmentation, on real faces."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.reads import dataset
from dashboard.shell import choices, downloads, sidebar
from dashboard.shell.charts import draw
from dashboard.shell.messages import show_errors
from dashboard.shell.strips import Figure, draw_strip
from fer_core import charts
from fer_core.data.augmentation import Augmentation, augment
from fer_core.data.copies import imported_warning
from fer_core.data.preparations import (
    AS_REPORTED,
    PREPARATIONS,
    Copying,
    adds_copies,
    example_copies,
    prepared_counts,
)
from fer_core.data.protocols import OFFICIAL, PROTOCOLS
from fer_core.data.split import Split, SplitName
from fer_core.data.store import read_manifest
from fer_core.emotions import EMOTIONS
from fer_core.formats import whole
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import read_recipe
from fer_core.training.loop import class_weights

#: How many draws can be leafed through; each is the same for everybody.
DRAWS = 9
TRAINING = SplitName.TRAINING
#: What copies may be raised to, and how strongly changed, beside what their reports did.
TARGETS = {"The largest class": 0, "8,989, as MoodMirror": 8989, "10,000": 10_000, "15,000": 15_000}
STRENGTHS = {"As reported": 1.0, "Half": 0.5, "Half as much again": 1.5, "Twice": 2.0, "Three times": 3.0}
#: What each setting of an augmentation does, in words (Markdown).
_SETTINGS: dict[str, Callable[[Any], str]] = {
    "rotation": lambda degrees: f"turned by up to **{degrees:g}°**",
    "zoom": lambda part: f"larger or smaller by up to **{100 * part:g} %**",
    "shift": lambda part: f"moved by up to **{100 * part:g} %** of the side",
    "shear": lambda tangent: f"sheared by up to **{math.degrees(math.atan(tangent)):.0f}°**",
    "shear_degrees": lambda degrees: f"sheared by up to **{degrees:g}°**",
    "horizontal_flip": lambda _: "**mirrored** every second time",
    "brightness": lambda part: f"brighter or darker by up to **{100 * part:g} %**",
    "contrast": lambda part: f"contrast changed by up to **{100 * part:g} %**",
    "cutout": lambda part: f"a square of **{100 * part:g} %** of the side made grey",
    "probability": lambda chance: f"each of these in **{100 * chance:g} of 100** pictures",
    "fill": lambda how: f"what lies outside filled: **{how}**",
}
_COPIES_SHOWN, _CHANGES_SHOWN, _FACES_SHOWN = 8, 7, 4


def show_preparations() -> None:
    """One preparation: its class counts before and after, its copies, and whether it touches a test picture."""
    name = choices.one(
        st.selectbox, "Preparation", "preparation", list(PREPARATIONS), "balanced", width=250,
        help="What is done to the training split, and to no other, before the first epoch.",
    )  # fmt: skip
    st.caption(f"{name}: {PREPARATIONS[name]}.")
    copying = choose_copying() if adds_copies(name) else AS_REPORTED
    before = read_manifest()["counts"][TRAINING]
    frame = counts_frame({"before": before, "after": prepared_counts(before, name, copying)})
    totals = frame.groupby("series")["count"].sum()
    subtitle = (f"{whole(totals['before'])} pictures before, {whole(totals['after'])} after",)
    draw(charts.count_chart, frame, f"Training pictures, {name}", subtitle)
    table = frame.pivot(index="emotion", columns="series", values="count").loc[
        list(EMOTIONS), ["before", "after"]
    ]
    with st.expander("As a table"):
        st.dataframe(table, alt="Training pictures before and after")
    downloads.table("These counts as CSV", frame, f"preparation_{name}.csv")
    if name == "class_weight":
        labels = np.repeat(np.arange(len(EMOTIONS)), [before[emotion] for emotion in EMOTIONS])
        weights = zip(EMOTIONS, class_weights(labels), strict=True)
        st.markdown(
            "How much each picture counts: "
            + ", ".join(f"{name} **{weight:.2f}**" for name, weight in weights)
            + "."
        )
    if adds_copies(name):
        show_copies(name, copying.strength)
    show_touching(name, copying)


def choose_copying() -> Copying:
    """How many copies, and how much they are changed: ``target_count`` and ``strength`` of a recipe."""
    with st.container(horizontal=True):
        target = choices.one(
            st.selectbox, "Copies up to", "target", list(TARGETS), next(iter(TARGETS)), width=250,
            help="`data.target_count` of a recipe. Classes that have more keep theirs.",
        )  # fmt: skip
        strength = choices.one(
            st.selectbox, "Strength of the changes", "strength", list(STRENGTHS), next(iter(STRENGTHS)), width=250,
            help="`data.strength` of a recipe: by which every change is multiplied.",
        )  # fmt: skip
    return Copying(TARGETS[target], STRENGTHS[strength])


def show_copies(name: str, strength: float) -> None:
    """Pictures, and below each a copy as the preparation changes it."""
    st.subheader("What its copies look like", anchor=False)
    here = st.container()
    draw_number = choices.page("draw", DRAWS, name)
    with here:
        originals = few_faces(_COPIES_SHOWN, draw_number)
        changed = example_copies(originals.faces, name, draw_number, strength)
        st.caption("Each picture as it is, and beside it a copy as this preparation changes it.")
        copies = [Figure(face, "changed", "a changed copy") for face in changed]
        pairs = zip(_figures(originals, originals.faces), copies, strict=True)
        draw_strip([figure for pair in pairs for figure in pair])


def show_touching(preparation: str, copying: Copying) -> None:
    """Whether the pictures so prepared touch a test picture, under a protocol of choice."""
    st.subheader("Does it touch a test picture?", anchor=False)
    protocol = choices.one(
        st.selectbox, "Protocol", "protocol", list(PROTOCOLS), OFFICIAL, width=400,
        format_func=lambda name: f"{name}: {PROTOCOLS[name]}",
    )  # fmt: skip
    quick = preparation in ("raw", "class_weight") and protocol == OFFICIAL
    if not quick and not choices.flag(
        "Prepare the training pictures and compare each with every test picture", "touch",
        help="Takes a few seconds; the answer is kept.",
    ):  # fmt: skip
        known = imported_warning(read_manifest(), protocol) if protocol == OFFICIAL else None
        if known:
            st.warning(known, icon=":material/content_copy:")
        return
    with show_errors():
        warning = dataset.leaks_of(preparation, protocol, copying)
        if warning:
            st.warning(warning, icon=":material/content_copy:")
        else:
            st.success("No training picture is an exact copy of a test picture.")


def show_augmentation() -> None:
    """What a recipe may do to a picture each time that it is learned from."""
    recipes = list_recipes()
    chosen = [model.id for model in sidebar.chosen() if model.id in recipes]
    name = choices.one(
        st.selectbox, "Recipe", "augmented", list(recipes), (chosen or list(recipes))[0], width=350,
        help="Each picture is changed anew in every epoch, by chance within these limits.",
    )  # fmt: skip
    with show_errors():
        data = read_recipe(recipes[name]).data
        augmentation = data.augmentation
        if augmentation.changes_nothing:
            left = f"it learns from each as the preparation {data.preparation} left it"
            st.info(f"{name} changes no picture on the way: {left}.")
            return
        st.markdown(", ".join(settings_words(augmentation)) + ".")
        here = st.container()
        draw_number = choices.page("draw", DRAWS, name)
        with here:
            show_changes(augmentation, draw_number)


def show_changes(augmentation: Augmentation, seed: int) -> None:
    """A few faces, each as it is and as training may see it."""
    originals = few_faces(_FACES_SHOWN, seed)
    for row in range(len(originals)):
        rng = np.random.default_rng((seed, row))
        repeated = np.repeat(originals.faces[row : row + 1], _CHANGES_SHOWN, axis=0)
        changed = augment(repeated, augmentation, rng)
        first = _figures(originals.take(np.array([row])), originals.faces[row : row + 1])
        draw_strip(first + [Figure(face, "changed", "as training may see it") for face in changed])


def settings_words(augmentation: Augmentation) -> list[str]:
    """Each setting that changes something: ``"turned by up to **10°**"``."""
    plain = Augmentation()
    return [
        _SETTINGS[field.name](getattr(augmentation, field.name))
        for field in fields(Augmentation)
        if getattr(augmentation, field.name) != getattr(plain, field.name)
    ]


def few_faces(count: int, seed: int) -> Split:
    """``count`` training pictures, the emotions in turn."""
    found = dataset.samples(TRAINING, 2, seed)
    parts = [
        found[name].take(np.array([turn]))
        for turn in range(2)
        for name in EMOTIONS
        if len(found[name]) > turn
    ]
    parts = parts[:count]
    return Split(
        *(np.concatenate([getattr(part, kind) for part in parts]) for kind in ("faces", "labels", "names"))
    )


def counts_frame(sets: dict[str, dict[str, int]]) -> pd.DataFrame:
    """Columns ``series, emotion, count`` from counts by emotion."""
    rows = [(name, emotion, counts[emotion]) for name, counts in sets.items() for emotion in EMOTIONS]
    return pd.DataFrame(rows, columns=["series", "emotion", "count"])


def _figures(split: Split, faces: np.ndarray) -> list[Figure]:
    return [
        Figure(face, EMOTIONS[label], f"{name}, labelled {EMOTIONS[label]}")
        for face, label, name in zip(faces, split.labels, split.names, strict=True)
    ]
