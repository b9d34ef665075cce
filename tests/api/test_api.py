"""The HTTP API answers what the pages answer, and says errors in the same sentences."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pyarrow as pa
import pytest
from PIL import Image
from skimage import data

from fer_core import paths
from fer_core.__main__ import main
from fer_core.answers import answer_picture, load_classifiers
from fer_core.api import loaded
from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.evidence import evidence
from fer_core.evaluation.metrics import card_metrics
from fer_core.evaluation.predictions import read_predictions
from fer_core.variants.registry import list_variants
from tests.api_driver import PORTRAIT, PROBLEM, client, noise, picture
from tests.app_driver import make_five, open_app
from tests.browser.pictures import encoded
from tests.fixtures_variants import make_model, make_predictions, make_variant, use_empty_folders


@pytest.fixture
def cards(tmp_path, monkeypatch):
    return make_five(use_empty_folders(monkeypatch, tmp_path)[1])


def probabilities(picture_answer: dict) -> dict[str, list[list[float]]]:
    """Rows by model, as Answers.probs has them."""
    rows: dict[str, list[list[float]]] = {}
    for face in picture_answer["faces"]:
        for answer in face["answers"]:
            assert list(answer["probabilities"]) == list(EMOTIONS)
            rows.setdefault(answer["model"], []).append(list(answer["probabilities"].values()))
    return rows


def refused(response, status: int) -> str:
    """The sentence of a refusal, once its form is checked."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["status"] == status
    assert response.json()["detail"].endswith((".", "?"))
    return response.json()["detail"]


def test_the_list_has_every_variant_with_the_figures_of_its_card(cards):
    listed = client().get("/models").json()["models"]
    assert [model["id"] for model in listed] == [variant.id for variant in list_variants()]
    for model, variant in zip(listed, list_variants(), strict=True):
        measured = variant.metrics("private_test")
        assert (model["status"], model["can_predict"]) == (variant.status, variant.can_predict)
        assert (model["private_test"] or {}).get("accuracy") == (measured or {}).get("accuracy")
    assert "there is no README.md" in listed[-1]["reason"]


def test_a_card_that_its_predictions_contradict_lends_no_figures_to_api_and_list(cards, capsys):
    figures = card_metrics(make_predictions(seed=9, skill=0.1))
    make_variant(paths.local_cards(), "a.boastful", seed=8, skill=1.0, metrics=figures)
    answer = client().get("/models/a.boastful").json()
    assert (answer["status"], answer["private_test"], answer["can_predict"]) == ("broken", None, True)
    assert answer["reason"].startswith("a.boastful: its card says")
    assert answer in client().get("/models").json()["models"]
    assert main(["list"]) in (0, None)
    printed = capsys.readouterr().out
    assert answer["reason"] in printed and f"{figures['private_test']['accuracy']:.4f}" not in printed


def test_one_model_is_listed_as_in_the_list(cards):
    listed = client().get("/models").json()["models"]
    assert [client().get(f"/models/{model['id']}").json() for model in listed] == listed


@pytest.mark.parametrize("path", ["/models/first.god", "/models/first.god/card"])
def test_an_unknown_id_is_answered_with_the_near_ones(cards, path):
    assert "did you mean first.good" in refused(client().get(path), 404)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/markdown", "text/markdown"),
        ("text/*, application/json;q=0.5", "text/markdown"),
        ("text/markdown;q=0.2, application/json", "application/json"),
        ("text/markdown;q=none", "application/json"),
    ],
)
def test_a_card_comes_as_json_or_as_the_file_that_it_is(cards, accept, kind):
    response = client().get("/models/first.good/card", headers={"Accept": accept})
    assert response.headers["content-type"].partition(";")[0] == kind
    text = (cards / "first.good" / paths.CARD).read_text(encoding="utf-8")
    if kind == "text/markdown":
        assert response.text == text
    else:
        assert response.json()["metadata"]["faceoff"]["id"] == "first.good"
        assert text.endswith(response.json()["body"])


