"""How fast a model is said to be beside its answers."""

from __future__ import annotations

from dashboard.pictures import speeds
from fer_core.variants.registry import list_variants
from tests.app_driver import open_app
from tests.fixtures_variants import make_variant, use_empty_folders


def test_a_speed_is_the_measured_one_else_the_median_of_many_calls(tmp_path, monkeypatch):
    _, cards = use_empty_folders(monkeypatch, tmp_path)
    make_variant(cards, "a.measured", latency_ms=8.18)
    make_variant(cards, "a.unmeasured")
    models = {model.id: model for model in list_variants()}
    for model in models.values():
        for call_ms in (900.0, 3.0, 1.0, 2.0):
            speeds.remember(model, call_ms)
    assert speeds.of_models(models.values()) == {"a.measured": "8.2 ms a face"}
    speeds.remember(models["a.unmeasured"], 2.5)
    assert speeds.of_models(models.values())["a.unmeasured"] == "2.5 ms a face"


def test_try_a_picture_shows_the_measured_speed_and_no_single_call(tmp_path, monkeypatch):
    _, cards = use_empty_folders(monkeypatch, tmp_path)
    make_variant(cards, "a.measured", latency_ms=1358.0)
    make_variant(cards, "a.unmeasured")
    app = open_app("Try a picture")
    assert not app.exception
    table = str([chart.proto for chart in app.get("vega_lite_chart")])
    assert "1.4 s a face" in table and " ms a face" not in table
