"""A real Ray of one machine, in a network where nothing but this machine is, ended with all its processes."""

import ctypes
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from fer_core.errors import ClusterError
from fer_core.jobs.backends.ray_server import RayServer
from tests.jobs.conftest import SOFTMAX

ADDRESS = "http://127.0.0.1:8265"
START_S = 120
_CLONE_NEWNET = 0x40000000


@contextmanager
def loopback_only():
    """This thread and the processes that it starts see no network but loopback; skips where it may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open() as before:
        if libc.unshare(_CLONE_NEWNET):
            pytest.skip("needs the right to make a network namespace (root): Ray listens on all addresses")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            assert libc.setns(before.fileno(), _CLONE_NEWNET) == 0


class RayCluster:
    """Ray's head as its documentation starts it, with its token on."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ray-"))  # its sockets' paths must be short
        self.token = secrets.token_hex(32)
        self.server = RayServer(ADDRESS, self.token)

    def start(self):
        """Start it, and wait until it has cores to give."""
        ray = [*(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block")]
        ray += ["--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1", "--disable-usage-stats"]
        ray += ["--num-cpus=2", "--memory=4000000000", "--object-store-memory=100000000"]
        # The head of a process namespace takes all others with it, however it ends.
        apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        settings = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token, "FER_TRAINER_CLASS": SOFTMAX}
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [*apart, *ray, f"--temp-dir={self.folder}"],
                env=os.environ | settings,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + START_S
        while not self.has_cores():
            assert self.process.poll() is None and time.monotonic() < deadline, self.output()
            time.sleep(0.2)

    def has_cores(self):
        try:
            return any(node.get("CPU") for node in self.server.nodes())
        except ClusterError:
            return False

    def cut_power(self):
        """End all its processes at once, with what they run."""
        self.process.kill()
        self.process.wait()

    def output(self):
        return (self.folder / "output").read_text()

    def end(self):
        self.cut_power()
        shutil.rmtree(self.folder, ignore_errors=True)
