"""What happens with blur, masks and bad light?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.compare import measuring
from dashboard.pictures import answering, heat_maps, inputs, portrait
from dashboard.reads import catalogue
from dashboard.shell import (
    choices,
    downloads,
    entrance,
    look,
    missing,
    sidebar,
)
from dashboard.shell.charts import draw, draw_unkept
from dashboard.shell.messages import show_errors
from fer_core import charts
from fer_core.comparison.robustness import (
    distortion_frame,
    read_tables,
    severity_frame,
    summary_frame,
    titles,
)
from fer_core.data.distortions import SEVERITIES, SUITE, distort
from fer_core.data.store import is_imported
from fer_core.emotions import EMOTIONS
from fer_core.faces.finders import CROP_SIDE
from fer_core.formats import nats, of_100, signed
from fer_core.literature.distorted import distorted_frame
from fer_core.variants.registry import Variant

PICTURE_SIDE = 130


def choose_distortion() -> str:
    """One of the suite, by its title."""
    names = {distortion.title: name for name, distortion in SUITE.items()}
    return names[
        choices.one(st.selectbox, "Distortion", "distortion", list(names), next(iter(names)), width=280)
    ]


def show_answer(table: pd.DataFrame) -> None:
    """Which of the chosen models stands up best."""
    first = table.iloc[0]
    sentence = (
        f"**{first['variant']}** stands up best: over all distortions right on **{of_100(first['mean'], 0)} of 100 "
        f"faces**, {of_100(first['kept'], 0)} % of the {of_100(first['clean'], 0)} it names rightly when nothing is "
        "in the way."
    )
    with look.answer():
        st.markdown(sentence)


def show_tables(tables: dict[str, pd.DataFrame], baseline: Variant | None) -> None:
    """Means by distortion, and one line a model."""
    table = summary_frame(tables, baseline.id if baseline else None)
    show_answer(table)
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
            "Mean corruption error": [of_100(value) for value in table["mce"]],
        }
    )
    st.dataframe(shown, hide_index=True, height="content", alt="How firmly each model stands")
    st.caption(
        "Of 100 faces. Mean corruption error: errors as a share of the baseline's, averaged over the distortions "
        "(Hendrycks and Dietterich 2019); below 100 is better than the baseline, chosen in the sidebar."
    )
    downloads.table("These figures as CSV", pd.concat(
        [values.assign(variant=name) for name, values in tables.items()], ignore_index=True
    ), "robustness.csv")  # fmt: skip


def show_curves(tables: dict[str, pd.DataFrame], distortion: str) -> None:
    """One distortion, more and more of it."""
    kind = SUITE[distortion]
    frame = severity_frame(tables, distortion)
    draw(charts.severity_chart, frame, f"{kind.title}: accuracy by severity", kind.unit, catalogue.styles())


def show_pictures(distortion: str, models: list[Variant]) -> None:
    """What the distortion does to a face, and what the models then say: a drawing, or the viewer's own."""
    st.subheader("What it looks like", anchor=False)
    given = inputs.upload("Your own picture instead of the drawing")
    search = inputs.choose_search("whole_face") if given else answering.WHOLE
    data, name = (given.getvalue(), given.name) if given else (portrait.drawn_sample("happy"), "the drawing")
    with show_errors():
        answers = answering.run_models(data, name, models, search)
        crop = answers.faces[0].crop
        faces = {"Untouched": crop} | {
            f"Severity {severity}": distort(crop[None], distortion, severity)[0] for severity in SEVERITIES
        }
        with st.container(horizontal=True):
            for label, face in faces.items():
                with st.container(width=PICTURE_SIDE):
                    st.image(
                        portrait.enlarged(face, PICTURE_SIDE), caption=label, alt=f"{name}, {label.lower()}"
                    )
        table = said_frame(faces, models)
        draw_unkept(
            charts.heat_table, table, "confidence", "What each model says, and how sure it is, %", catalogue.styles(),
            ("Percent of certainty for the answer that is named below",), list(faces), "picture",
        )  # fmt: skip
        st.dataframe(
            said_table(table, list(faces)),
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


def show_heat_maps(faces: dict, models: list[Variant], name: str) -> None:
    """Where each model looks on the face, untouched and at every severity."""
    overlays = heat_maps.overlays(np.stack(list(faces.values())), models, PICTURE_SIDE)
    for variant_id, pictures in overlays.items():
        st.markdown(f"**{variant_id}**")
        with st.container(horizontal=True):
            for label, picture in zip(faces, pictures, strict=True):
                with st.container(width=PICTURE_SIDE):
                    words = f"Heat map of {variant_id}: {name}, {label.lower()}"
                    st.image(picture, caption=label, alt=words, output_format="PNG")
    if overlays:
        heat_maps.show_scale()


def said_table(table: pd.DataFrame, pictures: list[str]) -> pd.DataFrame:
    """The emotions of :func:`said_frame`, a row a model in its order."""
    wide = table.pivot(index="variant", columns="picture", values="emotion")
    return wide.loc[list(dict.fromkeys(table["variant"])), pictures].rename_axis("Model")


def said_frame(faces: dict, models: list[Variant]) -> pd.DataFrame:
    """Columns ``variant, picture, emotion, confidence`` of each model's first choice."""
    crops = np.stack(list(faces.values()))
    rows = []
    for model in models:
        probs = catalogue.classifier(model).predict_proba(crops)
        for label, row in zip(faces, probs, strict=True):
            top = int(row.argmax())
            rows.append((model.id, label, EMOTIONS[top], float(row[top])))
    return pd.DataFrame(rows, columns=["variant", "picture", "emotion", "confidence"])


def show_report() -> None:
    """The cos429 report's table, ours beside it."""
    with st.expander("As the cos429 report measured it: reported beside ours"):
        st.caption(
            "Its five distortions, each on a fifth of the test faces (about 718, so each figure is good to four "
            "points). The report prints no strength for speckle; ours has a standard deviation of the pixel itself."
        )
        frame = distorted_frame(catalogue.variants())
        shown = pd.DataFrame(
            {
                "Model": frame["variant"],
                "Trained": frame["training"].fillna("not yet"),
                "Distortion": frame["distortion"],
                "Reported": [of_100(value) for value in frame["reported"]],
                "Ours": [of_100(value) for value in frame["accuracy"]],
                "Ours − reported": [signed(100 * value) for value in frame["difference"]],
                "Reported loss": [nats(value) for value in frame["reported_loss"]],
                "Our loss": [nats(value) for value in frame["loss"]],
            }
        )
        st.dataframe(shown, hide_index=True, alt="The report's distortions, reported and ours")
        downloads.table("This table as CSV", frame, "cos429_distortions.csv")


def show_unmeasured(models: list[Variant], tables: dict[str, pd.DataFrame]) -> None:
    """What has not been measured yet, and how it is."""
    waiting = [model for model in models if model.id not in tables and model.can_predict]
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
    chosen = sidebar.show_chosen()
    if not chosen:
        return
    tables, errors = read_tables(chosen)
    for sentence in errors.values():
        st.error(sentence, icon=":material/error:")
    if tables:
        show_tables(tables, sidebar.baseline())
    show_unmeasured(chosen, tables)
    distortion = choose_distortion()
    if tables:
        show_curves(tables, distortion)
    able = [model for model in chosen if model.can_predict]
    if able:
        show_pictures(distortion, able)
    show_report()


entrance.show(main)
