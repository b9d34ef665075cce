"""Two machines, as far as one can be two: a name and a runner each, one FER_HOME, one PostgreSQL."""

import subprocess
import sys

from fer_core import paths
from fer_core.jobs import service, starting
from fer_core.jobs.service import State, Wish
from tests.jobs.conftest import softmax, wait_until

#: A runner on a machine of another name.
RUNNER = """
import socket, sys
socket.gethostname = lambda: sys.argv[1]
from fer_core.jobs.runner import main
sys.exit(main())
"""
JOBS = 8


def test_two_machines_share_the_queue_and_start_no_job_twice(shared_home):
    with starting.runner_lock():  # as if this machine's own runner were busy
        for number in range(JOBS):
            service.submit(softmax(f"tiny.n{number}", epochs=2), Wish(cpus=1))
        command = [sys.executable, "-c", RUNNER]
        runners = [subprocess.Popen([*command, name], cwd=paths.REPOSITORY) for name in ("one", "two")]
        try:
            wait_until(lambda: all(job.is_over for job in service.list_jobs()), "all jobs")
        finally:
            for runner in runners:
                runner.terminate()
        assert [runner.wait(timeout=30) for runner in runners] == [0, 0]
    jobs = service.list_jobs()
    assert [(job.state, job.attempt) for job in jobs] == [(State.DONE, 1)] * JOBS
    assert {job.host for job in jobs} == {"one", "two"}
    assert not list((shared_home / "traces").glob("*.twice"))
    assert {(shared_home / "traces" / job.variant_id).read_text() for job in jobs} == {"1\n2\n"}
