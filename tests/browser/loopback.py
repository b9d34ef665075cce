"""A Streamlit server for tests of streams: it needs no network, and tells which threads it runs.

    python -m tests.browser.loopback THREADS_FILE ADDRESSES run app.py ...

ADDRESSES are those that it offers to browsers, joined by commas: 127.0.0.1, or none ("") for a server that no
stream can reach.
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
    beside = path.with_suffix(".new")
    while True:
        beside.write_text("\n".join(thread.name for thread in threading.enumerate()))
        os.replace(beside, path)
        time.sleep(EVERY_S)


if __name__ == "__main__":
    threads_file, addresses = Path(sys.argv.pop(1)), [part for part in sys.argv.pop(1).split(",") if part]
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: addresses
    threading.Thread(target=tell_threads, args=(threads_file,), daemon=True).start()
    sys.exit(main(prog_name="streamlit"))
