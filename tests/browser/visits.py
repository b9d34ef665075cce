"""Pages visited by their links, and when a page has been drawn to its end."""

from __future__ import annotations

from playwright.sync_api import expect

PAGES = {
    "Leaderboard": "",
    "Compare": "compare",
    "Ensembles": "ensembles",
    "Try a picture": "try_picture",
    "Explain": "explain",
    "Live": "live",
    "Mistakes": "mistakes",
    "Robustness": "robustness",
    "Reported / reproduced": "reported",
    "Train": "train",
    "Data": "data",
    "Model card": "model_card",
}

MODELS = ("demo.good", "demo.fair")
CHOSEN = f"models={MODELS[0]},{MODELS[1]}"
WAIT_MS = 30_000
MAIN = "document.querySelector('[data-testid=stMain]')"
FITS = f"() => {MAIN}.scrollWidth <= {MAIN}.clientWidth"
expect.set_options(timeout=WAIT_MS)


def visit(page, address: str, name: str, link: str = CHOSEN) -> None:
    """Follow a link and wait until the page has been run to its end."""
    page.goto(f"{address}/{PAGES[name]}?{link}")
    finished(page, name)


def finished(page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def chips(page) -> list[str]:
    """The models named at the top of a page."""
    expect(page.locator(".fo-chip").first).to_be_visible()
    return [chip.strip() for chip in page.locator(".fo-chip > span").all_inner_texts()]
