"""Compare's section on slices: on which faces these models are better or worse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.reads import catalogue, test_sets
from dashboard.shell import choices, downloads, measured, missing
from dashboard.shell.charts import draw, draw_unkept
from dashboard.shell.figures import right_aligned
from dashboard.shell.messages import show_errors
from fer_core import charts, paths
from fer_core.comparison.standings import read_outcomes
from fer_core.data.split import SplitName
from fer_core.data.store import MANIFEST, is_imported, load_split
from fer_core.evaluation import slices
from fer_core.evaluation.outcomes import Panel
from fer_core.evaluation.slices import Slicing
from fer_core.formats import interval, of_100, whole
from fer_core.variants.registry import Variant

_EMOTION, _COPIES, _OWN, _AGREEMENT = "Emotion", "Copies", "My own list", "Agreement of raters"
_PICTURES = {name.capitalize(): name for name in slices.PROPERTIES}
KINDS = [_EMOTION, _COPIES, *_PICTURES, _OWN]
_WORDS = {
    _EMOTION: "The label of the face.",
    _COPIES: "Leaked: an exact copy of the face stands in the training data.",
    "Brightness": "Mean grey of the picture, five slices of equally many faces.",
    "Contrast": "Spread of the greys (standard deviation), five slices of equally many faces.",
    "Sharpness": "Variance of the Laplacian, low where blurred; five slices of equally many faces.",
    "Symmetry": "How alike the picture and its mirror image are: low where a head is turned or light comes from one "
    "side. A rough stand-in for pose, not a measure of it; five slices of equally many faces.",
    _AGREEMENT: "How many of 100 raters gave the label.",
    _OWN: "A CSV with a column `image` (as in the predictions) and perhaps one `slice`. It is read in memory only.",
}


def show(models: list[Variant], clean: bool) -> None:
    """Choose how to slice, and see each model's accuracy on each slice."""
    st.subheader("On which faces?", anchor="faces")
    test_set = measured.chosen()
    voted = test_set is not None and test_sets.agreement(test_set) is not None
    kinds = [*KINDS, *([_AGREEMENT] if voted else [])]
    kind = choices.one(st.selectbox, "Slice by", "slice", kinds, _EMOTION, width=240)
    st.caption(_WORDS[kind])
    panel = read_outcomes(models).panels[0]
    panel = panel.clean() if clean else panel
    first = next(model for model in models if model.id == panel.ids[0])
    image = catalogue.predictions(first, clean).image
    with show_errors():
        slicing = _slicing(kind, panel, image)
        if slicing is not None:
            show_table(slices.slice_frame(panel, slicing), slicing, kind)


def show_table(table: pd.DataFrame, slicing: Slicing, kind: str) -> None:
    """The accuracies as a heat table, with how many faces each slice has."""
    columns = [slices.EVERYTHING, *slicing.names]
    make = draw_unkept if kind == _OWN else draw
    make(
        charts.heat_table,
        table,
        "accuracy",
        f"Right of 100, by {kind.lower()}",
        catalogue.styles(),
        columns=columns,
        column="slice",
    )
    counts = table.drop_duplicates("slice").set_index("slice")["n"]
    st.caption("Faces: " + ", ".join(f"{name} {whole(counts[name])}" for name in columns) + ".")
    with st.expander("With 95 % intervals"):
        shown = pd.DataFrame(
            {
                "Model": table["variant"],
                "Slice": table["slice"],
                "Faces": table["n"],
                "Right of 100": [of_100(value) for value in table["accuracy"]],
                "95 % interval": [interval(lo, hi) for lo, hi in zip(table["lo"], table["hi"], strict=True)],
            }
        )
        right = right_aligned(["Right of 100", "95 % interval"])
        st.dataframe(shown, hide_index=True, column_config=right, alt="Every slice with its interval")
    downloads.table("Slices as CSV", table, "slices.csv")


def _slicing(kind: str, panel: Panel, image: np.ndarray) -> Slicing | None:
    """The slices of that kind; None, and a sentence why, where there are none yet."""
    if kind == _EMOTION:
        return slices.by_emotion(panel.label)
    if kind == _COPIES:
        return slices.by_leak(panel.leaked)
    test_set = measured.chosen()
    if kind == _AGREEMENT:
        return slices.by_agreement(test_sets.agreement(test_set).reindex(image).to_numpy())
    if kind == _OWN:
        given = st.file_uploader(
            "A CSV of image names", ["csv"], max_upload_size=slices.LARGEST_LIST_BYTES // 1_000_000
        )
        if given is None:
            st.info("Give a list, and its slices appear here.")
            return None
        return slices.by_list(image, slices.read_list(given.getvalue(), given.name))
    if test_set is not None:
        split = test_sets.faces(test_set)
        names, known = split.names.tolist(), slices.properties(split.faces)
    elif not is_imported():
        missing.offer("To sort the test faces by this, the pictures themselves are needed.")
        return None
    else:
        names, known = _properties(catalogue.stamp(paths.data() / MANIFEST))
    values = slices.matched(image, names, known)[_PICTURES[kind]].to_numpy()
    if pd.isna(values).all():
        st.info("Other pictures are imported here than these models were measured on.")
        return None
    return slices.by_property(values, _PICTURES[kind])


@st.cache_data(max_entries=1, show_spinner="Measuring the test pictures …")
def _properties(manifest: tuple[str, int]) -> tuple[list[str], pd.DataFrame]:
    """The names of the PrivateTest pictures and what they are like."""
    split = load_split(SplitName.PRIVATE_TEST)
    return split.names.tolist(), slices.properties(split.faces)
