"""Heat maps of many faces: boxes, sums, the file beside the card, the measurement, the page and the command."""

from __future__ import annotations

import shutil
import zipfile

import numpy as np
import onnx
import pytest

from fer_core import paths
from fer_core.__main__ import main
from fer_core.comparison.heat import (
    AREA,
    alike_frame,
    blocks_of,
    measure_heat,
    read_heat_of,
    read_heats,
    region_frame,
    shown_frame,
)
from fer_core.curation.measuring import HEAT_MAPS, current_measurement, start_measurement
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import build_dataset, store_dataset
from fer_core.emotions import EMOTIONS
from fer_core.errors import CardError, ExplanationError, RunStoppedError, TaskError
from fer_core.evaluation.heat import (
    LEAST,
    MOST,
    Heat,
    chosen_faces,
    read_heat,
    summed_up,
    write_heat,
)
from fer_core.evaluation.predictions import read_predictions, write_predictions
from fer_core.evaluation.regions import NAMES, REGIONS, areas, contrast, masks, shares
from fer_core.explain.layers import Layer
from fer_core.test_sets.adding import add_set
from fer_core.test_sets.answering import ask_variants
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant
from fer_core.variants.test_splits import predict_splits
from tests.app_driver import open_app, texts
from tests.fixtures_variants import make_model, make_predictions, make_variant, use_empty_folders
from tests.labelled_pictures import class_folders
from tests.written_files import write_folder

MOUTH, HAPPY = NAMES.index("mouth"), EMOTIONS.index("happy")
GROUPS = 14
END_S = 60


def test_every_pixel_lies_in_one_part_and_a_map_without_preference_favours_none():
    assert masks().sum(axis=0).tolist() == np.ones((48, 48)).tolist()
    assert areas().sum() == pytest.approx(1)
    even = shares(np.full((2, 48, 48), 0.3))
    assert even == pytest.approx(np.stack([areas()] * 2))
    for part in REGIONS:
        assert even @ contrast([part]) == pytest.approx(0)
    assert contrast(["mouth", "nose"])[-1] == 0


def in_the_mouth(faces, rng):
    """Maps (N, 48, 48) whose heat lies in the mouth's box, at random places of it."""
    return (rng.random((faces, 48, 48)) * masks()[MOUTH]).astype(np.float32)


def test_maps_are_summed_up_by_group_and_empty_ones_do_not_count():
    rng = np.random.default_rng(1)
    maps = np.concatenate(
        [in_the_mouth(40, rng), rng.random((20, 48, 48), np.float32), np.zeros((5, 48, 48))]
    )
    group = np.array([HAPPY] * 40 + [7 + HAPPY] * 25)
    found = summed_up("conv", maps.astype(np.float32), group, (6, 6))
    assert found.n[:, HAPPY].tolist() == [40, 20]
    assert found.shares[0, HAPPY, MOUTH] == pytest.approx(1)
    assert found.shares[1, HAPPY] == pytest.approx(shares(maps[40:60]).mean(axis=0))
    assert found.mean[0, HAPPY] == pytest.approx(maps[:40].mean(axis=0))
    assert found.covariance[1, HAPPY] == pytest.approx(np.cov(shares(maps[40:60]), rowvar=False))
    assert np.isnan(found.shares[0, 0]).all()


def test_maps_that_are_all_the_same_correlate_by_one_and_unlike_ones_by_nothing():
    rng = np.random.default_rng(2)
    same = np.repeat(rng.random((1, 6, 6), np.float32), LEAST, axis=0)
    assert summed_up("conv", same, np.zeros(LEAST, int), (6, 6)).alike == pytest.approx(1)
    unlike = summed_up("conv", rng.random((200, 24, 24), np.float32), np.zeros(200, int), (3, 3))
    assert unlike.alike == pytest.approx(0, abs=4 * unlike.alike_error + 1e-3)
    maps = rng.random((LEAST, 12, 12), np.float32) + np.linspace(0, 1, 12, dtype=np.float32)
    pairs = np.corrcoef(np.stack([each.ravel() for each in maps]))[np.triu_indices(LEAST, 1)]
    for fine in (maps, np.repeat(np.repeat(maps, 4, 1), 4, 2)):
        found = summed_up("conv", fine, np.zeros(LEAST, int), (12, 12))
        assert found.alike == pytest.approx(pairs.mean(), abs=1e-4)
    assert np.isnan(summed_up("conv", maps[1:], np.zeros(LEAST - 1, int), (12, 12)).alike)


def test_at_most_three_hundred_faces_of_each_kind_are_looked_at_and_always_the_same():
    answers = make_predictions(3000, 1, 2.0).of("PrivateTest")
    rows, group = chosen_faces(answers)
    assert np.bincount(group, minlength=GROUPS).max() == MOST
    right = answers.predicted[rows] == answers.label[rows]
    assert (group == answers.predicted[rows] + np.where(right, 0, 7)).all()
    assert (np.diff(rows) > 0).all()
    assert (chosen_faces(answers)[0] == rows).all()


