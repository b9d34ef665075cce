"""The app as AppTest drives it: opened by a link, moved from page to page, read as texts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.shell import choices
from fer_core import paths
from tests.fixtures_variants import make_variant

PAGES = {
    "Leaderboard": "pages/leaderboard.py",
    "Compare": "pages/compare.py",
    "Ensembles": "pages/ensembles.py",
    "Try a picture": "pages/try_picture.py",
    "Explain": "pages/explain.py",
    "Live": "pages/live.py",
    "Mistakes": "pages/mistakes.py",
    "Robustness": "pages/robustness.py",
    "Train": "pages/train.py",
    "Reported / reproduced": "pages/reported.py",
    "Data": "pages/data.py",
    "Model card": "pages/model_card.py",
}
APP = str(paths.REPOSITORY / "app.py")
TIMEOUT_S = 60
# Every AppTest looks through all that is installed for components: half of its time, and always the same answer.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def make_five(cards: Path) -> Path:
    """Three trained variants of rising skill, a recipe and a broken folder in ``cards``; returns it."""
    make_variant(cards, "first.good", seed=1, skill=3.0, latency_ms=2.0)
    make_variant(cards, "first.fair", seed=2, skill=2.0, framework="keras", latency_ms=1.0)
    make_variant(cards, "second.poor", seed=3, skill=0.5)
    make_variant(cards, "second.recipe", seed=4, status="recipe-only")
    (cards / "third.broken").mkdir()
    return cards


def open_app(page: str = "Leaderboard", **link: str) -> AppTest:
    """The app as someone sees it who follows a link to one of its pages."""
    app = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
    if page != "Leaderboard":  # the page without a name of its own in the address
        app.switch_page(PAGES[page])
    app.query_params.update(link)
    return app.run()


def go(app: AppTest, page: str, **link: str) -> AppTest:
    """Follow a link to ``page``; without choices in it, as the navigation does."""
    app.switch_page(PAGES[page])
    app.query_params.clear()
    app.query_params.update(link)
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with that label."""
    next(button for button in app.button if button.label == label).click()
    return app.run()


def follow(app: AppTest, label: str) -> AppTest:
    """Follow the page's link to another page, as a browser does."""
    link = next(each.proto for each in app.get("page_link") if each.proto.label == label)
    assert not link.disabled
    file = next(file for file in PAGES.values() if Path(file).stem == (link.page or "leaderboard"))
    app.switch_page(file)
    app.query_params.clear()
    app.query_params.update(dict(parse_qsl(link.query_string, keep_blank_values=True)))
    return app.run()


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.error, app.warning, app.title)
    return "\n".join(element.value for kind in kinds for element in kind)


def in_link(app: AppTest, name: str) -> str | None:
    """What the browser's address bar would say; AppTest holds a text or a list of them."""
    value = app.query_params.get(name)
    return value[-1] if isinstance(value, list) else value


def models(app: AppTest):
    return app.multiselect(key=choices.widget_key("models"))
