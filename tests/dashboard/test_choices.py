"""What a viewer chose survives a change of page, and a link brings it back."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shell import choices, sidebar
from tests.app_driver import PAGES, go, in_link, models, open_app
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


def test_the_best_three_are_chosen_at_first_and_stand_in_the_link(five):
    app = open_app()
    assert models(app).value == ["first.good", "first.fair", "second.poor"]
    assert in_link(app, "models") == "first.good,first.fair,second.poor"


def test_the_choice_of_models_and_baseline_survives_a_change_of_page(five):
    app = open_app()
    models(app).set_value(["second.poor", "first.fair"]).run()
    app.selectbox(key=choices.widget_key("baseline")).set_value("first.fair").run()
    for page in PAGES:
        go(app, page)
        assert models(app).value == ["second.poor", "first.fair"], page
        assert in_link(app, "models") == "second.poor,first.fair", page
        assert in_link(app, "baseline") == "first.fair", page


def test_a_pages_own_choice_is_remembered_when_the_viewer_comes_back(five):
    app = go(open_app(), "Compare")
    app.button_group(key=choices.widget_key("measure")).set_value("Recall").run()
    assert in_link(app, "measure") == "Recall"
    go(app, "Model card")
    assert in_link(app, "measure") is None
    go(app, "Compare")
    assert in_link(app, "measure") == "Recall"


def test_a_link_reproduces_the_view(five):
    app = open_app(
        models="first.fair,second.poor",
        baseline="second.poor",
        sort="Log loss",
        family="second",
        recipes="yes",
    )
    assert models(app).value == ["first.fair", "second.poor"]
    assert app.selectbox(key=choices.widget_key("sort")).value == "Log loss"
    rows = app.dataframe[0].value
    assert rows["id"].tolist() == ["second.poor", "second.recipe"]


def test_a_link_to_a_recipe_says_that_it_is_one_and_not_that_there_is_none(five):
    app = open_app(models="second.recipe,first.fair,third.broken")
    assert models(app).value == ["first.fair"]
    said = [warning.value for warning in app.warning]
    assert any(each.startswith("second.recipe is a recipe that has not been trained here") for each in said)
    assert any(each.startswith("third.broken can't be read") for each in said)
    assert not any("There is no variant" in each for each in said)


def test_a_link_to_a_model_that_is_not_here_names_the_near_ones(five):
    app = open_app(models="first.goot,first.fair")
    assert models(app).value == ["first.fair"]
    assert "first.goot" in app.warning[0].value
    assert "did you mean first.good" in app.warning[0].value


def test_a_link_to_more_models_than_can_be_compared_chooses_the_first_and_names_the_others(five):
    names = [f"many.v{number:02}" for number in range(sidebar.MOST + 2)]
    for seed, name in enumerate(names):
        make_variant(five, name, seed=seed)
    app = open_app(models=",".join(names))
    assert not app.exception
    assert models(app).value == names[: sidebar.MOST]
    assert f"without {names[-2]} and {names[-1]}" in app.warning[0].value


def test_a_link_with_a_nonsense_option_falls_back_to_the_default(five):
    app = open_app(sort="Beauty", size="huge", to_end="perhaps")
    assert not app.exception
    assert app.selectbox(key=choices.widget_key("sort")).value == "Right of 100"


def test_a_choice_in_the_link_waits_for_a_widget_that_comes_later(five):
    app = go(open_app(models=""), "Try a picture", crops="yes")
    assert in_link(app, "crops") == "yes"
    models(app).set_value(["first.good"]).run()
    assert app.toggle(key=choices.widget_key("crops")).value
    app.toggle(key=choices.widget_key("crops")).set_value(False).run()
    assert in_link(app, "crops") is None


def one_page_while_the_one_before_it_ends():
    """A page in whose midst the run of the page before it, in a thread of its own, comes to its end."""
    import threading

    import streamlit as st
    from streamlit.runtime.scriptrunner import add_script_run_ctx

    from dashboard.shell import choices

    begun, ended = threading.Event(), threading.Event()

    def earlier_page():
        with choices.kept_in_link("Earlier"):
            begun.set()
            ended.wait(10)

    earlier = threading.Thread(target=earlier_page)
    add_script_run_ctx(earlier)
    earlier.start()
    begun.wait(10)
    with choices.kept_in_link("Later"):
        ended.set()
        earlier.join()
        st.write("kept" if choices.are_kept() else "lost")


def test_a_page_that_was_left_does_not_end_the_run_of_the_next_one():
    app = AppTest.from_function(one_page_while_the_one_before_it_ends).run()
    assert not app.exception
    assert app.markdown[0].value == "kept"


def test_a_run_that_is_broken_off_leaves_the_link_as_it_was():
    def page() -> None:
        import streamlit as st

        from dashboard.shell import choices

        try:
            with choices.kept_in_link("Page"):
                if st.session_state.pop("break off", False):
                    st.rerun()
                choices.flag("Crops", "crops")
        finally:
            st.session_state.setdefault("links", []).append(st.query_params.to_dict())

    app = AppTest.from_function(page)
    app.query_params["crops"] = "yes"
    app.run()
    app.session_state["break off"] = True
    app.run()
    assert app.session_state["links"] == [{"crops": "yes"}] * 3
    assert app.toggle[0].value


@pytest.mark.parametrize(
    ("behind_s", "measure"), [(60, "Recall"), (0, "Precision")], ids=["a browser behind", "gone back"]
)
def test_an_earlier_link_is_followed_when_the_viewer_went_back_and_not_when_the_browser_is_behind(
    five, monkeypatch, behind_s, measure
):
    monkeypatch.setattr(choices, "BEHIND_S", behind_s)
    app = go(open_app(), "Compare", measure="Precision")
    earlier = {name: in_link(app, name) for name in ("models", "measure")}
    app.button_group(key=choices.widget_key("measure")).set_value("Recall").run()
    app.query_params.clear()
    app.query_params.update(earlier)
    app.run()
    assert app.button_group(key=choices.widget_key("measure")).value == measure
    assert in_link(app, "measure") == measure


def test_what_a_button_chooses_stands_however_far_behind_the_browser_is(five, monkeypatch):
    """As where the button stands on a slow server's page, whose link was written after the browser's last look."""
    monkeypatch.setattr(choices, "BEHIND_S", 0)

    def page() -> None:
        import streamlit as st

        from dashboard.shell import choices

        with choices.kept_in_link("Page"):
            st.button("Both", on_click=choices.set_choice, args=("models", ["a", "b"]))
            choices.many(st.multiselect, "Models", "models", ["a", "b", "c"], ["c"], always_in_link=True)
            choices.flag("Crops", "crops")

    app = AppTest.from_function(page).run()
    earlier = app.query_params.copy()
    app.toggle[0].set_value(True).run()
    app.query_params.clear()
    app.query_params.update(earlier)
    app.button[0].click().run()
    assert app.multiselect[0].value == ["a", "b"]
    assert app.toggle[0].value
    assert in_link(app, "models") == "a,b"


def test_what_a_button_chooses_stands_where_another_request_brings_the_old_value_once_more(five):
    """As a timer's may, that the browser sent before it saw the new one."""

    def page() -> None:
        import streamlit as st

        from dashboard.shell import choices

        clicked = st.button("Both", on_click=choices.set_choice, args=("models", ["a", "b"]))
        if clicked:
            st.session_state[choices.widget_key("models")] = ["c"]
        with choices.kept_in_link("Page"):
            choices.many(st.multiselect, "Models", "models", ["a", "b", "c"], ["c"], always_in_link=True)

    app = AppTest.from_function(page).run()
    app.button[0].click().run()
    assert app.multiselect[0].value == ["a", "b"]
    app.multiselect[0].set_value(["c"]).run()
    assert app.multiselect[0].value == ["c"]
    assert in_link(app, "models") == "c"
