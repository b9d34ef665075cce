"""Who gets which part of the machine."""

from dataclasses import replace

import pytest

from fer_core.errors import JobError
from fer_core.jobs.job import Job
from fer_core.jobs.resources import Capacity, Slot, free_slot, list_gpus, machine_capacity, slot_environment

MACHINE = Capacity(cpus=16, memory_mb=32_000, gpus=("0", "1"))
JOB = Job("tiny.one-0", "tiny.one")


def running(*devices, **wanted):
    return [replace(JOB, id=f"other-{device}", devices=device, **wanted) for device in devices]


def test_a_job_that_asks_for_nothing_gets_a_sensible_share_and_one_gpu():
    assert free_slot(JOB, MACHINE, []) == Slot(8, 1_500, ("0",))
    assert free_slot(JOB, Capacity(2, 1_000), []) == Slot(2, 1_000, ())


def test_no_gpu_is_given_twice():
    assert free_slot(JOB, MACHINE, running("0")).gpus == ("1",)
    assert free_slot(JOB, MACHINE, running("1")).gpus == ("0",)
    assert free_slot(replace(JOB, cpus=1), MACHINE, running("0", "1", cpus=1)) is None
    assert free_slot(replace(JOB, cpus=1, gpus=2), MACHINE, []).gpus == ("0", "1")
    assert free_slot(replace(JOB, cpus=1, gpus=0), MACHINE, running("0", "1", cpus=1)).gpus == ()


@pytest.mark.parametrize("wanted", [{"cpus": 9}, {"cpus": 1, "memory_mb": 31_000}])
def test_a_job_waits_while_cores_or_memory_are_taken(wanted):
    job = replace(JOB, gpus=0, **wanted)
    assert free_slot(job, MACHINE, []) is not None
    assert free_slot(job, MACHINE, running("0")) is None


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"cpus": 17}, "asks for 17 cores, but jobs can have 16 here"),
        ({"memory_mb": 64_000}, "asks for 64,000 MB of memory, but jobs can have 32,000 here"),
        ({"gpus": 3}, "asks for 3 GPUs, but jobs can have 2 here"),
    ],
)
def test_what_the_machine_lacks_is_told(wanted, sentence):
    with pytest.raises(JobError, match=sentence):
        free_slot(replace(JOB, **wanted), MACHINE, [])


def test_a_framework_is_told_its_threads_and_gpus():
    environment = slot_environment(Slot(3, 1_500, ("1", "2")))
    assert environment["CUDA_VISIBLE_DEVICES"] == "1,2"
    assert {value for name, value in environment.items() if name.endswith("THREADS")} == {"3"}


def test_the_environment_says_how_much_of_the_machine_jobs_may_have(monkeypatch):
    monkeypatch.setenv("FER_JOBS_CPUS", "3")
    monkeypatch.setenv("FER_JOBS_MEMORY_MB", "4000")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 3")
    list_gpus.cache_clear()
    assert machine_capacity() == Capacity(3, 4_000, ("2", "3"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    list_gpus.cache_clear()
    assert machine_capacity().gpus == ()
    list_gpus.cache_clear()
    monkeypatch.setenv("FER_JOBS_CPUS", "all")
    with pytest.raises(JobError, match="FER_JOBS_CPUS is 'all'; it must be a whole number"):
        machine_capacity()
