"""One folder of ``model_cards`` breaks one folder: whatever it holds, the others stay as they are."""

import os

import onnx
import pytest

from fer_core import __main__ as main_module
from fer_core import paths
from fer_core.__main__ import main
from fer_core.errors import ModelError
from fer_core.evaluation.metrics import wilson_interval
from fer_core.variants.card import write_card
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import get_variant, list_variants
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.fixture
def folders(monkeypatch, tmp_path):
    _, local = use_empty_folders(monkeypatch, tmp_path)
    make_variant(local, "good.one")
    return local


def change_card(folder, old, new):
    card = folder / paths.CARD
    text = card.read_text()
    assert old in text
    card.write_text(text.replace(old, new))


#: A line of a card's facts, and what the reason must name.
ODD_LINES = {
    "a date that is none": ("note: 2001-99-99", None),
    "a number of 5,000 digits": ("seed: " + "9" * 5000, "more than 18 digits"),
    "an alias of itself": ("environment: &a {b: *a}", "anchors"),
    "an alias bomb": ("environment: {a: &a [1, 1], b: &b [*a, *a], c: [*b, *b]}", "anchors"),
    "a tag": ("note: !!timestamp 2001-99-99", "tags"),
    "lists without end": ("environment: " + "[" * 5000, "nesting depth"),
    "a key of lists": ("environment: {[a]: 1}", "a key is a list or a mapping"),
    "less than no parameter": ("parameters: -5", "`faceoff.parameters` is -5; it should be 0 or more"),
    "no epoch": ("epochs_run: 0", "`faceoff.epochs_run` is 0; it should be 1 or more"),
    "negative epochs": ("epochs_planned: -3", "`faceoff.epochs_planned` is -3"),
    "an endless training": ("duration_s: .nan", "`faceoff.duration_s` is nan"),
    "a list for a text": ("precision: [a]", "`faceoff.precision` has the wrong type (list)"),
}


@pytest.mark.parametrize("case", ODD_LINES)
def test_an_odd_line_in_a_card_is_that_variants_reason(folders, case, capsys):
    line, reason = ODD_LINES[case]
    odd = make_variant(folders, "odd.case")
    key = line.split(":")[0]
    text = (odd / paths.CARD).read_text()
    kept = [row for row in text.splitlines(keepends=True) if not row.startswith(f"  {key}:")]
    kept.insert(kept.index("faceoff:\n") + 1, f"  {line}\n")
    (odd / paths.CARD).write_text("".join(kept))
    states = {variant.id: (variant.status, variant.reason) for variant in list_variants()}
    assert states["good.one"] == ("trained", None)
    if reason is None:
        assert states["odd.case"] == ("trained", None)
    else:
        assert states["odd.case"][0] == "broken" and reason in states["odd.case"][1]
        assert len(states["odd.case"][1]) < 300
    assert main(["list"]) == 0
    assert "good.one" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("accuracy", "64.2", "between 0 and 1"),
        ("accuracy", "-3", "between 0 and 1"),
        ("accuracy", ".nan", "between 0 and 1"),
        ("macro_f1", "1.5", "between 0 and 1"),
        ("ece", ".nan", "between 0 and 1"),
        ("auc_macro", "1.01", "between 0 and 1"),
        ("log_loss", "-0.1", "0 or more"),
        ("n", "0", "1 or more"),
        ("n", "1.5", "a whole number"),
    ],
)
def test_a_figure_that_can_t_be_breaks_its_variant_naming_key_and_value(folders, key, value, rule):
    odd = make_variant(folders, "odd.case")
    figure = get_variant("odd.case").metrics()[key]
    change_card(odd, f"      {key}: {figure}\n", f"      {key}: {value}\n")
    reason = get_variant("odd.case").reason
    assert f"`faceoff.metrics.private_test.{key}` is {value.strip('.')}; it should be {rule}." in reason


def test_a_card_without_end_is_not_read_whole(folders):
    with (make_variant(folders, "odd.case") / paths.CARD).open("r+b") as file:
        file.truncate(10**10)
    assert "can't be read: it has more than 2,000,000 characters" in get_variant("odd.case").reason


