"""What a server does before its first visitor comes."""

import subprocess
import sys

from dashboard.shell import warming
from fer_core import paths

OPEN_AND_LOOK = """
import asyncio, sys, threading
import app
from dashboard.shell import warming

async def open_server():
    async with warming.lifespan(app.app):
        print(hasattr(sys.modules.get("cv2"), "data"))
        for thread in threading.enumerate():
            if thread.name == warming.THREAD:
                thread.join()

asyncio.run(open_server())
print(sorted({"pandas", "altair", "dashboard.shell.sidebar", "fer_core.charts.scores"} - set(sys.modules)))
print(sorted({"tensorflow", "keras", "torch", "timm"} & set(sys.modules)))
"""


def test_a_server_has_opencv_whole_loads_what_the_first_page_needs_and_no_training_framework():
    done = subprocess.run(
        [sys.executable, "-c", OPEN_AND_LOOK], cwd=paths.REPOSITORY, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["True", "[]", "[]"], done.stderr
    assert warming.FAILED not in done.stderr


IN_TROUBLE = """
from dashboard.shell import warming
from fer_core.variants import registry

def fail():
    raise OSError("the disk is gone")

registry.list_variants = fail
warming.warm_up()
"""


def test_trouble_while_warming_up_is_logged_and_goes_no_further():
    done = subprocess.run(
        [sys.executable, "-c", IN_TROUBLE], cwd=paths.REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert warming.FAILED in done.stderr and "the disk is gone" in done.stderr
