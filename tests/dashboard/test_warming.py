"""What a server does before its first visitor comes."""

import os
import subprocess
import sys

import pytest

from dashboard.shell import warming
from fer_core import paths

OPEN_AND_LOOK = """
import asyncio, sys
import app
from dashboard.shell import warming
{before}
async def open_server():
    async with app.app.lifespan()(None):
        print(hasattr(sys.modules.get("cv2"), "data"))
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == warming.TASK))
        print(app.app._runtime._session_mgr.num_active_sessions())

asyncio.run(open_server())
print(sorted({{"pandas", "altair", "dashboard.shell.sidebar", "fer_core.charts.scores"}} - set(sys.modules)))
print(sorted({{"tensorflow", "keras", "torch", "timm", "sqlalchemy"}} & set(sys.modules)))
"""


@pytest.fixture
def opened(tmp_path):
    """Starts a server in a process of its own, waits until it is warm, and gives what it printed."""

    def open_server(before=""):
        return subprocess.run(
            [sys.executable, "-c", OPEN_AND_LOOK.format(before=before)],
            cwd=paths.REPOSITORY,
            env=os.environ | {"FER_HOME": str(tmp_path), "FER_YUNET": "off"},
            capture_output=True,
            text=True,
        )

    return open_server


def test_a_server_has_opencv_whole_draws_its_first_page_for_nobody_and_loads_no_training_framework(opened):
    done = opened()
    assert done.stdout.splitlines() == ["True", "0", "[]", "[]"], done.stderr
    assert warming.FAILED not in done.stderr


FAILING = """
async def fail():
    raise OSError("the disk is gone")

warming.visit = fail
"""


def test_trouble_while_warming_up_is_logged_and_goes_no_further(opened):
    done = opened(FAILING)
    assert done.returncode == 0 and done.stdout.splitlines()[:2] == ["True", "0"]
    assert warming.FAILED in done.stderr and "the disk is gone" in done.stderr
