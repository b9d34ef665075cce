"""A task that says where it is and never ends by itself."""

import os
import sys
import time

from fer_core.machine.tasks import run_task, say_step


def _work(order):
    say_step(f"at work as {os.getpid()}")
    time.sleep(600)


if __name__ == "__main__":
    sys.exit(run_task(_work))
