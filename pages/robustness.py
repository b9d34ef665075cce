"""What happens with blur, masks and bad light?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.compare import corruption_error, measuring, report_distortions, robustness_on_sets
from dashboard.pictures import heat_maps, inputs, model_answers, portrait
from dashboard.reads import catalogue, test_sets
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    measured,
    missing,
    sidebar,
)
from dashboard.shell.charts import draw, draw_unkept
from dashboard.shell.figures import draw_table
from dashboard.shell.messages import show_errors
from fer_core import charts
from fer_core.comparison.firmest import METHOD, firmest
from fer_core.comparison.robustness import (
    distortion_frame,
    read_tables,
    severity_frame,
    summary_frame,
    titles,
)
from fer_core.data.distortions import SEVERITIES, SUITE, distort
from fer_core.data.split import FER2013
from fer_core.data.store import is_imported
from fer_core.emotions import EMOTIONS
from fer_core.faces.cuts import Cuts, Faces
from fer_core.faces.finders import CROP_SIDE
from fer_core.faces.intake import Intake, intake_of
from fer_core.formats import listed, of_100
from fer_core.test_sets.store import TestSet, encoded
from fer_core.variants.registry import Variant

PICTURE_SIDE = 130
#: Where none of the chosen models has been measured, so many others are shown.
MOST_OTHERS = 3
#: What a face is shown as, from left to right.
SHOWN = ["Untouched", *(f"Severity {severity}" for severity in SEVERITIES)]


def choose_distortion() -> str:
    """One of the suite, by its title."""
    names = {distortion.title: name for name, distortion in SUITE.items()}
    return names[
        choices.one(st.selectbox, "Distortion", "distortion", list(names), next(iter(names)), width=280)
    ]


def show_tables(tables: dict[str, pd.DataFrame], baseline: Variant | None) -> None:
    """Means by distortion, and one line a model."""
    held_against = read_tables([baseline])[0].get(baseline.id) if baseline else None
    table = summary_frame(tables, held_against)
    with look.answer():
        st.markdown(firmest(tables))
    order = {name: tables[name] for name in table["variant"]}
    frame = distortion_frame(order)
    draw(
        charts.heat_table, frame, "accuracy", "Right of 100, mean of five severities", catalogue.styles(),
        ("Every test face (PrivateTest) under every distortion",), list(titles().values()), "distortion",
    )  # fmt: skip
    shown = pd.DataFrame(
        {
            "Model": table["variant"],
            "Untouched": [of_100(value) for value in table["clean"]],
            "Distorted, mean": [of_100(value) for value in table["mean"]],
            "Worst distortion": [of_100(value) for value in table["worst"]],
            "The report's five": [of_100(value) for value in table["report"]],
            "Kept, %": [of_100(value) for value in table["kept"]],
            **corruption_error.column(table),
        }
    )
    draw_table(shown, "How firmly each model stands")
    st.caption(
        f"Of 100 faces. {f'{METHOD} ' if len(tables) > 1 else ''}{corruption_error.sentence(table, baseline)}"
    )
    downloads.table("These figures as CSV", pd.concat(
        [values.assign(variant=name) for name, values in tables.items()], ignore_index=True
    ), "robustness.csv")  # fmt: skip


def show_curves(tables: dict[str, pd.DataFrame], distortion: str) -> None:
    """One distortion, more and more of it."""
    kind = SUITE[distortion]
    frame = severity_frame(tables, distortion)
    draw(charts.severity_chart, frame, f"{kind.title}: accuracy by severity", kind.unit, catalogue.styles())


def show_pictures(distortion: str, models: list[Variant], test_set: TestSet | None = None) -> None:
    """What the distortion does to a face, and what the models then say: a drawing, a picture of the test set, or the
    viewer's own."""
    st.subheader("What it looks like", anchor=False)
    given = inputs.upload(
        f"Your own picture instead of {'the first of the set' if test_set else 'the drawing'}"
    )
    search = inputs.choose_search("whole_face") if given else model_answers.WHOLE
    data, name = (given.getvalue(), given.name) if given else sample_of(test_set)
    with show_errors():
        answers = model_answers.run_models(data, name, models, search)
        faces = Harmed(Cuts(answers.picture.pixels, answers.faces[:1]), distortion)
        shown = faces.of(heat_maps.largest_intake(models))
        with st.container(horizontal=True):
            for label, face in zip(SHOWN, shown, strict=True):
                with st.container(width=PICTURE_SIDE):
                    st.image(
                        portrait.enlarged(face, PICTURE_SIDE), caption=label, alt=f"{name}, {label.lower()}"
                    )
        table = said_frame(faces, models)
        draw_unkept(
            charts.heat_table, table, "confidence", "What each model says, and how sure it is, %", catalogue.styles(),
            ("Percent of certainty for the answer that is named below",), SHOWN, "picture",
        )  # fmt: skip
        st.dataframe(
            said_table(table, SHOWN),
            alt="The emotion that each model names",
        )
        downloads.table("These answers as CSV", table, "distorted_answers.csv")
        if choices.flag(
            "Where the models look", "distorted_maps",
            help="Late heat maps of each model's own answers. The cos429 report saw its network look at what covers a "
            "face, instead of at what is left of it.",
        ):  # fmt: skip
            show_heat_maps(faces, models, name)
    st.caption(
        f"The first face found is used; pictures of at most {CROP_SIDE} pixels are one face. Nothing is stored."
    )


