"""The page that shows where models looked: both frameworks, any layer, any emotion, as the link says."""

from __future__ import annotations

import time

import numpy as np
import pytest

from dashboard.pictures import heat_maps
from dashboard.shell import choices
from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, store_dataset
from fer_core.explain.frames import THIRDS, archive, place_frame, third_frame
from fer_core.explain.grad_cam import HeatMaps
from fer_core.explain.layers import Layer
from tests.app_driver import go, open_app, texts
from tests.fixtures_variants import make_variant, use_empty_folders

KERAS, TORCH = "pisa.cnn5_class_weight", "ece176.customnet_10"
CHOSEN = f"{KERAS},{TORCH}"
BEGIN_S = 60


def wake() -> None:
    """Wait until the process that makes heat maps has begun."""
    deadline = time.monotonic() + BEGIN_S
    while not heat_maps.are_at_hand():
        assert time.monotonic() < deadline, "the process did not begin"
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def awake():
    wake()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The shipped variants, and nothing imported."""
    monkeypatch.setenv("FER_HOME", str(tmp_path))
    return tmp_path


def captions(app) -> list[str]:
    """What stands below the pictures of a page."""
    return [image.caption for element in app.get("image") for image in element.proto.imgs]


def maps_of(app, model: str) -> list[str]:
    return [caption for caption in captions(app) if caption.startswith(f"{model} says")]


def test_models_of_both_frameworks_stand_beside_each_other(home):
    app = open_app("Explain", models=CHOSEN, strips="yes")
    assert not app.exception and not app.error
    assert "conv2d_5_1, 6 × 6 places" in maps_of(app, KERAS)[0]
    assert "net.24, 3 × 3 places" in maps_of(app, TORCH)[0]
    assert "what speaks for" in texts(app)


def test_the_page_stands_before_the_process_that_makes_maps_has_begun(home):
    heat_maps._explainer().close()
    app = go(open_app(models=CHOSEN), "Explain", models=CHOSEN, strips="yes")
    assert not app.exception and not app.error
    assert not maps_of(app, KERAS)
    assert "Every place of these maps as CSV" not in [button.label for button in app.get("download_button")]
    assert [f"{name}: the map follows" for name in (KERAS, TORCH)] == captions(app)[1:3]
    assert "The first heat maps take some seconds" in texts(app)
    assert "Over many faces" in [heading.value for heading in app.subheader]
    assert app.toggle(key=choices.widget_key("strips")).value
    wake()
    app.run()
    assert maps_of(app, KERAS) and maps_of(app, TORCH)
    assert "The first heat maps take some seconds" not in texts(app)


def test_the_strip_has_every_layer_and_a_layer_has_every_emotion(home):
    app = open_app("Explain", models=CHOSEN, strips="yes", explained_model=TORCH, layer="net.7")
    assert f"8 convolutional layers of {TORCH}" in texts(app)
    strip = [caption for caption in captions(app) if caption.startswith("net.")]
    assert strip[0] == "net.0, 24 × 24 places" and len(strip) == 8
    assert app.selectbox(key=choices.widget_key("layer")).value == "net.7"
    percents = [caption for caption in captions(app) if caption.endswith("%")]
    assert len(percents) == 7
    assert sum(int(caption.split()[-2]) for caption in percents) == pytest.approx(100, abs=4)


def test_batch_norm_is_folded_or_kept_where_one_follows_an_activation(home):
    link = {"models": CHOSEN, "strips": "yes", "layer": "conv2d_1"}
    key = choices.widget_key("norm")
    app = open_app("Explain", **link, explained_model=KERAS, norm="After it")
    assert not app.exception
    assert app.button_group(key=key).value == "After it"
    app = go(app, "Explain", **link, explained_model=TORCH)
    assert key not in [group.key for group in app.button_group]


def test_the_link_chooses_emotion_depth_and_drawing(home):
    link = {"models": CHOSEN, "target": "sad", "depth": "Early", "explained_drawing": "surprise"}
    app = open_app("Explain", **link)
    assert all("map for" in caption and "sad" in caption for caption in maps_of(app, TORCH))
    assert "net.0, 24 × 24 places" in maps_of(app, TORCH)[0]
    assert "Drawn as surprise" in captions(app)


def test_a_face_of_the_test_set_is_named_with_its_label(home):
    drawn = schematic_dataset(7, 14)
    store_dataset(build_dataset(drawn.splits, "drawn faces"))
    app = open_app("Explain", models=CHOSEN, face="9")
    assert not app.exception and not app.error
    assert app.number_input[0].value == 9
    assert any("labelled" in caption for caption in captions(app))
    app.number_input[0].set_value(10).run()
    assert app.query_params["face"] in ("10", ["10"])


def test_models_without_convolutions_are_named_and_nothing_breaks(tmp_path, monkeypatch):
    _, cards = use_empty_folders(monkeypatch, tmp_path)
    make_variant(cards, "a.linear", seed=1)
    app = open_app("Explain")
    assert "a.linear has no convolutional layer with more than one place" in texts(app)
    assert not app.exception and not app.error


def test_the_picture_page_shows_on_demand_where_the_models_looked(home):
    app = open_app("Try a picture", models=CHOSEN)
    assert not [caption for caption in captions(app) if "places" in caption]
    app.toggle(key=choices.widget_key("heat")).set_value(True).run()
    assert not app.exception
    assert [caption.split(".")[0] for caption in captions(app) if "places" in caption] == ["pisa", "ece176"]


def made_up(height: int, values: list[float]) -> HeatMaps:
    coarse = np.array(values, np.float32).reshape(1, height, -1)
    layer = Layer("conv", height, coarse.shape[2], 4)
    return HeatMaps(layer, np.array([3]), np.full((1, 7), 1 / 7, np.float32), coarse, coarse.max(axis=(1, 2)))


def test_thirds_add_up_to_one_and_an_empty_map_has_none():
    frame = third_frame(
        {"even": made_up(3, [1, 1, 1]), "low": made_up(3, [0, 0, 1]), "none": made_up(2, [0, 0])}
    )
    shares = frame.pivot(index="variant", columns="third", values="share")
    assert shares.loc["even", list(THIRDS)].tolist() == pytest.approx([1 / 3] * 3)
    assert shares.loc["low", "Lower third"] > 0.8
    assert shares.loc[["even", "low"]].sum(axis=1).tolist() == pytest.approx([1, 1])
    assert shares.loc["none"].isna().all()


def test_the_numbers_of_maps_can_be_taken_away(tmp_path):
    maps = {"a.one": [made_up(2, [0.5, 0.25, 1, 0])]}
    frame = place_frame(maps)
    assert frame[["row", "column", "heat"]].to_numpy().tolist() == [
        [0, 0, 0.5],
        [0, 1, 0.25],
        [1, 0, 1],
        [1, 1, 0],
    ]
    assert set(frame["emotion"]) == {"happy"}
    (tmp_path / "maps.npz").write_bytes(archive(maps, np.zeros((1, 48, 48), np.uint8)))
    with np.load(tmp_path / "maps.npz") as arrays:
        assert arrays["a.one/conv/happy"].tolist() == [[[0.5, 0.25], [1, 0]]]
        assert arrays["faces"].shape == (1, 48, 48)


def test_no_page_imports_a_framework():
    sources = [path.read_text() for path in (paths.REPOSITORY / "dashboard").rglob("*.py")]
    assert not any("torch_graph" in source or "GradCam" in source for source in sources)
