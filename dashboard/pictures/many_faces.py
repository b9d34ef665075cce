"""Where a model looks on many test faces: mean heat maps by emotion, and how much lies in which part of the face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.compare import measuring
from dashboard.pictures.heat_maps import SCALE_WORDS, SIDE
from dashboard.reads import catalogue, test_sets
from dashboard.shell import choices, downloads, look, measured, missing
from dashboard.shell.charts import draw
from fer_core import charts
from fer_core.charts.palette import EMOTION_COLOURS, FAINT, ModelStyle, emotion_label
from fer_core.comparison.heat import AREA, alike_frame, read_heat_of, region_frame, shown_frame
from fer_core.curation.measuring import HEAT_MAPS
from fer_core.data.store import is_imported
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError
from fer_core.evaluation.heat import LEAST, MOST, SIDES, Heat
from fer_core.evaluation.regions import NAMES
from fer_core.explain.heat_pictures import over_boxes, scale
from fer_core.formats import of_100
from fer_core.test_sets.store import MANIFEST, TestSet
from fer_core.variants.registry import Variant

STRIP_SIDE = 104
_ANSWERS = {"Right": SIDES[0], "Wrong": SIDES[1]}
_STYLES = {
    emotion_label(emotion): ModelStyle(colour, "circle", (1, 0))
    for emotion, colour in EMOTION_COLOURS.items()
} | {AREA: ModelStyle(FAINT, "square", (1, 0))}
METHOD = f"""
- For each emotion, up to {MOST} faces of {{faces}} that the model named so, rightly or wrongly, drawn by a fixed
  seed. A map speaks of the emotion that was named; each has 1 at its strongest place, so that every face counts alike.
- **Blocks** are the layers before the picture gets smaller; the map is that of a block's last layer.
- The boxes are fixed in the crop, laid over the mean face of Training: brows and eyes, nose, mouth, two cheeks,
  chin. The rest is forehead, hair and background. A turned head lies otherwise; a mean over many faces bears that, one
  face not.
- A share says how much of a map's heat lies in a box. Held against the share of the picture that the box takes, it says
  whether more lies there than by chance. A map with no heat at all does not count.
- Of fewer than {LEAST} faces no share is shown, and no finding on Reported rests on fewer.
- How alike: the correlation of two faces' maps, the mean over all pairs. 1 would be the same map whatever the face.
  Every block's maps are averaged to the places of the last block first: coarse maps are more alike by that alone.
"""


def show(models: Sequence[Variant]) -> None:
    """The section of the page: one of ``models``, its maps of many faces, or a button that makes them."""
    test_set = measured.chosen()
    faces = test_set.name if test_set else "FER2013's PrivateTest"
    st.subheader(f"Over many faces of {faces}" if test_set else "Over many faces", anchor=False)
    by_id = {model.id: model for model in models}
    first = next((model.id for model in models if model.heat_maps_path), models[0].id)
    with st.container(horizontal=True):
        name = choices.one(st.selectbox, "Model", "many_model", list(by_id), first, width=320)
        model = by_id[name]
        heat = _heat(model, test_set)
        if heat is not None:
            block, side = _choose(heat)
    if heat is None:
        _offer(model, test_set)
        return
    _show_answer(heat, block, side)
    _show_maps(heat, block, side)
    _show_numbers(model, heat, block, side)
    _offer_maps(test_set.heat_path(model.id) if test_set else model.heat_maps_path, model)
    with st.expander("How these maps are made"):
        st.markdown(METHOD.format(faces=faces))


def _heat(model: Variant, test_set: TestSet | None) -> Heat | None:
    files = [model.heat_maps_path, model.model_path]
    if test_set is not None:
        files = [test_set.heat_path(model.id), model.model_path, test_set.folder / MANIFEST]
    if files[0] is None or not files[0].is_file():
        return None
    try:
        return _read(tuple(catalogue.stamp(path) for path in files if path), model, test_set)
    except CardError as error:
        st.error(str(error), icon=":material/error:")
        return None


@st.cache_data(max_entries=50, show_spinner=False)
def _read(files: tuple[catalogue.FileStamp, ...], _model: Variant, _test_set: TestSet | None) -> Heat | None:
    return read_heat_of(_model, _test_set)


def _offer(model: Variant, test_set: TestSet | None) -> None:
    if test_set is not None:
        if test_sets.measured(test_set, [model]):
            st.caption(f"The maps of {model.id} over many faces of {test_set.name} have not been made yet.")
            measuring.offer([model], HEAT_MAPS, test_set)
        else:
            st.caption(
                f"{model.id} has not answered {test_set.name} yet, so it is not known where it was right."
            )
            measured.ask(test_set, [model])
        return
    if is_imported():
        st.caption(f"The maps of {model.id} over many test faces have not been made yet.")
        measuring.offer([model], HEAT_MAPS)
        return
    missing.offer(
        f"The maps of {model.id} over many test faces have not been made yet, and need these faces."
    )


def _choose(heat: Heat) -> tuple[int, str]:
    """The block (0 first) and the side."""
    words = [
        f"{at}: {block.layer}, {block.mean.shape[2]} × {block.mean.shape[3]}"
        for at, block in enumerate(heat.blocks, start=1)
    ]
    chosen = choices.one(st.selectbox, "Block", "many_block", words, words[-1], width=280)
    answer = choices.one(
        st.segmented_control, "Where the model was", "many_answers", list(_ANSWERS), "Right", required=True
    )
    return words.index(chosen), _ANSWERS[answer]


def _show_answer(heat: Heat, block: int, side: str) -> None:
    """For which emotion the most heat lies in which part, beyond the part's size."""
    frame = shown_frame(heat, block, side).dropna()
    size = frame[frame["emotion"] == AREA].set_index("region")["share"]
    found = frame[(frame["emotion"] != AREA) & (frame["region"] != NAMES[-1])]
    if found.empty:
        st.markdown(f"The model was {side} on fewer than {LEAST} faces of every emotion.")
        return
    most = found.assign(times=found["share"] / found["region"].map(size)).nlargest(1, "times").iloc[0]
    with look.answer("many"):
        st.markdown(
            f"What speaks for **{emotion_label(most['emotion'])}** lies in the box of the **{most['region']}** most of "
            f"all: {of_100(most['share'], 0)} % of the heat, {most['times']:.1f} times what its size would give."
        )


