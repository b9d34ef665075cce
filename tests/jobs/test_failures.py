"""A job that can't be trained fails with one sentence that names the cause, and the queue goes on."""

import os
import shutil
import signal
import subprocess

import pytest

from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.jobs import causes, runner, service
from fer_core.jobs.backends import LocalProcesses
from fer_core.jobs.resources import Capacity
from fer_core.jobs.runner import Runner
from fer_core.jobs.service import Action, State, Wish
from fer_core.jobs.store import open_store
from tests.jobs.conftest import home_in, softmax, wait_for, wait_until

#: How each fault is reported.
SENTENCES = {
    "nan": "The loss is not a number after batch 1 of epoch 2: lower optimizer.learning_rate (now 0.05).",
    "memory": "The training ran out of memory: lower batch_size or data.input.size, or let fewer jobs run at once.",
    "disk": "is full",
    "import": "a_framework_that_is_not_installed is not installed here: run `pip install -r requirements.txt`.",
    "die": "The training died 3 times without finishing another epoch",
    "stumble": "stopped on an error of its code, KeyError: 'an error nobody thought of'; its log says more.",
}


@pytest.fixture(scope="module")
def queue(tmp_path_factory, drawn_data):
    """Every fault in the second epoch, then a job without any: all in one queue, until it is through."""
    home = tmp_path_factory.mktemp("failures")
    shutil.copytree(drawn_data, home / "data")
    with home_in(home):
        jobs = {}
        for fault in (*SENTENCES, "none"):
            recipe = softmax(f"tiny.{fault}", fault="" if fault == "none" else f"{fault}:2")
            jobs[fault] = service.submit(recipe, Wish(cpus=1, submitted_by=fault))
        for job in jobs.values():
            wait_for(job, State.FAILED, State.DONE)
        yield {fault: service.get_job(job.id) for fault, job in jobs.items()}


@pytest.mark.parametrize("fault", SENTENCES)
def test_a_failed_job_names_its_cause_in_one_sentence(queue, fault):
    job = queue[fault]
    assert job.state is State.FAILED
    assert SENTENCES[fault] in job.reason
    assert job.reason.endswith(".")
    assert "\n" not in job.reason
    assert "Traceback" not in job.reason


@pytest.mark.parametrize("fault", sorted(set(SENTENCES) - {"die"}))
def test_the_log_keeps_what_the_sentence_leaves_out(queue, fault):
    assert "Traceback" in service.read_log(queue[fault])


def test_the_epoch_before_the_trouble_can_be_resumed(queue):
    assert Action.RESUME in service.legal_actions(queue["nan"])
    assert len(service.read_history(queue["nan"])) == 1


def test_a_job_is_given_up_after_three_processes_that_came_no_further(queue):
    assert queue["die"].attempt == 4  # the first one finished an epoch, the next three none
    assert queue["nan"].attempt == 1


def test_the_queue_goes_on_behind_failures(queue):
    assert queue["none"].state is State.DONE


def change_nothing(job):
    return job


def remove_data(job):
    shutil.rmtree(job.folder.parents[1] / "data")


def damage_data(job):
    (job.folder.parents[1] / "data/faces.npz").write_bytes(b"PK\x03\x04 and no more")


def import_other_data(job):
    store_dataset(schematic_dataset(112, 35, seed=9))


def delete_recipe(job):
    (job.folder / "job.json").unlink()


def damage_recipe(job):
    (job.folder / "job.json").write_text('{"job": "cut sho')


@pytest.mark.parametrize(
    ("damage", "recipe", "sentence"),
    [
        (remove_data, softmax(), "No data set has been imported: run `python -m fer_core data import PATH`"),
        (damage_data, softmax(), "faces.npz is damaged: import the data set again."),
        (import_other_data, softmax(), "Another data set has been imported since the job was submitted"),
        (delete_recipe, softmax(), "The recipe of this job is gone: there is no job.json"),
        (damage_recipe, softmax(), "job.json can't be read: submit the job again."),
        (
            change_nothing,
            softmax(fault="nan:1", data={"preparation": "reduced6"}),
            "The loss is not a number",
        ),
    ],
    ids=["no data", "damaged data", "other data", "no recipe", "damaged recipe", "nan"],
)
def test_what_is_missing_when_a_job_starts_is_named(home, no_runner, damage, recipe, sentence):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    job = service.submit(recipe)
    damage(job)
    wait_until(lambda: not watched.look(), "the job to end")
    failed = service.get_job(job.id)
    assert failed.state is State.FAILED
    assert sentence in failed.reason


