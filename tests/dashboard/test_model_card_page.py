"""The page Model card, for trained, planned and broken variants."""

from __future__ import annotations

import pytest

from dashboard.shell import choices
from tests.app_driver import in_link, open_app, texts
from tests.fixtures_variants import make_variant

pytestmark = pytest.mark.usefixtures("no_browser")


@pytest.mark.parametrize(
    ("variant", "said"),
    [("first.good", "Intended use"), ("second.recipe", "A recipe only"), ("third.broken", "no README.md")],
)
def test_the_model_card_shows_trained_recipe_and_broken_variants(five, variant, said):
    app = open_app("Model card")
    app.selectbox(key=choices.widget_key("variant")).set_value(variant).run()
    assert not app.exception
    assert said in texts(app)
    assert in_link(app, "variant") == variant


def test_the_model_card_tells_what_other_seeds_made_of_the_recipe(cards):
    for seed in (1, 2, 3):
        recipe = {"architecture": {"name": "customnet"}, "seed": seed}
        make_variant(cards, f"a.net_seed_{seed}", seed=seed, recipe=recipe)
    app = open_app("Model card", variant="a.net_seed_2")
    assert not app.exception
    assert "One of **3 runs** of this recipe" in texts(app)


def test_without_a_chosen_model_the_card_of_the_best_is_shown(five):
    app = open_app("Model card", models="")
    assert not app.exception
    assert app.selectbox(key=choices.widget_key("variant")).value == "first.good"


def test_a_recipes_terms_speak_of_no_model_file(five):
    said = texts(open_app("Model card", variant="second.recipe"))
    assert "The recipe and its card are under the MIT licence." in said
    assert "The model file" not in said