def test_a_card_may_hold_what_json_can_not(cards):
    path = cards / "first.good" / paths.CARD
    odd = "faceoff:\n  odd: [.nan, .inf, 2024-05-06, {1: 2}]\n"
    path.write_text(path.read_text(encoding="utf-8").replace("faceoff:\n", odd), encoding="utf-8")
    stored = client().get("/models/first.good/card").json()["metadata"]["faceoff"]["odd"]
    assert stored == [None, None, "2024-05-06", {"1": 2}]


def test_the_card_of_a_broken_variant_is_refused_with_its_reason(cards):
    assert "no README.md" in refused(client().get("/models/third.broken/card"), 409)


def test_a_picture_is_answered_with_boxes_probabilities_and_what_they_are_worth(cards):
    response = client().post(
        "/predict", files=[picture(PORTRAIT)], data={"models": ["first.fair", "first.good"]}
    )
    (answered,) = response.json()["pictures"]
    expected = answer_picture(PORTRAIT, "face.jpg", load_classifiers(["first.fair", "first.good"]))
    assert (answered["width"], answered["height"], answered["notes"]) == (512, 512, [])
    assert [tuple(face["box"].values()) for face in answered["faces"]] == [expected.faces[0].box]
    assert probabilities(answered) == {name: rows.tolist() for name, rows in expected.probs.items()}
    assert list(answered["milliseconds"]) == response.json()["models"] == ["first.fair", "first.good"]
    said, probs = answered["faces"][0]["answers"][1], expected.probs["first.good"][0]
    tests = read_predictions(cards / "first.good" / paths.PREDICTIONS).of(SplitName.PRIVATE_TEST, clean=True)
    worth = evidence(tests, int(probs.argmax()), float(probs.max()))
    assert (said["emotion"], said["confidence"]) == (EMOTIONS[probs.argmax()], float(probs.max()))
    assert (said["evidence"]["n"], said["evidence"]["sentence"]) == (worth.n, worth.sentence())


def test_page_command_line_and_api_give_the_same_probabilities_for_a_file(cards, tmp_path, capsys):
    ids = ["first.good", "first.fair", "second.poor"]
    api = client().post("/predict", files=[picture(PORTRAIT)], data={"models": ids}).json()

    (tmp_path / "face.jpg").write_bytes(PORTRAIT)
    assert main(["predict", str(tmp_path / "face.jpg"), "--json", "--models", *ids]) == 0
    printed = json.loads(capsys.readouterr().out)

    page = open_app("Try a picture", models=",".join(ids), source="Upload")
    page.file_uploader[0].set_value(("face.jpg", PORTRAIT, "image/jpeg")).run()
    shown = pa.ipc.open_stream(page.get("vega_lite_chart")[0].proto.datasets[0].data.data).read_pandas()
    assert len(shown) == len(ids) * len(EMOTIONS)
    on_page = {name: [rows["value"].tolist()] for name, rows in shown.groupby("variant", sort=False)}

    assert probabilities(api["pictures"][0]) == probabilities(printed["pictures"][0]) == on_page
    for answer in (api, printed):  # the clock alone may differ
        for key in ("milliseconds", "finding_ms"):
            del answer["pictures"][0][key]
    assert api == printed


def test_a_small_picture_is_a_face_and_the_same_by_every_way(cards):
    found = client().post("/predict", files=[picture(noise(3))]).json()["pictures"][0]
    whole = client().post("/predict", files=[picture(noise(3))], data={"whole": "true"}).json()["pictures"][0]
    assert [face["sure"] for face in whole["faces"]] == [True]
    assert probabilities(found) == probabilities(whole)
    assert set(probabilities(found)) == {"first.good", "first.fair", "second.poor"}


def test_several_pictures_are_answered_in_order_and_a_bad_one_tells_why(cards):
    files = [picture(noise(1)), picture(b"a text", "note.png"), picture(noise(2))]
    response = client().post("/predict", files=files, data={"models": "first.good"})
    first, bad, last = response.json()["pictures"]
    classifiers = load_classifiers(["first.good"])
    for number, answered, seed in ((1, first, 1), (3, last, 2)):
        expected = answer_picture(noise(seed), "", classifiers).probs["first.good"].tolist()
        assert (answered["number"], answered["problem"]) == (number, None)
        assert probabilities(answered) == {"first.good": expected}
    assert bad["faces"] == []
    assert (
        bad["problem"]["detail"] == "note.png is not a picture; choose a JPEG, PNG, WebP, HEIC or AVIF file."
    )


