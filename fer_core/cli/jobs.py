"""``python -m fer_core jobs`` and ``python -m fer_core sweep``: the same calls as the Train page."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable

from fer_core.jobs.states import State

WATCH_S = 1.0


def add_commands(subparsers: argparse._SubParsersAction) -> None:
    """Add ``jobs`` and ``sweep`` to the command line."""
    jobs = subparsers.add_parser("jobs", help="trainings in the background").add_subparsers(required=True)
    command = _command(jobs, "submit", submit, "queue a training; the variant gets a name of its own")
    command.add_argument("recipe", help="a recipe file, the id of one in experiments/, or a variant")
    command.add_argument("--name", default="", metavar="ID", help="id of the new variant")
    command.add_argument("--start-from", default="", metavar="ID", help="begin with this variant's weights")
    _add_wish(command)
    _add_jobs(jobs)
    command = _command(
        subparsers, "sweep", sweep, "queue several recipes, repeats and combinations of values"
    )
    command.add_argument("recipes", nargs="+", metavar="RECIPE")
    command.add_argument("--repeats", type=int, help="how often, with other seeds (default: the recipe's)")
    command.add_argument(
        "--grid", action="append", default=[], metavar="KEY=A,B", help="every value of a recipe's key"
    )
    _add_wish(command)


def _add_jobs(jobs: argparse._SubParsersAction) -> None:
    _command(jobs, "list", list_jobs, "every job with its state")
    command = _command(jobs, "watch", watch, "follow jobs until they are over; all of them by default")
    command.add_argument("ids", nargs="*", metavar="JOB")
    for name, action, sentence in (
        ("cancel", cancel, "stop jobs; what they have finished stays"),
        ("retry", retry, "start failed or cancelled jobs anew"),
        ("resume", resume, "go on with failed or cancelled jobs after their last finished epoch"),
        ("delete", delete, "forget jobs that are over, with their run folders"),
    ):
        _command(jobs, name, action, sentence).add_argument("ids", nargs="+", metavar="JOB")
    command = _command(jobs, "logs", logs, "what a job's process printed")
    command.add_argument("id", metavar="JOB")
    command.add_argument("--attempt", type=_count)
    command.add_argument("--lines", type=_count, default=200)
    command = _command(jobs, "run", run, "run the queue here, instead of in the background")
    command.add_argument("--idle-s", type=float, help="end after so many seconds without a job")


def _count(text: str) -> int:
    """A whole number from 1 on, as argparse reads it."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _command(parent, name: str, action: Callable, sentence: str) -> argparse.ArgumentParser:
    command = parent.add_parser(name, help=sentence)
    command.set_defaults(command=action)
    return command


def _add_wish(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a key, as loss.name=focal"
    )
    command.add_argument("--epochs", type=int, help="at most this many epochs")
    command.add_argument("--parent", default="", metavar="ID", help="variant to compare with afterwards")
    command.add_argument("--priority", type=int, default=0, help="the higher, the sooner")
    command.add_argument("--cpus", type=int, default=0, help="cores for each job")
    command.add_argument("--memory-mb", type=int, default=0, help="memory for each job")
    command.add_argument("--gpus", type=int, default=-1, help="GPUs for each job (default: one if any)")


def submit(options: argparse.Namespace) -> None:
    """Queue one training."""
    from fer_core.jobs import service

    wish = _wish(options, variant_id=options.name, start_from=options.start_from)
    job = service.submit(service.find_recipe(options.recipe), wish)
    print(f"{job.id} is queued and will make {job.variant_id}")


def sweep(options: argparse.Namespace) -> None:
    """Queue many trainings."""
    from fer_core.jobs import service
    from fer_core.recipes.changes import parse_choices

    grid = dict(map(parse_choices, options.grid))
    recipes = [service.find_recipe(name) for name in options.recipes]
    for job in service.sweep(recipes, _wish(options), repeats=options.repeats, grid=grid):
        print(f"{job.id} is queued and will make {job.variant_id}")


def _wish(options: argparse.Namespace, **more: str):
    from fer_core.jobs.submission import Wish
    from fer_core.recipes.changes import parse_change

    return Wish(
        changes=dict(map(parse_change, options.set)),
        epochs=options.epochs,
        parent=options.parent,
        priority=options.priority,
        cpus=options.cpus,
        memory_mb=options.memory_mb,
        gpus=options.gpus,
        **more,
    )


def list_jobs(options: argparse.Namespace) -> None:
    """One line per job."""
    from fer_core.jobs import service

    service.ensure_runner()
    for job in service.list_jobs():
        print(_line(job))


def watch(options: argparse.Namespace) -> int:
    """Print every change until the jobs are over; 1 where one has not come to be done."""
    from fer_core.jobs import service

    jobs = [service.get_job(name) for name in options.ids] or service.list_jobs()
    shown: dict[str, str] = {}
    while True:
        service.ensure_runner()
        jobs = [service.get_job(job.id) for job in jobs]
        for job in jobs:
            line = _line(job)
            if shown.get(job.id) != line:
                shown[job.id] = line
                print(line, flush=True)
        if all(job.is_over for job in jobs):
            return 0 if all(job.state is State.DONE for job in jobs) else 1
        time.sleep(WATCH_S)


def _line(job) -> str:
    from fer_core.jobs import service

    latest = service.read_progress(job)
    progress = job.reason
    if latest and not job.is_over:
        progress = f"epoch {latest.epoch}/{latest.epochs}  {latest.share:4.0%}  loss {latest.train_loss:.4f}"
        progress += f"  {latest.left_s:,.0f} s left" if latest.left_s else ""
        progress = "exporting and evaluating" if latest.finishing else progress
    attempt = f"attempt {job.attempt}" if job.attempt > 1 else ""
    return f"{job.id:48} {job.state:12} {attempt:10} {progress}".rstrip()


def cancel(options: argparse.Namespace) -> None:
    """Stop jobs."""
    _each(options, "cancel")


def retry(options: argparse.Namespace) -> None:
    """Start jobs anew."""
    _each(options, "retry")


def resume(options: argparse.Namespace) -> None:
    """Go on with jobs."""
    _each(options, "resume")


def delete(options: argparse.Namespace) -> None:
    """Forget jobs."""
    _each(options, "delete")


def _each(options: argparse.Namespace, action: str) -> None:
    from fer_core.jobs import service

    for name in options.ids:
        job = getattr(service, action)(name)
        print(f"{name} is {job.state if job else 'deleted'}")


def logs(options: argparse.Namespace) -> None:
    """What a job printed."""
    from fer_core.jobs import service

    print(service.read_log(service.get_job(options.id), lines=options.lines, attempt=options.attempt))


def run(options: argparse.Namespace) -> None:
    """Be the runner, in the foreground; Ctrl-C ends it and leaves its trainings running."""
    from fer_core.jobs.backends import open_backend
    from fer_core.jobs.runner import Runner
    from fer_core.jobs.store import open_store

    store = open_store()
    runner = Runner(store, open_backend(store))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stopping.set())
    print(f"Runs jobs on {runner.backend}; Ctrl-C ends it.", file=sys.stderr)
    runner.run(options.idle_s)