def test_an_interval_that_is_not_around_its_accuracy_breaks_the_variant(folders):
    odd = make_variant(folders, "odd.case")
    low = get_variant("odd.case").metrics()["accuracy_ci95"][0]
    change_card(odd, f"- {low}", "- 0.999")
    assert "is not around the accuracy" in get_variant("odd.case").reason


@pytest.mark.parametrize(("right", "n"), [(7, 7), (0, 5), (13, 13), (0, 10)])
def test_a_model_that_is_always_right_or_never_is_whole(folders, right, n):
    """The ends of its interval are 1 and 0 but for rounding."""
    facts = get_variant("good.one").card.faceoff
    low, high = wilson_interval(right, n)
    figures = {"n": n, "accuracy": right / n, "accuracy_ci95": [low, high]}
    metrics = {split: block | figures for split, block in facts["metrics"].items()}
    write_card(folders / "good.one", facts | {"metrics": metrics, "parameters": 0})
    assert get_variant("good.one").status == "trained"


def test_a_folder_whose_name_is_no_text_is_broken_and_can_be_shown(folders):
    try:
        os.mkdir(os.fsencode(folders) + b"/b.\xff")
    except OSError:
        pytest.skip("this file system takes no such names")
    odd, good = list_variants()
    assert (odd.status, good.status) == ("broken", "trained")
    assert f"{odd.id} {odd.reason}".encode()


def test_another_card_moved_to_its_place_is_noticed_though_size_and_time_are_the_same(folders, tmp_path):
    card = make_variant(folders, "odd.case", summary="The first text.") / paths.CARD
    assert get_variant("odd.case").card.faceoff["summary"] == "The first text."
    stat = card.stat()
    other = tmp_path / "other.md"
    other.write_text(card.read_text().replace("The first text.", "Another text.  "[:15]))
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert other.stat().st_size == stat.st_size
    other.replace(card)
    assert get_variant("odd.case").card.faceoff["summary"].startswith("Another text.")


def test_a_model_that_keeps_weights_beside_it_is_refused_whatever_way_it_came(folders):
    """ONNX Runtime would read the file that the model names, be it another variant's or the machine's."""
    model = make_variant(folders, "odd.case") / paths.MODEL
    loaded = onnx.load(model)
    onnx.save(loaded, model, save_as_external_data=True, location="weights.data", size_threshold=0)
    with pytest.raises(ModelError, match="keeps weights in other files"):
        load_classifier("odd.case")
    assert load_classifier("good.one")


def test_an_empty_model_file_is_refused_in_a_sentence(folders):
    (make_variant(folders, "odd.case") / paths.MODEL).write_bytes(b"")
    with pytest.raises(ModelError, match="not a model that ONNX Runtime can load"):
        load_classifier("odd.case")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError(30, "Read-only file system", "/home/.faceoff/data"),
            "/home/.faceoff/data can't be read or written",
        ),
        (OSError(28, "No space left on device"), "No space is left on the disk: free some and try again."),
        (OSError(28, "No space left on device", "/x/y"), "No space is left on the disk for /x/y: free some"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), "No space is left on the disk"),
        (MemoryError(), "There is too little memory for this"),
    ],
)
def test_a_disk_that_is_full_or_read_only_is_a_sentence_on_the_command_line(
    monkeypatch, capsys, error, sentence
):
    def store(*_, **__):
        raise error

    monkeypatch.setattr(main_module, "_parser", lambda: Parser(store))
    assert main([]) == 1
    printed = capsys.readouterr().err
    assert sentence in printed and "Traceback" not in printed


def test_an_error_of_the_code_itself_still_shows_where_it_is(monkeypatch):
    def stumble(*_):
        raise KeyError("an error nobody thought of")

    monkeypatch.setattr(main_module, "_parser", lambda: Parser(stumble))
    with pytest.raises(KeyError):
        main([])


class Parser:
    """The command line's, for one command that goes wrong."""

    def __init__(self, command):
        self.command = command

    def parse_args(self, _):
        return self
