"""A FER_HOME of a test's own, with drawn faces, a quick trainer, and nothing left running afterwards."""

import shutil
import time
from contextlib import contextmanager, suppress

import psutil
import pytest
import yaml

from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.jobs import service, starting
from fer_core.jobs.store import open_store
from fer_core.recipes.recipe import parse_recipe
from tests.jobs.postgresql import PostgresqlServer, installed_programs

SOFTMAX = "torch=tests.jobs.softmax:SoftmaxTrainer"
#: A job has so long to get where a test waits for it; only a broken one needs it.
PATIENCE_S = 60


@pytest.fixture(scope="session")
def drawn_data(tmp_path_factory):
    """The stored data folder, drawn once."""
    folder = tmp_path_factory.mktemp("drawn") / "data"
    store_dataset(schematic_dataset(112, 35), folder)
    return folder


@pytest.fixture
def home(tmp_path, drawn_data):
    """FER_HOME; whoever starts a process here has it in its environment, and is ended with the test."""
    shutil.copytree(drawn_data, tmp_path / "home" / "data")
    with home_in(tmp_path / "home") as home:
        yield home


@contextmanager
def home_in(home, **environment):
    """The folder as FER_HOME for this process and those it starts."""
    with pytest.MonkeyPatch.context() as patch:
        settings = {"FER_TRAINER_CLASS": SOFTMAX, "FER_JOBS_IDLE_S": "1", "FER_JOBS_CPUS": "2"} | environment
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.setenv("FER_HOME", str(home))
        patch.delenv("FER_JOBS_DATABASE", raising=False)
        try:
            yield home
        finally:
            kill_processes_of(home)
            open_store().close()


@pytest.fixture(scope="session")
def postgresql_server():
    """PostgreSQL, started once."""
    server = PostgresqlServer(installed_programs())
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def postgresql(postgresql_server):
    """The address of an empty database."""
    return postgresql_server.new_database()


@pytest.fixture
def shared_home(home, postgresql, monkeypatch):
    """FER_HOME as machines share it: its jobs are in PostgreSQL."""
    monkeypatch.setenv("FER_JOBS_DATABASE", postgresql)
    yield home
    open_store().close()


@pytest.fixture
def no_runner(home):
    """As if a runner were alive that does nothing: the test looks after the jobs itself."""
    with starting.runner_lock():
        yield


def softmax(name="tiny.softmax", *, epochs=3, batch_s=0.0, fault="", **settings):
    """A recipe that trains in no time: 7 batches an epoch."""
    architecture = {"name": "softmax", "batch_s": batch_s, "fault": fault}
    content = {"id": name, "framework": "torch", "architecture": architecture, "epochs": epochs}
    rest = {"batch_size": 16, "optimizer": {"name": "sgd", "learning_rate": 0.05}}
    return parse_recipe(content | rest | settings)


def write(recipe, folder):
    """The recipe as a file."""
    from fer_core.recipes.recipe import recipe_mapping

    file = folder / f"{recipe.id}.yaml"
    file.write_text(yaml.safe_dump(recipe_mapping(recipe)))
    return file


def wait_until(found, what="it"):
    """What ``found()`` returns as soon as that is true."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.02)
    log = paths.home() / "runner.log"
    raise AssertionError(f"waited in vain for {what}:\n{log.read_text() if log.is_file() else 'no runner'}")


def wait_for(job, *states):
    """The job once it is in one of these states."""

    def reached():
        service.ensure_runner()
        now = service.get_job(job.id)
        assert now.state in states or not now.is_over, f"{now.state}: {now.reason}\n{service.read_log(now)}"
        return now.state in states and now

    return wait_until(reached, f"{job.id} to be {' or '.join(states)}")


def kill_processes_of(home, *words):
    """Kill -9 the living processes of ``processes_of``; whether there was one that had not ended by itself."""
    killed = 0
    for process in processes_of(home, *words):
        with suppress(psutil.NoSuchProcess):
            process.kill()
            killed += 1
    return killed > 0


def processes_of(home, *words):
    """Living processes of this FER_HOME whose command line has all the words."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if "fer_core.jobs" not in line or not all(word in line for word in words):
            continue
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and process.environ().get("FER_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found
