"""What a job is doing, in words."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from fer_core.formats import counted, duration, nats, of_100
from fer_core.jobs.service import Job, JobProgress, State
from fer_core.machine.threads import own_cores
from fer_core.recipes.recipe import Recipe
from fer_core.training.pace import ELSEWHERE, ESTIMATED, MEASURED, Pace

#: What each state is called, and the colour of its badge.
STATES: dict[State, tuple[str, str, str]] = {
    State.QUEUED: ("waiting", "gray", ":material/schedule:"),
    State.STARTING: ("starting", "blue", ":material/rocket_launch:"),
    State.RUNNING: ("running", "blue", ":material/play_arrow:"),
    State.CANCELLING: ("stopping", "orange", ":material/stop:"),
    State.INTERRUPTED: ("starting again", "orange", ":material/restart_alt:"),
    State.DONE: ("finished", "green", ":material/check:"),
    State.FAILED: ("failed", "red", ":material/error:"),
    State.CANCELLED: ("cancelled", "gray", ":material/block:"),
}

STOPPING = "Stops after the batch that is being computed; on a busy machine that may take a while"
#: An epoch that takes so many times what was thought is worth a word, and so is one that takes so much less.
FAR_SLOWER, FAR_QUICKER = 1.3, 0.7
#: From so many processes a core on, a machine is busy with more than one training.
BUSY = 1.5


def cost_sentence(jobs: Sequence[Recipe], paces: Sequence[Pace | None]) -> str:
    """Hours of these trainings, of which the paces are known or not, and what they rest on (Markdown)."""
    known = [pace for pace in paces if pace is not None]
    many = f"{counted(len(jobs), 'job')}: " if len(jobs) > 1 else ""
    if len(known) < len(jobs):
        return f"**{many}How long it takes is not known yet**: no training of this network has been timed."
    least_sure = max(known, key=lambda pace: (MEASURED, ESTIMATED, ELSEWHERE).index(pace.worth))
    sure = "Perhaps" if least_sure.worth == ELSEWHERE else "About"
    less = ", or less" if any(job.early_stopping for job in jobs) else ""
    each_s = [pace.total_s(job.epochs) for job, pace in zip(jobs, known, strict=True)]
    parts = dict.fromkeys(_parts(job, pace) for job, pace in zip(jobs, known, strict=True))
    said = (
        next(iter(parts)) if len(parts) == 1 else f"{duration(min(each_s))} to {duration(max(each_s))} each"
    )
    after = ", one job after the other" if many else ""
    return f"**{many}{sure} {duration(sum(each_s))}{less}**: {said}{after}. {_basis(least_sure)}"


def _parts(recipe: Recipe, pace: Pace) -> str:
    """``"28 epochs of 2 min, and 25 s to start and to finish"``."""
    what = "to start and to finish" if pace.trace.epochs else "to start"
    around = "" if pace.outside_s is None else f", and {duration(pace.outside_s)} {what}"
    return f"{counted(recipe.epochs, 'epoch')} of {duration(pace.epoch_s)}{around}"


def _basis(pace: Pace) -> str:
    """On which machine, in which training that was measured, and what is left out of it."""
    trace = pace.trace
    basis = f"the mean of {counted(trace.epochs, 'epoch')} of {trace.name}" if trace.epochs else trace.name
    how = {
        MEASURED: f"Measured on this machine: {basis}.",
        ESTIMATED: f"An estimate from this machine: {basis}, which had other faces or batches.",
        ELSEWHERE: f"A guess, as it was not timed on this machine: {basis}, on another one ({trace.device}).",
    }[pace.worth]
    return how + (" Starting and finishing come on top." if pace.outside_s is None else "")


def progress_sentence(job: Job, progress: JobProgress | None) -> str:
    """``"Epoch 3 of 20, 45 %"`` and what is left, for the progress bar."""
    if job.state is State.QUEUED:
        return "Queued"
    if job.state is State.CANCELLING:
        return STOPPING
    if progress is None:
        return "Loads its framework and the faces"
    if progress.finishing:
        return "Trained: exports, measures and writes the card"
    left = f", about {duration(progress.left_s)} left" if progress.left_s else ""
    return f"Epoch {progress.epoch} of {progress.epochs}, {100 * progress.share:.0f} %{left}{_correction(progress)}"


def _correction(progress: JobProgress) -> str:
    """What corrects the time that was announced before it began; "" while that holds."""
    if not progress.epoch_s or not progress.thought_s or progress.finishing:
        return ""
    instead = f"{duration(progress.epoch_s)} an epoch instead of {duration(progress.thought_s)}"
    if progress.epoch_s > FAR_SLOWER * progress.thought_s:
        return f"; slower than thought{': the machine is busy' if _is_busy() else ''} ({instead})"
    return (
        f"; quicker than thought ({instead})" if progress.epoch_s < FAR_QUICKER * progress.thought_s else ""
    )


def _is_busy() -> bool:
    """Whether more wants to run here than the cores of this process can take."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > BUSY * own_cores()


def losses_sentence(progress: JobProgress, history: list[dict[str, float]]) -> str:
    """Loss and accuracy of the epoch at hand, and of the last one that was validated."""
    accuracy = of_100(progress.train_accuracy)
    sentence = (
        f"Epoch {progress.epoch}: loss {nats(progress.train_loss)}, right on {accuracy} of 100 training faces"
    )
    if history:
        last = history[-1]
        validated = f"loss {nats(last['val_loss'])}, right on {of_100(last['val_accuracy'])} of 100"
        sentence += f"; validated after epoch {last['epoch']:.0f}: {validated}"
    return sentence + "."


def request_sentence(job: Job) -> str:
    """Who submitted the job, and when."""
    by = f" by {job.submitted_by}" if job.submitted_by else ""
    begun = f"{job.recipe_id}" + (f", to be compared with {job.parent}" if job.parent else "")
    attempt = f" Attempt {job.attempt}." if job.attempt > 1 else ""
    return f"Made from {begun}; submitted {ago(job.submitted_at)}{by}.{attempt}"


def ended_sentence(job: Job) -> str:
    """When it ended, and how long its last attempt took."""
    took = f", after {duration(job.ended_at - job.started_at)}" if job.started_at and job.ended_at else ""
    return f"{STATES[job.state][0].capitalize()} {ago(job.ended_at)}{took}."


def ago(at: float) -> str:
    """``"12 min ago"`` of a time in seconds since 1970."""
    passed_s = time.time() - at
    return f"{duration(passed_s)} ago" if passed_s >= 1 else "just now"
