"""The newest frame wins on the whole way of a stream."""

import asyncio
import threading

import av
import pytest
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError
from streamlit_webrtc.models import CallbackAttachableProcessor
from streamlit_webrtc.process import AsyncVideoProcessTrack

from fer_core.live import hand_over_newest_only


class Camera(MediaStreamTrack):
    """Frames whose time is their number, as fast as they are taken; the test opens the shutter."""

    kind = "video"

    def __init__(self):
        super().__init__()
        self.shutter = asyncio.Queue()

    async def recv(self):
        number = await self.shutter.get()
        if number is None:
            raise MediaStreamError
        frame = av.VideoFrame(16, 16)
        frame.pts = number
        return frame

    async def take(self, *numbers):
        """Take these pictures and let the relay pass them on."""
        for number in numbers:
            self.shutter.put_nowait(number)
        while not self.shutter.empty():
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)


async def first_and_next(newest_only):
    """Numbers of the frames that a slow receiver gets: at first, and after 50 others have passed."""
    relay, camera = MediaRelay(), Camera()
    if newest_only:
        hand_over_newest_only(relay)
        hand_over_newest_only(relay)
    receiver = relay.subscribe(camera)
    first = asyncio.ensure_future(receiver.recv())
    await camera.take(0)
    got = [(await first).pts]
    await camera.take(*range(1, 51))
    got.append((await receiver.recv()).pts)
    await camera.take(None)
    if newest_only:
        with pytest.raises(MediaStreamError):
            await receiver.recv()
    return got


def test_a_receiver_that_is_too_slow_gets_the_newest_frame_and_then_the_end():
    assert asyncio.run(first_and_next(newest_only=True)) == [0, 50]


def test_without_it_a_slow_receiver_lags():
    assert asyncio.run(first_and_next(newest_only=False)) == [0, 1]


def test_a_slow_callback_is_handed_the_newest_frame():
    seen, entered, release = [], threading.Semaphore(0), threading.Semaphore(0)

    def callback(frame):
        seen.append(frame.pts)
        entered.release()
        release.acquire()
        return frame

    async def stream():
        camera = Camera()
        track = AsyncVideoProcessTrack(camera, CallbackAttachableProcessor(callback, None, None))
        for number in range(31):
            camera.shutter.put_nowait(number)
            await track.recv()
            if number == 0:
                await asyncio.to_thread(entered.acquire)  # the callback is busy with the first frame
        release.release()
        await asyncio.to_thread(entered.acquire)
        release.release()
        track.stop()

    asyncio.run(stream())
    assert seen == [0, 30]