def _show_maps(heat: Heat, block: int, side: str) -> None:
    at, row = heat.blocks[block], SIDES.index(side)
    with st.container(horizontal=True, gap="small"):
        for column, emotion in enumerate(EMOTIONS):
            n, mean = int(at.n[row, column]), at.mean[row, column]
            few = "" if n >= LEAST else ": too few"
            caption = f"{emotion_label(emotion)}, n = {n}{few}"
            with st.container(width=STRIP_SIDE):
                strongest = float(mean.max())
                drawn = over_boxes(mean / strongest if strongest else np.zeros_like(mean), STRIP_SIDE)
                st.image(drawn, caption=caption, alt=f"Mean heat map: {caption}", output_format="PNG")
    with st.container(width=SIDE, gap=None):
        st.image(scale(SIDE), alt="From grey, nothing, to yellow, the strongest place", output_format="PNG")
    st.caption(f"Left to right: {SCALE_WORDS}. Boxes: {', '.join(NAMES[:-1])}.")


def _show_numbers(model: Variant, heat: Heat, block: int, side: str) -> None:
    frame = shown_frame(heat, block, side)
    headings = [_on_two_lines(part) for part in NAMES]
    named = frame.assign(
        variant=[emotion_label(each) if each in EMOTIONS else each for each in frame["emotion"]],
        region=[_on_two_lines(part) for part in frame["region"]],
    )
    draw(
        charts.heat_table, named, "share", "Where the heat lies, % of each map", _STYLES,
        (f"Mean over the n faces that it named so and was {side}", "A line adds up to 100"), headings, "region",
    )  # fmt: skip
    alike = alike_frame(heat)
    row = alike.iloc[block]
    if np.isfinite(row["alike"]):
        st.markdown(
            f"At this block the maps of two faces correlate by **{row['alike']:.2f}** (give or take "
            f"{2 * row['error']:.2f}) on average, whatever they show."
        )
    st.dataframe(
        alike.rename(
            columns={"block": "Block", "layer": "Layer", "places": "Places", "alike": "How alike", "error": "± error"}
        ).round(3),
        hide_index=True, height="content", alt="How alike the maps of different faces are, by block",
    )  # fmt: skip
    downloads.table("All these shares as CSV", region_frame(heat), f"{model.id}_heat_regions.csv")


def _offer_maps(path: Path, model: Variant) -> None:
    downloads.data("The mean maps as NumPy archive", path.read_bytes, f"{model.id}_heat_maps.npz")


def _on_two_lines(part: str) -> str:
    """A chart breaks its headings at each space that may be broken at."""
    return part.replace(" and", "\u00a0and")
