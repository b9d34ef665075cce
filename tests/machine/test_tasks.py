"""Short work in a process of its own ends with whoever sent it."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from fer_core import paths
from fer_core.cli import register
from fer_core.machine.tasks import Task

PATIENCE_S = 60
#: Sends the endless task, prints its process, and waits for it.
SENDER = """
import time
from fer_core.machine.tasks import Task
task = Task("tests.machine.endless_task", {}, name="Waiting", limit_s=600)
while not task.step:
    time.sleep(0.05)
print(task.step.split()[-1], flush=True)
task.result()
"""


def until_gone(pid):
    deadline = time.monotonic() + PATIENCE_S
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the task goes on without its sender"
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_task_ends_with_a_sender_that_is_killed(tmp_path, how):
    sender = subprocess.Popen(
        [sys.executable, "-c", SENDER], cwd=paths.REPOSITORY, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"FER_HOME": str(tmp_path)},
    )  # fmt: skip
    pid = int(sender.stdout.readline())
    assert psutil.pid_exists(pid)
    sender.send_signal(how)
    sender.communicate()
    until_gone(pid)


def test_a_task_that_is_no_longer_waited_for_is_cancelled(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_HOME", str(tmp_path))

    def interrupted(task):
        raise KeyboardInterrupt

    monkeypatch.setattr(register, "_show_steps", interrupted)
    task = Task("tests.machine.endless_task", {}, name="Waiting", limit_s=600)
    with pytest.raises(KeyboardInterrupt):
        register.waited(task)
    assert task.is_over() and task.is_cancelled
