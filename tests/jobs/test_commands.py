"""``python -m fer_core jobs`` and ``sweep``, run as a user does."""

import subprocess
import sys

import pytest

from fer_core import paths
from fer_core.jobs import service
from fer_core.jobs.service import State
from tests.jobs.conftest import softmax, wait_for, wait_until, write

pytestmark = pytest.mark.usefixtures("home")


def run(*arguments, expect=0):
    """What the command printed."""
    done = subprocess.run(
        [sys.executable, "-m", "fer_core", *map(str, arguments)],
        cwd=paths.REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_job_is_submitted_watched_and_its_log_read(home, tmp_path):
    file = write(softmax(), tmp_path)
    text = run(
        "jobs", "submit", file, "--set", "optimizer.learning_rate=1e-2", "--epochs", 2, "--name", "tiny.mine"
    )
    (job,) = service.list_jobs()
    assert text == f"{job.id} is queued and will make tiny.mine\n"
    assert f"{job.id:48} done" in run("jobs", "watch", job.id)
    assert f"Wrote {home / 'model_cards/tiny.mine'}" in run("jobs", "logs", job.id)
    assert service.get_recipe(job).optimizer.learning_rate == 0.01
    assert f"{job.id:48} done" in run("jobs", "list")
    assert run("jobs", "delete", job.id) == f"{job.id} is deleted\n"


def test_a_job_is_cancelled_and_resumed(tmp_path):
    run("jobs", "submit", write(softmax(epochs=25, batch_s=0.05), tmp_path), "--priority", 3)
    (job,) = service.list_jobs()
    assert job.priority == 3
    wait_until(lambda: service.read_history(job), "the first epoch")
    assert run("jobs", "cancel", job.id) == f"{job.id} is cancelling\n"
    wait_for(job, State.CANCELLED)
    assert run("jobs", "resume", job.id) == f"{job.id} is queued\n"
    assert "attempt 2" in run("jobs", "watch")


def test_watching_a_job_that_fails_tells_the_cause_and_fails(tmp_path):
    run("jobs", "submit", write(softmax(fault="nan:1"), tmp_path))
    assert "The loss is not a number" in run("jobs", "watch", expect=1)


def test_a_sweep_is_queued_and_run_in_the_foreground(tmp_path, no_runner, monkeypatch):
    files = [write(softmax(name, epochs=1), tmp_path) for name in ("tiny.one", "tiny.two")]
    text = run("sweep", *files, "--grid", "optimizer.learning_rate=1e-2,1e-3", "--repeats", 2)
    assert len(text.splitlines()) == 8
    assert {service.get_recipe(job).seed for job in service.list_jobs()} == {1, 2}


def test_the_queue_can_be_run_in_the_foreground(tmp_path):
    from fer_core.jobs import starting

    with starting.runner_lock():
        service.submit(softmax())
    run("jobs", "run", "--idle-s", "0.1")
    assert [job.state for job in service.list_jobs()] == [State.DONE]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("jobs", "submit", "pisa.cnn5_class_wait"), "did you mean pisa.cnn5_class_weight"),
        (("jobs", "submit", "pisa.cnn5_class_weight", "--set", "epoch=3"), "did you mean epochs?"),
        (("jobs", "cancel", "nothing"), "There is no job 'nothing'."),
    ],
)
def test_a_wrong_word_is_told_in_one_sentence(arguments, sentence):
    text = run(*arguments, expect=1)
    assert sentence in text
    assert "Traceback" not in text
