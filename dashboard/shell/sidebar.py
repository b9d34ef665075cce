"""The models chosen for every page, and the baseline they are held against."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.reads import catalogue
from dashboard.shell import choices
from dashboard.shell.chips import chips
from fer_core.errors import UnknownVariantError
from fer_core.formats import listed
from fer_core.variants import tested_on
from fer_core.variants.facts import Status
from fer_core.variants.length import SHORT_MARK
from fer_core.variants.registry import Variant

MODELS, BASELINE = "models", "baseline"
CHOSEN_AT_FIRST = 3
#: More lines than this in one chart can't be distinguished.
MOST = 12


def draw() -> None:
    """The two choices, in the sidebar. Without a trained variant there is nothing to choose."""
    labels = _labels()
    ids = list(labels)
    with st.sidebar:
        if not ids:
            st.caption("No model has been trained yet.")
            return
        choices.many(
            st.multiselect,
            "Models to compare",
            MODELS,
            ids,
            catalogue.best_ids(CHOSEN_AT_FIRST),
            always_in_link=True,
            max_selections=MOST,
            placeholder="Choose models",
            format_func=labels.get,
            help=f"Shared by all pages, and kept in the link of the page. {SHORT_MARK} Not trained to its end: longer "
            "training may improve it.",
        )
        choices.one(
            st.selectbox,
            "Baseline",
            BASELINE,
            ids,
            None,
            index=None,
            placeholder="None",
            format_func=labels.get,
            help="Every other model is shown by how much better or worse it is than this one.",
        )
        for model in chosen():
            if faces := _apart(model):
                st.caption(f"{model.id}: its own figures are {faces}.")
        _name_unknown(ids)


def chosen() -> list[Variant]:
    """The trained variants that are chosen, in the order they were chosen."""
    known = {variant.id: variant for variant in catalogue.trained_variants()}
    return [known[name] for name in choices.recall(MODELS) or [] if name in known]


def baseline() -> Variant | None:
    """The variant that others are held against, or None."""
    name = choices.recall(BASELINE)
    return next((variant for variant in catalogue.trained_variants() if variant.id == name), None)


def show_chosen(notes: dict[str, str] | None = None, *, as_carded: bool = True) -> list[Variant]:
    """The chosen models as a key to their colours; if none is, a way to choose. Returns them.

    ``as_carded``: the page shows the figures of their cards, so it is said where these are of different faces.
    """
    models = chosen()
    held_against = baseline()
    if models:
        words = notes or {}
        mine = {
            variant.id: words.get(variant.id)
            or ("baseline" if held_against and variant.id == held_against.id else "")
            for variant in models
        }
        show_chips(models, mine, as_carded=as_carded)
        return models
    if not catalogue.trained_variants():
        no_variants()
        return []
    st.info(
        "No model is chosen. Choose some in the sidebar (» at the top of a small screen), or begin with the best."
    )
    st.button(
        f"Choose the best {min(CHOSEN_AT_FIRST, len(catalogue.trained_variants()))}",
        on_click=lambda: choices.set_choice(MODELS, catalogue.best_ids(CHOSEN_AT_FIRST)),
        type="primary",
    )
    return []


def show_chips(models: list[Variant], notes: Mapping[str, str | None], *, as_carded: bool = True) -> None:
    """A pill for each model: what ``notes`` say of it, and how far it was trained.

    Below them, one sentence where the figures of their cards are not of the same faces, or not of FER2013's.
    """
    lengths = {model.id: model.training_length for model in models}
    words = {
        model.id: (
            notes.get(model.id),
            lengths[model.id] and lengths[model.id].text,
            as_carded and _apart(model),
        )
        for model in models
    }
    captions = {name: " · ".join(filter(None, said)) for name, said in words.items()}
    short = [name for name, length in lengths.items() if length and length.whole is False]
    st.html(chips(catalogue.styles(), captions, short))
    if as_carded and (said := tested_on.warning(models)):
        st.markdown(f":material/warning: {said}")


def _apart(model: Variant) -> str:
    """On which faces it was measured, where these are not FER2013's."""
    return "" if tested_on.is_of_fer2013(model) else f"on {tested_on.faces_of(model)}"


def no_variants() -> None:
    """What a page says where nothing has been trained."""
    st.info(
        "No trained model is here yet. Train one with `python -m fer_core train RECIPE`, or copy a variant's "
        "folder into `model_cards/`; it appears at the next visit."
    )


def _labels() -> dict[str, str]:
    """What the trained variants are called where one chooses among them."""
    lengths = {variant.id: variant.training_length for variant in catalogue.trained_variants()}
    return {
        name: f"{name} {SHORT_MARK}" if length and length.whole is False else name
        for name, length in lengths.items()
    }


def _name_unknown(ids: list[str]) -> None:
    """Say which models of a followed link are not here, or are too many."""
    linked = list(dict.fromkeys((choices.in_link(MODELS) or "").split(",")))
    others = {
        each.id: f"{each.id} is a recipe that has not been trained here, so it can't be compared; Model card has it."
        if each.status == Status.RECIPE_ONLY
        else f"{each.id} can't be read, so it can't be compared; Model card says why."
        for each in catalogue.variants()
        if each.id not in ids
    }
    for name in dict.fromkeys([*linked, choices.in_link(BASELINE) or ""]):
        if name in others:
            st.warning(f"{others[name]} The link asked for it.")
        elif name and name not in ids:
            st.warning(f"{UnknownVariantError(name, ids)} The link asked for it.")
    left_out = [name for name in linked if name in ids][MOST:]
    if left_out:
        st.warning(
            f"The link asked for more models than the {MOST} that can be compared; without {listed(left_out)}."
        )