def sample_of(test_set: TestSet | None) -> tuple[bytes, str]:
    """A picture to begin with, and what it is called."""
    if test_set is None:
        return portrait.drawn_sample("happy"), "the drawing"
    return encoded(test_sets.pictures(test_set, [0])[0]), f"the first picture of {test_set.name}"


class Harmed:
    """A face untouched and at every severity of a distortion, in whatever size and colour."""

    def __init__(self, face: Faces, distortion: str) -> None:
        self._face, self._distortion = face, distortion

    def of(self, intake: Intake) -> np.ndarray:
        """uint8 (6, S, S) or (6, S, S, 3), as ``intake`` says."""
        face = self._face.of(intake)
        return np.concatenate([face, *(distort(face, self._distortion, severity) for severity in SEVERITIES)])


def show_heat_maps(faces: Faces, models: list[Variant], name: str) -> None:
    """Where each model looks on the face, untouched and at every severity."""
    overlays = heat_maps.overlays(faces, models, PICTURE_SIDE)
    for variant_id, pictures in overlays.items():
        st.markdown(f"**{variant_id}**")
        with st.container(horizontal=True):
            for label, picture in zip(SHOWN, pictures, strict=True):
                with st.container(width=PICTURE_SIDE):
                    words = f"Heat map of {variant_id}: {name}, {label.lower()}"
                    st.image(picture, caption=label, alt=words, output_format="PNG")
    if overlays:
        heat_maps.show_scale()


def said_table(table: pd.DataFrame, pictures: list[str]) -> pd.DataFrame:
    """The emotions of :func:`said_frame`, a row a model in its order."""
    wide = table.pivot(index="variant", columns="picture", values="emotion")
    return wide.loc[list(dict.fromkeys(table["variant"])), pictures].rename_axis("Model")


def said_frame(faces: Faces, models: list[Variant]) -> pd.DataFrame:
    """Columns ``variant, picture, emotion, confidence`` of each model's first choice."""
    rows = []
    for model in models:
        classifier = catalogue.classifier(model)
        probs = classifier.predict_proba(faces.of(intake_of(classifier)))
        for label, row in zip(SHOWN, probs, strict=True):
            top = int(row.argmax())
            rows.append((model.id, label, EMOTIONS[top], float(row[top])))
    return pd.DataFrame(rows, columns=["variant", "picture", "emotion", "confidence"])


def show_unmeasured(models: list[Variant], tables: dict[str, pd.DataFrame]) -> None:
    """What has not been measured yet, and how it is."""
    waiting = [model for model in models if model.id not in tables and model.can_predict]
    if silent := [model.id for model in models if model.id not in tables and not model.can_predict]:
        st.info(f"Kept without the model file and not measured, so not shown here: {listed(silent)}.")
    if not waiting:
        return
    if is_imported():
        measuring.offer(waiting)
    else:
        names = ", ".join(model.id for model in waiting)
        missing.offer(f"Not measured yet: {names}. Measuring needs the test faces.")


def main() -> None:
    """The page."""
    look.opening("Robustness", "What happens with blur, masks and bad light?")
    with measured.kept_apart() as test_set:
        show(test_set)


def show_fer2013(chosen: list[Variant]) -> dict[str, pd.DataFrame]:
    """The models' tables of FER2013's faces, which are returned, and what has not been measured yet."""
    tables, errors = read_tables(chosen)
    for sentence in errors.values():
        st.error(sentence, icon=":material/error:")
    if not tables and not errors:
        tables = read_tables(others_measured())[0]
        if tables:
            st.caption(
                "None of the chosen models has been measured on distorted faces: here "
                f"{'is' if len(tables) == 1 else 'are'} {listed(list(tables))}."
            )
    if tables:
        show_tables(tables, sidebar.baseline())
    show_unmeasured(chosen, tables)
    return tables


def others_measured() -> list[Variant]:
    """The best of the models that have been measured on distorted faces."""
    known = {each.id: each for each in catalogue.trained_variants() if each.robustness_path is not None}
    return [known[name] for name in catalogue.best_ids(len(catalogue.trained_variants())) if name in known][
        :MOST_OTHERS
    ]


def show(test_set: TestSet | None) -> None:
    """Everything below the title, of a test set or of FER2013."""
    chosen = sidebar.show_chosen(as_carded=test_set is None)
    if not chosen:
        return
    tables = (
        robustness_on_sets.show(test_set, chosen, sidebar.baseline()) if test_set else show_fer2013(chosen)
    )
    distortion = choose_distortion()
    if tables:
        show_curves(tables, distortion)
    able = [model for model in chosen if model.can_predict]
    if able:
        show_pictures(distortion, able, test_set)
    if test_set is None:
        report_distortions.show()
    else:
        st.caption(
            f"The cos429 report's own distortions are measured on {FER2013} alone: choose it under *Measured on* to "
            "see its table beside ours."
        )


entrance.show(main)