def test_a_job_that_asks_for_more_than_the_machine_has_fails_and_the_next_one_runs(no_runner):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    greedy = [
        service.submit(softmax("tiny.a"), Wish(cpus=64)),
        service.submit(softmax("tiny.b"), Wish(memory_mb=10**7)),
        service.submit(softmax("tiny.c"), Wish(gpus=1)),
    ]
    modest = service.submit(softmax("tiny.d"))
    wait_until(lambda: not watched.look(), "the queue to be through")
    for job, wanted in zip(greedy, ("64 cores", "10,000,000 MB of memory", "1 GPUs"), strict=True):
        assert f"The job asks for {wanted}" in service.get_job(job.id).reason
    assert service.get_job(modest.id).state is State.DONE


def test_a_process_killed_while_the_system_counts_a_kill_for_want_of_memory_is_told_so(
    home, no_runner, monkeypatch
):
    watched = Runner(open_store(), LocalProcesses(Capacity(2, 4000)))
    job = service.submit(softmax(batch_s=0.05, epochs=50))
    wait_until(lambda: watched.look() and service.get_job(job.id).pid, "the process")
    counted = causes.out_of_memory_kills()
    monkeypatch.setattr(runner.causes, "out_of_memory_kills", lambda: counted + 1)
    os.kill(service.get_job(job.id).pid, signal.SIGKILL)
    wait_until(lambda: not watched.look(), "the job to be settled")
    failed = service.get_job(job.id)
    assert failed.state is State.FAILED
    assert "ran out of memory and was killed by the system" in failed.reason


@pytest.fixture
def small_disk(tmp_path, drawn_data):
    """FER_HOME on a disk of 3 MB of its own."""
    home = tmp_path / "small"
    home.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", home], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        shutil.copytree(drawn_data, home / "data")
        with home_in(home):
            yield home
    finally:
        subprocess.run(["umount", "-l", home], check=True)


def test_on_a_full_disk_a_job_fails_and_the_queue_goes_on_once_there_is_space(small_disk):
    full = service.submit(softmax("tiny.full", fault="fill:2"))
    after = service.submit(softmax("tiny.after"))
    wait_until(lambda: (small_disk / "ballast").is_file(), "the disk to fill")
    wait_until(lambda: shutil.disk_usage(small_disk).free == 0, "the disk to be full")
    wait_until(lambda: "is full" in service.read_log(full), "the training to notice")
    (small_disk / "ballast").unlink()
    failed = wait_for(full, State.FAILED)
    assert f"The disk of FER_HOME, {small_disk}, is full" in failed.reason
    assert wait_for(after, State.DONE)
    assert Action.RESUME in service.legal_actions(failed)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "ran out of the GPU's memory"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
            "ran out of memory",
        ),
        (RuntimeError("OOM when allocating tensor with shape[64,512,512]"), "ran out of memory"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), "PyTorch is not installed here"),
        (ModuleNotFoundError("No module named 'keras.src'", name="keras.src"), "Keras is not installed here"),
        (RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed"), "is full"),
        (
            PermissionError(13, "Permission denied", "/data/faces.npz"),
            "/data/faces.npz can't be read or written",
        ),
        (ValueError("a\nlong\n" + "story " * 500), "an error of its code, ValueError: a long story"),
    ],
)
def test_what_frameworks_raise_becomes_one_sentence(error, sentence):
    cause = causes.cause_of(error)
    assert sentence in cause
    assert cause.endswith(".")
    assert "\n" not in cause
    assert len(cause) < 500


def test_the_first_cause_is_told_of_an_error_that_was_translated():
    try:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise RuntimeError("the checkpoint can't be written") from error
    except RuntimeError as error:
        assert "is full" in causes.cause_of(error)
