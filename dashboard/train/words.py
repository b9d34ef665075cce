"""What a job is doing, in words."""

from __future__ import annotations

import time

from fer_core.formats import duration, nats, of_100
from fer_core.jobs.service import Job, JobProgress, State

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


def progress_sentence(job: Job, told: JobProgress | None) -> str:
    """``"Epoch 3 of 20, 45 %"`` and what is left, for the progress bar."""
    if job.state is State.QUEUED:
        return "Waits for its turn"
    if told is None:
        return "Loads its framework and the faces"
    if told.finishing:
        return "Trained: exports, measures and writes the card"
    left = f", {duration(told.left_s)} left" if told.left_s else ""
    return f"Epoch {told.epoch} of {told.epochs}, {100 * told.share:.0f} %{left}"


def losses_sentence(told: JobProgress, history: list[dict[str, float]]) -> str:
    """Loss and accuracy of the epoch at hand, and of the last one that was validated."""
    accuracy = of_100(told.train_accuracy)
    sentence = f"Epoch {told.epoch}: loss {nats(told.train_loss)}, right on {accuracy} of 100 training faces"
    if history:
        last = history[-1]
        validated = f"loss {nats(last['val_loss'])}, right on {of_100(last['val_accuracy'])} of 100"
        sentence += f"; validated after epoch {last['epoch']:.0f}: {validated}"
    return sentence + "."


def asked_sentence(job: Job) -> str:
    """Who asked for the job, and when."""
    by = f" by {job.submitted_by}" if job.submitted_by else ""
    begun = f"{job.recipe_id}" + (f", to be compared with {job.parent}" if job.parent else "")
    attempt = f" Attempt {job.attempt}." if job.attempt > 1 else ""
    return f"Made from {begun}; asked for {ago(job.submitted_at)}{by}.{attempt}"


def ended_sentence(job: Job) -> str:
    """When it ended, and how long its last attempt took."""
    took = f", after {duration(job.ended_at - job.started_at)}" if job.started_at and job.ended_at else ""
    return f"{STATES[job.state][0].capitalize()} {ago(job.ended_at)}{took}."


def ago(at: float) -> str:
    """``"12 min ago"`` of a time in seconds since 1970."""
    passed_s = time.time() - at
    return f"{duration(passed_s)} ago" if passed_s >= 1 else "just now"
