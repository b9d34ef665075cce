"""Where jobs' processes run: on this machine, or on a Ray cluster where ``FER_RAY_ADDRESS`` names one."""

from __future__ import annotations

import os

from fer_core import paths
from fer_core.errors import ConfigurationError
from fer_core.jobs.backends.backend import ADDRESS_VARIABLE, TOKEN_VARIABLE, Backend, Look
from fer_core.jobs.backends.local import LocalProcesses
from fer_core.jobs.resources import machine_capacity
from fer_core.jobs.starting import this_host
from fer_core.jobs.store import JobStore

__all__ = ["Backend", "LocalProcesses", "Look", "open_backend"]


def open_backend(store: JobStore) -> Backend:
    """What the environment chooses.

    Raises:
        ConfigurationError: the cluster's address is none, or the jobs' database is out of its machines' reach.
        JobError: the share of this machine that jobs may have is no number.
    """
    address = os.environ.get(ADDRESS_VARIABLE)
    if not address:
        return LocalProcesses(machine_capacity(), this_host())
    if not store.shared:
        raise ConfigurationError(
            f"Machines of a Ray cluster can't share SQLite: set {paths.JOBS_VARIABLE} to a PostgreSQL database."
        )
    from fer_core.jobs.backends.ray_jobs import RayJobs
    from fer_core.jobs.backends.ray_server import RayServer

    return RayJobs(RayServer(address, os.environ.get(TOKEN_VARIABLE, "")), store.url)