def heat_of(faces=LEAST, blocks=3):
    """Maps of ``faces`` happy faces, in the mouth; the later the block, the more alike."""
    rng = np.random.default_rng(5)
    made = []
    for at in range(blocks):
        maps = in_the_mouth(faces, rng) if at == blocks - 1 else rng.random((faces, 48, 48), np.float32)
        made.append(summed_up(f"conv{at}", maps, np.full(faces, HAPPY), (12, 12)))
    return Heat(np.bincount([HAPPY] * faces, minlength=GROUPS).reshape(2, 7), tuple(made))


def test_what_is_written_is_read_again(tmp_path):
    heat = heat_of()
    write_heat(tmp_path / paths.HEAT_MAPS, heat)
    again = read_heat(tmp_path / paths.HEAT_MAPS)
    assert again.faces.tolist() == heat.faces.tolist()
    for block, expected in zip(again.blocks, heat.blocks, strict=True):
        assert block.layer == expected.layer
        assert block.mean == pytest.approx(expected.mean, abs=1e-3)
        assert block.shares == pytest.approx(expected.shares, abs=1e-6, nan_ok=True)
        assert (block.alike, block.alike_error) == (expected.alike, expected.alike_error)


def test_a_file_that_is_none_or_says_what_cannot_be_is_named(tmp_path):
    path = tmp_path / "a.one" / paths.HEAT_MAPS
    write_heat(path, heat_of())
    whole = path.read_bytes()
    with np.load(path) as arrays:
        given = dict(arrays)
    odd = [b"", b"nonsense", whole[: len(whole) // 2]]
    changes = [{"n0": given["n0"] + 999}, {"faces": given["faces"][0]}, {"layers": np.array([], str)},
               {"mean1": given["mean1"] * np.nan}, {"layers": np.array([None])}]  # fmt: skip
    for change in changes:
        np.savez(path, **(given | change))
        odd.append(path.read_bytes())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("faces.npy", bytes(50_000_000))
    odd.append(path.read_bytes())
    for data in odd:
        path.write_bytes(data)
        with pytest.raises(CardError, match=r"a\.one/heat_maps\.npz .*measure"):
            read_heat(path)


def test_maps_of_another_model_file_are_not_those_of_this_one(tmp_path):
    folder = make_variant(tmp_path, "a.one", seed=1)
    write_heat(folder / paths.HEAT_MAPS, heat_of())
    assert read_heat(folder / paths.HEAT_MAPS).blocks
    shutil.copy(make_variant(tmp_path, "a.two", seed=2) / paths.MODEL, folder / paths.MODEL)
    with pytest.raises(CardError, match=r"a\.one/heat_maps\.npz was made of another model file"):
        read_heat(folder / paths.HEAT_MAPS)
    (folder / paths.MODEL).unlink()
    assert read_heat(folder / paths.HEAT_MAPS).blocks


def test_the_ends_of_blocks_are_the_last_layers_of_each_size():
    layers = [Layer("a", 48, 48, 8), Layer("b", 48, 48, 8), Layer("c", 24, 24, 8), Layer("d", 12, 12, 8)]
    assert [layer.name for layer in blocks_of(layers)] == ["b", "c", "d"]


def test_of_few_faces_no_share_is_shown():
    frame = shown_frame(heat_of(LEAST - 1), 2, "right")
    assert frame.loc[frame["emotion"] != AREA, "share"].isna().all()
    assert f"n = {LEAST - 1}: too few" in set(frame["note"])
    assert (
        shown_frame(heat_of(), 2, "right").set_index(["emotion", "region"]).loc[("happy", "mouth"), "share"]
        == 1
    )


@pytest.fixture
def measurable(tmp_path, monkeypatch):
    """A network with convolutions whose stored answers are those to the imported, drawn faces."""
    model = paths.SHIPPED_CARDS / "ece176.customnet_10" / paths.MODEL
    cards = use_empty_folders(monkeypatch, tmp_path)[1]
    dataset = build_dataset(schematic_dataset(14, 70).splits, "drawn faces")
    store_dataset(dataset)
    folder = make_variant(cards, "a.net", seed=1)
    shutil.copy(model, folder / paths.MODEL)
    write_predictions(folder / paths.PREDICTIONS, predict_splits(load_classifier("a.net"), dataset))
    return get_variant("a.net")


def test_measuring_tells_how_far_it_is_writes_the_file_and_can_be_stopped(measurable):
    stages = []
    with pytest.raises(RunStoppedError, match="nothing of it was written"):
        measure_heat([measurable], stages.append, lambda: len(stages) > 1)
    assert get_variant("a.net").heat_maps_path is None
    assert measure_heat([measurable], stages.append) == ["a.net"]
    assert stages[-1].fraction == 1
    (heat,) = read_heats([get_variant("a.net")])[0].values()
    answers = read_predictions(measurable.predictions_path).of("PrivateTest")
    right = np.bincount(answers.label[answers.predicted == answers.label], minlength=7)
    assert heat.faces[0].tolist() == right.tolist()
    assert heat.faces.sum() == len(answers)
    assert alike_frame(heat)["places"].tolist() == ["24 × 24", "12 × 12", "6 × 6", "3 × 3"]
    sums = region_frame(heat).groupby(["block", "emotion", "answer"])["share"].sum(min_count=1).dropna()
    assert sums.to_numpy() == pytest.approx(1)


def test_what_cannot_be_measured_is_said_in_a_sentence(measurable, capsys):
    make_variant(paths.local_cards(), "b.linear", seed=2)
    with pytest.raises(CardError, match=r"b\.linear was evaluated on other faces"):
        measure_heat([get_variant("b.linear")])
    shutil.copy(measurable.predictions_path, paths.local_cards() / "b.linear" / paths.PREDICTIONS)
    with pytest.raises(ExplanationError, match="no convolutional layer"):
        measure_heat([get_variant("b.linear")])
    assert main(["heatmaps", "b.linear"]) == 1
    assert "no convolutional layer" in capsys.readouterr().err


def test_the_command_prints_where_the_heat_lies(measurable, capsys):
    assert main(["heatmaps", "a.net"]) == 0
    printed = capsys.readouterr().out
    assert "a.net: block 4, net.24, 3 × 3 places: maps of two faces correlate by" in printed
    assert all(part in printed for part in NAMES)
    assert printed.count(" right ") == printed.count(" wrong ") == len(EMOTIONS)


def test_the_page_makes_the_maps_on_demand_and_shows_them(measurable, trainer):
    app = open_app("Explain", models="a.net")
    assert "over many test faces have not been made yet" in texts(app)
    next(button for button in app.button if button.label == "Make the maps of a.net").click().run()
    assert current_measurement().kind == HEAT_MAPS
    assert current_measurement().wait(END_S), "the measurement did not end"
    app.run()
    assert not app.exception
    assert "fewer than 30 faces of every emotion" in texts(app) or "of the heat" in texts(app)
    captions = [image.caption for element in app.get("image") for image in element.proto.imgs]
    assert sum(", n = " in caption for caption in captions) == len(EMOTIONS)
    get_variant("a.net").heat_maps_path.write_bytes(b"odd")
    app.run()
    assert "a.net/heat_maps.npz can't be read" in app.error[0].value


@pytest.fixture
def office(measurable, tmp_path):
    """42 own faces, as ``a.net`` sees them."""
    return add_set(write_folder(class_folders(each=6), tmp_path / "office"), "office")


def test_maps_of_a_test_sets_faces_are_kept_with_it_and_apart_from_fer2013s(measurable, office, capsys):
    with pytest.raises(CardError, match=r"a\.net has not answered office"):
        measure_heat([measurable], test_set=office)
    ask_variants(office, [measurable])
    assert main(["heatmaps", "a.net", "--on", "office"]) == 0
    assert "places: maps of two faces correlate by" in capsys.readouterr().out
    assert office.heat_path("a.net").is_file() and get_variant("a.net").heat_maps_path is None
    heat = read_heat_of(measurable, office)
    answers = read_predictions(office.answers_path("a.net"))
    assert heat.faces.sum() == len(answers) == 42
    assert heat.faces[0].sum() == (answers.predicted == answers.label).sum()
    onnx.save(make_model(7), measurable.model_path)
    with pytest.raises(CardError, match="made of another model file, or of other faces"):
        read_heat_of(measurable, office)


def test_the_page_makes_the_maps_of_the_set_that_is_measured_on(measurable, office, trainer):
    app = open_app("Explain", models="a.net", on="office")
    assert "Measured on **office**: 42 faces of your own" in texts(app)
    assert "a.net has not answered office yet" in texts(app)
    ask_variants(office, [measurable])
    app.run()
    assert "over many faces of office have not been made yet" in texts(app)
    next(button for button in app.button if button.label == "Make the maps of a.net").click().run()
    assert current_measurement().wait(END_S), "the measurement did not end"
    app.run()
    assert not app.exception
    captions = [image.caption for element in app.get("image") for image in element.proto.imgs]
    assert sum(", n = " in caption for caption in captions) == len(EMOTIONS)
    assert "up to 300 faces of office" in texts(app)


def test_one_measurement_waits_for_another_of_any_kind(measurable):
    start_measurement([measurable], kind=HEAT_MAPS)
    running = current_measurement()
    with pytest.raises(TaskError, match=r"a\.net is being measured"):
        start_measurement([measurable])
    running.cancel()
    assert running.wait(END_S)


def test_a_damaged_compression_is_named(tmp_path):
    path = tmp_path / "a.one" / paths.HEAT_MAPS
    write_heat(path, heat_of())
    whole, refused = path.read_bytes(), 0
    for place in range(60, len(whole) - 60, len(whole) // 40):
        data = bytearray(whole)
        data[place : place + 30] = bytes(30)
        path.write_bytes(data)
        try:
            read_heat(path)
        except CardError:
            refused += 1
    assert refused > 20