def test_where_no_picture_can_be_answered_the_refusal_tells_of_each(cards):
    files = [picture(b"", "nothing.png"), picture(b"a text", "note.png")]
    response = client().post("/predict", files=files)
    assert "None of the 2 pictures can be answered" in refused(response, 422)
    assert [each["status"] for each in response.json()["pictures"]] == [422, 415]


def test_of_more_faces_than_allowed_the_surest_are_answered_and_told(cards):
    face = data.astronaut()[30:190, 150:310]
    group = np.concatenate([face, face[:, ::-1], face], axis=1)
    answered = (
        client(max_faces=2).post("/predict", files=[picture(encoded(Image.fromarray(group), "PNG"))]).json()
    )
    every = client().post("/predict", files=[picture(encoded(Image.fromarray(group), "PNG"))]).json()
    scores = [face["score"] for face in every["pictures"][0]["faces"]]
    assert len(scores) == 3
    kept = [face["score"] for face in answered["pictures"][0]["faces"]]
    assert kept == sorted(sorted(scores)[1:], key=scores.index)
    assert answered["pictures"][0]["notes"] == ["3 faces were found; only the 2 surest are answered."]


def test_a_damaged_model_is_skipped_unless_it_was_asked_by_name(cards):
    (cards / "first.good" / paths.MODEL).write_bytes(b"damaged")
    response = client().post("/predict", files=[picture(noise(0))])
    assert response.json()["models"] == ["first.fair", "second.poor"]
    assert [skipped["model"] for skipped in response.json()["skipped"]] == ["first.good"]
    answered = client().post("/predict", files=[picture(noise(0))], data={"models": "first.good"})
    assert "is not a model that ONNX Runtime can load" in refused(answered, 409)


@pytest.mark.parametrize(
    ("wanted", "status", "said"),
    [
        ("second.recipe", 409, "second.recipe is a recipe only; train it before it can predict."),
        ("third.broken", 409, "third.broken is broken: third.broken: there is no README.md in the folder."),
        ("first.god", 404, "There is no variant 'first.god'; did you mean first.good or first.fair?"),
    ],
)
def test_a_model_that_can_not_answer_is_refused_as_on_the_command_line(
    cards, wanted, status, said, tmp_path, capsys
):
    response = client().post("/predict", files=[picture(noise(0))], data={"models": [wanted, "first.good"]})
    assert refused(response, status) == said
    (tmp_path / "face.png").write_bytes(noise(0))
    assert main(["predict", str(tmp_path / "face.png"), "--models", wanted]) == 1
    assert said in capsys.readouterr().err


def test_what_answers_are_worth_may_be_unknown_and_they_are_given_all_the_same(cards):
    (cards / "first.good" / paths.PREDICTIONS).write_bytes(b"damaged")
    response = client().post("/predict", files=[picture(noise(0))], data={"models": "first.good"})
    assert response.json()["pictures"][0]["faces"][0]["answers"][0]["evidence"] is None


def test_a_model_is_loaded_once_and_again_when_its_file_has_changed(cards, monkeypatch):
    reads = []
    monkeypatch.setattr(
        loaded, "load_classifier", lambda name, load=loaded.load_classifier: reads.append(name) or load(name)
    )
    api = client()

    def ask():
        answer = api.post("/predict", files=[picture(noise(0))], data={"models": "first.good"}).json()
        return probabilities(answer["pictures"][0])

    before = ask()
    assert (ask(), len(reads)) == (before, 1)
    onnx.save(make_model(seed=99), cards / "first.good" / "newer.onnx")
    (cards / "first.good" / "newer.onnx").replace(cards / "first.good" / paths.MODEL)
    after = ask()
    assert after != before
    assert (ask(), len(reads)) == (after, 2)
