"""Pages lead on by links, which carry what is chosen for the next page."""

from __future__ import annotations

import pytest

from dashboard.shell import choices, sidebar
from fer_core import paths
from tests.app_driver import follow, go, models, open_app
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


def test_the_card_leads_to_the_comparison_with_its_model_first_and_the_others_kept(five):
    app = open_app("Model card", variant="second.poor", models="first.good", baseline="first.good")
    follow(app, "Compare it")
    assert [title.value for title in app.title] == ["Compare"]
    assert models(app).value == ["second.poor", "first.good"]
    assert app.selectbox(key=choices.widget_key("baseline")).value == "first.good"


def test_a_link_to_a_comparison_has_no_more_models_than_a_chart_can_distinguish(cards):
    for index in range(sidebar.MOST + 2):
        make_variant(cards, f"net.number{index}", seed=index)
    every = ",".join(f"net.number{index}" for index in range(sidebar.MOST))
    app = open_app("Model card", variant=f"net.number{sidebar.MOST}", models=every)
    follow(app, "Compare it")
    assert len(models(app).value) == sidebar.MOST
    assert models(app).value[0] == f"net.number{sidebar.MOST}"
    assert not app.warning


def test_the_faces_behind_the_cells_are_those_of_the_models_compared(five):
    app = go(open_app(models="second.poor"), "Compare")
    follow(app, "See the faces behind the cells")
    assert [title.value for title in app.title] == ["Mistakes"]
    assert models(app).value == ["second.poor"]


def test_what_needs_ticked_rows_leads_nowhere_without(five):
    links = {each.proto.label: each.proto for each in open_app().get("page_link")}
    for label in ("Compare ticked rows", "Open the model card"):
        assert links[label].disabled
        assert not links[label].query_string


@pytest.mark.parametrize(
    "file",
    [*sorted(paths.REPOSITORY.glob("pages/*.py")), *sorted(paths.REPOSITORY.glob("dashboard/**/*.py"))],
    ids=lambda file: str(file.relative_to(paths.REPOSITORY)),
)
def test_no_page_is_switched_by_the_server_since_a_timer_of_the_old_one_could_empty_the_new_one(file):
    assert "st.switch_page(" not in file.read_text()
