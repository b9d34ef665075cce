"""A Streamlit server that offers streams on 127.0.0.1 alone, and tells which threads it runs.

    python -m tests.browser.loopback THREADS_FILE run app.py ...

For tests: no other network interface is needed, and a test can see that a stream has ended.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import aioice.ice
from streamlit.web.cli import main

EVERY_S = 0.1


def tell_threads(path: Path) -> None:
    """Write the names of all running threads to ``path``, again and again."""
    while True:
        beside = path.with_suffix(".new")
        beside.write_text("\n".join(thread.name for thread in threading.enumerate()))
        os.replace(beside, path)
        time.sleep(EVERY_S)


if __name__ == "__main__":
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    told = Path(sys.argv.pop(1))
    threading.Thread(target=tell_threads, args=(told,), daemon=True).start()
    sys.exit(main(prog_name="streamlit"))
