"""What a job will make, and under which name."""

import json

import pytest

from fer_core import paths
from fer_core.data.store import read_manifest
from fer_core.errors import DataMissingError, JobError, RecipeError, UnknownJobError, UnknownVariantError
from fer_core.jobs import service
from fer_core.jobs.service import State, Wish
from fer_core.jobs.submission import find_recipe
from tests.fixtures_variants import make_variant
from tests.jobs.conftest import softmax, write

pytestmark = pytest.mark.usefixtures("no_runner")


def names(jobs):
    return [job.variant_id for job in jobs]


def test_a_new_recipe_keeps_its_name_and_a_second_one_gets_another():
    jobs = [service.submit(softmax()) for _ in range(3)]
    assert names(jobs) == ["tiny.softmax", "tiny.softmax_2", "tiny.softmax_3"]
    assert [job.state for job in jobs] == [State.QUEUED] * 3


def test_a_changed_recipe_is_named_after_its_changes():
    job = service.submit(softmax(), Wish(changes={"optimizer.learning_rate": 0.003, "loss.name": "focal"}))
    assert job.variant_id == "tiny.softmax_loss_focal_learning_rate_0_003"
    assert paths.VARIANT_ID.fullmatch(job.variant_id)
    assert "loss.name is focal instead of cross_entropy." in service.get_recipe(job).deviations


def test_many_changes_are_counted_instead_of_told():
    changes = {f"data.augmentation.{key}": 0.25 for key in ("zoom", "shift", "shear", "cutout", "brightness")}
    assert service.submit(softmax(), Wish(changes=changes)).variant_id == "tiny.softmax_2"


def test_a_clone_never_overwrites_the_variant_it_was_made_from():
    make_variant(paths.local_cards(), "tiny.softmax")
    job = service.submit(softmax())
    assert (job.variant_id, job.parent) == ("tiny.softmax_2", "tiny.softmax")
    with pytest.raises(JobError, match="named tiny.softmax already: choose another name"):
        service.submit(softmax(), Wish(variant_id="tiny.softmax"))


def test_a_plan_is_trained_under_its_own_name():
    make_variant(paths.local_cards(), "tiny.softmax", status="recipe-only")
    assert service.submit(softmax()).variant_id == "tiny.softmax"


def test_fewer_epochs_are_told_in_the_name_only_where_the_own_one_is_taken():
    assert names(service.submit(softmax(), Wish(epochs=2)) for _ in range(2)) == [
        "tiny.softmax",
        "tiny.softmax_epochs_2",
    ]


@pytest.mark.parametrize(
    ("wish", "error", "sentence"),
    [
        (Wish(variant_id="No Name"), JobError, "'No Name' is no variant id"),
        (Wish(epochs=0), JobError, "epochs is 0; it must be 1 or more"),
        (Wish(cpus=-1), JobError, "cpus is -1"),
        (Wish(parent="pisa.cnn5_class_wait"), UnknownVariantError, "did you mean pisa.cnn5_class_weight"),
        (Wish(changes={"optimiser.name": "sgd"}), RecipeError, "did you mean optimizer?"),
    ],
)
def test_nonsense_is_refused_with_its_reason_and_leaves_nothing(wish, error, sentence):
    with pytest.raises(error) as raised:
        service.submit(softmax(), wish)
    assert sentence in str(raised.value)
    assert service.list_jobs() == []
    assert not paths.runs().exists() or not list(paths.runs().iterdir())


def test_weights_to_begin_with_must_be_there():
    make_variant(paths.local_cards(), "tiny.parent")
    with pytest.raises(JobError, match="tiny.parent can't be continued"):
        service.submit(softmax(), Wish(start_from="tiny.parent"))


def test_without_a_data_set_nothing_is_queued(home):
    (home / "data/manifest.json").unlink()
    with pytest.raises(DataMissingError, match="data import"):
        service.submit(softmax())
    assert service.list_jobs() == []


def test_what_was_asked_is_written_down_once_and_whole():
    job = service.submit(softmax(seed=7), Wish(epochs=2, submitted_by="ada"))
    order = json.loads((job.folder / "job.json").read_text())
    assert (order["job"], order["seed"], order["epochs"]) == (job.id, 7, 2)
    assert order["recipe"]["id"] == job.variant_id
    assert order["data_sha256"] == read_manifest()["sha256"]
    assert len(order["code_sha256"]) == 64
    assert {"python", "numpy", "torch"} <= set(order["versions"])
    assert (job.epochs, job.submitted_by) == (2, "ada")


def test_recipes_are_found_by_file_by_id_and_by_variant(tmp_path):
    assert find_recipe(str(write(softmax(), tmp_path))) == softmax()
    assert find_recipe("pisa.cnn5_class_weight").id == "pisa.cnn5_class_weight"
    make_variant(paths.local_cards(), "tiny.local")
    (paths.local_cards() / "tiny.local/recipe.yaml").write_text(write(softmax(), tmp_path).read_text())
    assert find_recipe("tiny.local") == softmax()
    with pytest.raises(RecipeError, match=r"no recipe 'pisa/cnn5.yaml'"):
        find_recipe("pisa/cnn5.yaml")
    with pytest.raises(UnknownVariantError, match="did you mean"):
        find_recipe("pisa.cnn5_class_weigh")


def test_a_sweep_queues_every_combination_and_repeat():
    jobs = service.sweep(
        [softmax("tiny.one"), softmax("tiny.two", seed=5)],
        Wish(priority=2),
        repeats=2,
        grid={"optimizer.learning_rate": [0.1, 0.01], "batch_size": [8]},
    )
    made = [service.get_recipe(job) for job in jobs]
    assert [(r.id.split("_")[0], r.optimizer.learning_rate, r.batch_size, r.seed) for r in made] == [
        (name, rate, 8, seed + extra)
        for name, seed in (("tiny.one", 1), ("tiny.two", 5))
        for rate in (0.1, 0.01)
        for extra in (0, 1)
    ]
    assert len(set(names(jobs))) == 8
    assert {job.priority for job in jobs} == {2}


def test_a_sweep_repeats_as_often_as_the_recipe_says():
    assert len(service.sweep([softmax(repeats=3)])) == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"grid": {"optimizer.rate": [1]}}, "no key 'rate'"),
        ({"grid": {"optimizer.learning_rate": [0.1, 99]}}, "must lie between 0 and 10"),
        ({"repeats": 0}, "has 0 jobs"),
        ({"repeats": 501}, "has 501 jobs"),
        ({"wish": Wish(variant_id="tiny.all")}, "can't give all of them one name"),
    ],
)
def test_a_sweep_with_one_wrong_combination_queues_none(arguments, sentence):
    with pytest.raises((RecipeError, JobError), match=sentence):
        service.sweep([softmax()], **arguments)
    assert service.list_jobs() == []


def test_jobs_are_listed_as_one_reads_them():
    late, soon, over = (service.submit(softmax(f"tiny.{name}")) for name in ("late", "soon", "over"))
    first = service.submit(softmax("tiny.first"), Wish(priority=1))
    service.cancel(over.id)
    assert names(service.list_jobs()) == names([first, late, soon, over])
    assert names(service.list_jobs({State.CANCELLED})) == ["tiny.over"]


def test_an_unknown_job_is_told_with_the_near_one():
    job = service.submit(softmax())
    with pytest.raises(UnknownJobError, match=f"did you mean {job.id}"):
        service.cancel(job.id + "0")
