"""What the browser itself knows about its camera, said before and after START: no camera, blocked, not secure.

The streamer keeps these reasons to itself, in the words of programmers. This component runs in the browser,
asks it, and shows the sentence that fits; nothing is sent to the server, and no run of the page is caused.
"""

from __future__ import annotations

import streamlit as st

#: What works without a stream (also said by the server's own sentences about connections).
OTHERWISE = "Single pictures and Video file, above, work without a live camera."

SENTENCES = {
    "insecure": (
        "Browsers give the camera only to pages opened with https, or on the machine itself as "
        f"http://localhost: open this page that way. {OTHERWISE}"
    ),
    "none": f"This browser sees no camera: plug one in, or choose another device or browser. {OTHERWISE}",
    "blocked": (
        "The camera is blocked for this page: allow it at the left end of the browser's address bar, then press "
        f"START again. {OTHERWISE}"
    ),
}

_CSS = """
p { margin: 0 0 .5rem; padding: .8rem 1rem; border-radius: .5rem; font: inherit; line-height: 1.45;
    background: rgba(220, 117, 30, .14); color: var(--st-text-color); }
p[hidden] { display: none; }
"""
_JS = """
export default function ({ parentElement }) {
  const cameras = navigator.mediaDevices
  const say = (found) => {
    for (const sentence of parentElement.querySelectorAll("[data-case]"))
      sentence.hidden = sentence.dataset.case !== found
  }
  const ask = async () => {
    if (!cameras) return say("insecure")
    const devices = await cameras.enumerateDevices()
    if (!devices.some((device) => device.kind === "videoinput")) return say("none")
    const permission = await navigator.permissions.query({ name: "camera" })
    permission.onchange = check
    say(permission.state === "denied" ? "blocked" : "")
  }
  const check = () => ask().catch(() => say(""))  // some browsers can't be asked: then nothing is known
  cameras?.addEventListener("devicechange", check)
  check()
  return () => cameras?.removeEventListener("devicechange", check)
}
"""

_component = st.components.v2.component(
    "faceoff_camera_check",
    html="".join(f'<p data-case="{case}" role="alert" hidden>{text}</p>' for case, text in SENTENCES.items()),
    css=_CSS,
    js=_JS,
)


def camera_check() -> None:
    """A sentence where the browser has no camera to give; nothing where it has."""
    _component(key="live.camera check")
