"""Which process is a job's: recognised by boot and ticks, whatever the system's clock says meanwhile."""

import os
import subprocess
import sys

import psutil
import pytest

from fer_core.jobs import processes


@pytest.fixture
def child():
    """A process that waits to be ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    yield process
    process.kill()
    process.communicate()


def test_a_living_process_is_known_and_a_dead_one_is_not(child):
    created = processes.created_at(child.pid)
    assert processes.is_alive(child.pid, created)
    assert processes.created_at(child.pid) == created != processes.created_at(os.getpid())
    processes.kill(child.pid, created)
    child.wait(10)
    assert not processes.is_alive(child.pid, created)
    assert processes.created_at(child.pid) == 0


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems tell times by their clock alone"
)
def test_a_clock_that_is_set_meanwhile_makes_no_other_process_of_it(child, monkeypatch):
    created = processes.created_at(child.pid)
    right = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: right(self) + 5)
    assert processes.is_alive(child.pid, created)


def test_what_an_earlier_version_noted_is_still_known(child):
    created = psutil.Process(child.pid).create_time()
    assert processes.is_alive(child.pid, created)
    assert not processes.is_alive(child.pid, created - 60)


def test_a_process_of_another_boot_is_not_taken_for_it(child):
    created = processes.created_at(child.pid)
    assert not processes.is_alive(child.pid, created + processes._BOOTS)
    processes.kill_group_left_by(child.pid, created + processes._BOOTS)
    assert child.poll() is None
