"""What were the models trained on?"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.faces import copies, importing, own_faces, preparations
from dashboard.reads import catalogue, dataset, paired_tests
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    sidebar,
)
from dashboard.shell.charts import draw
from dashboard.shell.figures import right_aligned
from dashboard.shell.messages import usable
from dashboard.shell.strips import Figure, draw_strip
from fer_core import charts
from fer_core.data.split import FER2013, FER2013_TRAINING, SplitName, name_of
from fer_core.data.store import read_manifest
from fer_core.emotions import EMOTIONS, GLYPHS
from fer_core.errors import without_pictures
from fer_core.evaluation.predictions import counts_by_split, leaked_by_split
from fer_core.formats import difference, listed, of_100, signed, whole
from fer_core.variants.registry import Variant
from fer_core.variants.texts import DATA

OVERVIEW, COPIES, PREPARATIONS, AUGMENTATION = "Overview", "Copies", "Preparations", "Augmentation"
OWN = "Your own faces"
SAMPLES = 6


def show_counts(frame: pd.DataFrame) -> None:
    """Pictures by split and emotion: as a chart, a table and a download."""
    st.subheader("How many faces of each emotion", anchor=False)
    subtitle = ("Each bar is a share of its split; the figure is its faces",)
    draw(charts.count_chart, frame, "Faces by split and emotion", subtitle, shares=True)
    table = frame.pivot(index="series", columns="emotion", values="count")
    table = table.loc[list(dict.fromkeys(frame["series"])), list(EMOTIONS)].assign(
        all=lambda rows: rows.sum(axis=1)
    )
    with st.expander("As a table"):
        st.dataframe(table.rename_axis("split"), alt="Faces by split and emotion")
    downloads.table("These counts as CSV", frame.rename(columns={"series": "split"}), "counts.csv")


def show_leaks(manifest: dict[str, Any]) -> None:
    """What the audit found when the data set was imported."""
    st.subheader("What is wrong with it", anchor=False)
    audit = manifest["audit"]
    training = audit["splits"][SplitName.TRAINING]
    found = {
        "test faces that also stand in Training": audit["private_in_training"],
        "test faces in Training or PublicTest": audit["private_in_training_or_public"],
        "groups of copies with labels in conflict": audit["conflicting_groups"],
        f"pictures in Training show next to nothing ({training['blank']} of them nothing)": training[
            "near_blank"
        ],
    }
    for place, (words, count) in zip(st.columns(len(found)), found.items(), strict=True):
        with place:
            st.metric("Found", whole(count), label_visibility="collapsed")
            st.caption(words)
    st.caption(
        f"All exact, pixel by pixel: {whole(audit['duplicate_images'])} pictures stand in "
        f"{whole(audit['duplicate_groups'])} groups of copies. Test faces are those of PrivateTest."
    )


def show_inflation(variants: list[Variant]) -> None:
    """What copied test faces add to each model's figure."""
    st.subheader("What copied test faces add to the models' figures", anchor=False)
    trained = usable(variants, catalogue.predictions)
    if not trained:
        sidebar.no_variants()
        return
    board = paired_tests.board(trained, None)
    for sentence in board.errors:
        st.error(without_pictures(sentence), icon=":material/error:")
    table = inflation_table(board.frame)
    if table.empty:
        return
    shown = pd.DataFrame(
        {
            "Model": table["variant"],
            "All test faces": [of_100(value) for value in table["accuracy"]],
            "Without copies": [of_100(value) for value in table["clean_accuracy"]],
            "Copies add": [signed(100 * value) for value in table["inflation"]],
            "95 % interval": [difference(lo, hi) for lo, hi in zip(table["lo"], table["hi"], strict=True)],
        }
    )
    right = right_aligned(list(shown)[1:])
    st.dataframe(shown, hide_index=True, column_config=right, alt="What copied test faces add")
    st.caption(
        "Right of 100. What remembering copies adds, and that such faces may be easier; interval by bootstrap."
    )
    downloads.table("This table as CSV", table, "inflation.csv")


