"""What jobs cost those who submit and watch them.

    python -m benchmarks.jobs [--framework torch] [--seconds 10]

Printed are: how long submitting takes, without a runner and with one; how soon the training's process has
registered and how soon the first batch is reported, beside the mere loading of the framework with its network
in an empty process; and which share of one core polling ten jobs takes, the runner with a job, and the idle runner.
It runs in a FER_HOME of its own, on drawn faces.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from fer_core import paths
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.jobs import service
from fer_core.jobs.service import Job, State
from fer_core.recipes.recipe import Recipe, parse_recipe, recipe_mapping
from fer_core.training.checkpoint import PROGRESS

JOBS = 10
ARCHITECTURES = {
    "torch": {"name": "customnet", "filters": [8, 16], "groups": 4},
    "keras": {"name": "pisa_cnn", "convolutions": [1, 1], "filters": [4, 8], "head": 8},
}


def tiny(framework: str, name: str, epochs: int) -> Recipe:
    """A recipe whose epochs take a moment."""
    architecture = ARCHITECTURES[framework]
    return parse_recipe(
        {"id": f"bench.{name}", "framework": framework, "architecture": architecture, "epochs": epochs}
    )


def loading_seconds(framework: str) -> float:
    """From the start of an empty process until it has loaded the framework and built the network."""
    recipe = json.dumps(recipe_mapping(tiny(framework, "loaded", 1)))
    code = (
        "import json, sys; from fer_core.recipes.recipe import parse_recipe;"
        "from fer_core.training.frameworks import load_trainer; load_trainer(parse_recipe(json.loads(sys.argv[1])))"
    )
    began = time.monotonic()
    command = [sys.executable, "-c", code, recipe]
    subprocess.run(command, cwd=paths.REPOSITORY, check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def submitted(recipe: Recipe) -> tuple[float, Job]:
    """Seconds until submitting returned, and the job."""
    began = time.monotonic()
    job = service.submit(recipe)
    return time.monotonic() - began, job


def begun(job: Job) -> tuple[float, float]:
    """Seconds from submitting until the process had registered, and until its first batch was reported."""
    while not (job.folder / PROGRESS).is_file() or not (job.folder / PROGRESS).stat().st_size:
        time.sleep(0.01)
    reported_at = json.loads((job.folder / PROGRESS).read_text().splitlines()[0])["time"]
    return service.get_job(job.id).started_at - job.submitted_at, reported_at - job.submitted_at


def wait_until_over(job: Job) -> None:
    """Wait; a benchmark of jobs that fail would measure nothing."""
    while not service.get_job(job.id).is_over:
        time.sleep(0.1)
    job = service.get_job(job.id)
    if job.state is not State.DONE:
        raise SystemExit(f"{job.id} {job.state}: {job.reason}")


def poll() -> None:
    """What a page asks at each refresh."""
    service.ensure_runner()
    for job in service.list_jobs():
        service.read_progress(job)
        service.read_history(job)
        service.legal_actions(job)


def polling_share(seconds: float) -> tuple[float, float]:
    """Share of one core when polled once a second, and milliseconds of a poll."""
    times, cpu = [], time.process_time()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        poll()
        times.append(time.monotonic() - began)
        time.sleep(0.1)
    return (time.process_time() - cpu) / len(times), 1000 * statistics.median(times)


def runner_share(seconds: float) -> float:
    """Share of one core that the runner takes."""
    runner = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if "fer_core.jobs.runner" in (process.info["cmdline"] or ())
        and process.environ().get("FER_HOME") == os.environ["FER_HOME"]
    )
    before = sum(runner.cpu_times()[:2])
    time.sleep(seconds)
    return (sum(runner.cpu_times()[:2]) - before) / seconds


def measure(framework: str, seconds: float) -> None:
    """Measure and print."""
    loading_seconds(framework)  # its files come from the disk only the first time
    print(
        f"{'':16}{'loading':>10}{'submit':>11}{'registered':>12}{'first batch':>13}{'less the loading':>18}"
    )
    for number, label in enumerate(("no runner", "with a runner")):
        alone = loading_seconds(framework)
        took, job = submitted(tiny(framework, f"first_{number}", 2))
        registered, reported = begun(job)
        print(
            f"{label:16}{alone:8.2f} s{took:9.3f} s{registered:10.2f} s{reported:11.2f} s{reported - alone:16.2f} s"
        )
        wait_until_over(job)
    print(f"an idle runner: {runner_share(seconds):.2%} of a core")
    done = service.list_jobs()[0]
    jobs = [submitted(tiny(framework, f"many_{number}", 5_000))[1] for number in range(JOBS - 2)]
    begun(jobs[0])
    for job in jobs[1:]:
        for name in (PROGRESS, paths.HISTORY):
            shutil.copyfile(done.folder / name, job.folder / name)
    share, poll_ms = polling_share(seconds)
    print(f"polling {JOBS} jobs once a second: {share:.2%} of a core, {poll_ms:.1f} ms each")
    print(f"the runner with one job training and {JOBS - 3} waiting: {runner_share(seconds):.2%} of a core")
    for job in jobs:
        service.cancel(job.id)
    while service.list_jobs({State.RUNNING, State.CANCELLING}):
        time.sleep(0.1)


def main() -> None:
    """Measure in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--framework", choices=ARCHITECTURES, default="torch")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement of shares")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"FER_HOME": home, "FER_JOBS_IDLE_S": "30"}
        store_dataset(schematic_dataset(140, 70), Path(home) / "data")
        measure(options.framework, options.seconds)


if __name__ == "__main__":
    main()
