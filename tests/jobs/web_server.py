"""Stands for a web server: submits jobs and looks after the runner, until it is killed or there are enough.

    python -m tests.jobs.web_server ACTIVE

keeps so many jobs active while ``FER_HOME/enough`` is absent, and writes every id that it was given to
``FER_HOME/submitted``.
"""

import sys
import time

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs import service
from fer_core.jobs.service import State, Wish
from tests.jobs.conftest import softmax

#: What every job trains: the same, but for its name.
TRAINING = {"epochs": 6, "batch_s": 0.04}


def main(wanted):
    while True:
        service.ensure_runner()
        jobs = service.list_jobs()
        active = [job for job in jobs if not job.is_over and job.state is not State.CANCELLING]
        if len(active) < wanted and not (paths.home() / "enough").exists():
            submit(len(jobs))
        time.sleep(0.05)


def submit(number):
    name = f"tiny.job_{number:03}"
    try:
        job = service.submit(softmax(name, **TRAINING), Wish(variant_id=name, cpus=1))
    except JobError:
        return  # a killed predecessor came to submit it after all
    with (paths.home() / "submitted").open("a") as file:
        file.write(f"{job.id}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