def inflation_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns ``variant, accuracy, clean_accuracy, inflation, lo, hi`` of a board's frame, the most accurate first."""
    columns = {"id": "variant", "inflation_lo": "lo", "inflation_hi": "hi"}
    shown = frame[["id", "accuracy", "clean_accuracy", "inflation", "inflation_lo", "inflation_hi"]]
    return shown.dropna(subset=["inflation"]).rename(columns=columns)


def show_samples(splits: list[str]) -> None:
    """A few faces of each emotion, others at will."""
    st.subheader("What they look like", anchor=False)
    split = choices.one(st.segmented_control, "Faces of", "samples", splits, splits[0], required=True)
    here = st.container()
    number = choices.page("drawn", preparations.DRAWS, split)
    with here:
        st.caption(f"{SAMPLES} of each emotion, drawn at random; turn the page for others.")
        for emotion, found in dataset.samples(split, SAMPLES, number).items():
            st.markdown(f"{GLYPHS[emotion]} {emotion}")
            pictures = zip(found.faces, found.names, strict=True)
            draw_strip([Figure(face, "", f"{name}, labelled {emotion}") for face, name in pictures])


def show_imported(variants: list[Variant]) -> None:
    """Everything there is to say about the imported data set, a part at a time."""
    manifest = read_manifest()
    counts = manifest["counts"]
    sizes = [f"{name} {whole(found['all'])}" for name, found in counts.items()]
    total = sum(found["all"] for found in counts.values())
    with look.answer():
        side = manifest["face_size"]
        st.markdown(
            f"**{name_of(manifest)}**: {whole(total)} grey faces of {side} × {side} pixels: {listed(sizes)}."
        )
    part = choices.one(
        st.segmented_control, "Part", "part_of_data", [OVERVIEW, COPIES, PREPARATIONS, AUGMENTATION, OWN],
        OVERVIEW,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    if part == OWN:
        own_faces.show()
    elif part == COPIES:
        copies.show()
    elif part == PREPARATIONS:
        preparations.show_preparations()
    elif part == AUGMENTATION:
        preparations.show_augmentation()
    else:
        show_counts(preparations.counts_frame(counts))
        show_leaks(manifest)
        show_inflation(variants)
        show_samples(list(counts))


def show_unimported(variants: list[Variant]) -> None:
    """What cards and stored answers say of the data, and how to have the pictures."""
    readable = usable(variants[:1], catalogue.predictions)
    if readable:
        answers = catalogue.all_predictions(readable[0])
        leaked, count = leaked_by_split(answers)[SplitName.PRIVATE_TEST]
        with look.answer():
            st.markdown(
                f"The models here were measured on **{whole(count)} test faces**, of which **{whole(leaked)}** are "
                "also in Training or PublicTest, pixel by pixel."
            )
        if measured_on_fer2013(readable[0]):
            st.markdown(DATA.partition("\n\n")[2])
    st.info(
        "The pictures are not here. Once imported, this page also shows samples, copies and preparations."
    )
    importing.show()
    if readable:
        show_counts(known_counts(counts_by_split(answers), readable[0]))
    show_inflation(variants)


def known_counts(tests: pd.DataFrame, variant: Variant) -> pd.DataFrame:
    """The counts of the test splits, and of Training where it is known to be FER2013's."""
    if not measured_on_fer2013(variant):
        return tests
    training = preparations.counts_frame({SplitName.TRAINING: FER2013_TRAINING})
    return pd.concat([training, tests], ignore_index=True)


def measured_on_fer2013(variant: Variant) -> bool:
    """Whether its card says so, or says nothing else."""
    return variant.card.faceoff.get("dataset", FER2013) == FER2013


def main() -> None:
    """The page."""
    look.opening("Data", "What were the models trained on?")
    variants = catalogue.trained_variants()
    if dataset.stamp() is None:
        show_unimported(variants)
        own_faces.show()
    else:
        show_imported(variants)
        importing.show_replacing()
    st.caption(
        "Faces are personal data: pictures are read from your own copy of the data set, sent inside the page and "
        "stored nowhere else. Labels are opinions: people agree with them on roughly two faces in three."
    )


entrance.show(main)
