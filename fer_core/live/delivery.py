"""The newest frame wins: no queue grows when a machine or a line is slow.

Where frames can pile up between a browser's camera and its picture, with streamlit-webrtc on aiortc:

- before the callback: not. With ``async_processing`` a thread of its own takes all frames that have arrived
  while the callback was busy and hands it the last one.
- after it: yes. ``MediaRelay`` puts a queue without bound in front of each receiver, and the encoder, which
  empties it, is slower than a camera on a busy machine: the picture lags more and more. The relay can also do
  without queues (``buffered=False``), but streamlit-webrtc does not make it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiortc.contrib.media import MediaRelay


def hand_over_newest_only(relay: MediaRelay) -> None:
    """Let every later receiver of ``relay`` get the newest frame each time, and none that is older.

    Call it before streams begin (``streamlit_webrtc.relay.get_global_relay()`` is the relay of a server);
    calling it again changes nothing.
    """
    relay.subscribe = functools.partial(type(relay).subscribe, relay, buffered=False)
