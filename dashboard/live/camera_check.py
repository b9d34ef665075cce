"""What the browser itself knows about its camera, said before and after Start: no camera, blocked, not secure.

The streamer keeps these reasons to itself, in the words of programmers. This component runs in the browser, asks it,
and hears what it answers to Start, which only the streamer's own frame sees; it shows the sentence that fits. It
also sets the streamer's buttons in the page's small letters.
Nothing is sent to the server, and no run of the page is caused.
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
        f"Start again. {OTHERWISE}"
    ),
    "busy": (
        "The camera is there and gives no picture, mostly because another program or tab holds it: close that one, "
        f"then press Start again. {OTHERWISE}"
    ),
}

_CSS = """
p { margin: 0 0 .5rem; padding: .8rem 1rem; border-radius: .5rem; font: inherit; line-height: 1.45;
    background: rgba(220, 117, 30, .14); color: var(--st-text-color); }
p[hidden] { display: none; }
"""
_JS = """
const REASONS = {
  NotAllowedError: "blocked", SecurityError: "blocked",
  NotFoundError: "none", OverconstrainedError: "none",
  NotReadableError: "busy", AbortError: "busy",
}
const HEARD = "faceoff camera", DRESSED = "faceoff-buttons"
const isStreamer = (frame) => frame.src?.includes("streamlit_webrtc")
const heard = (reason) => window.dispatchEvent(new CustomEvent(HEARD, { detail: reason }))

// The streamer writes its buttons in capitals, and has no setting for it.
const dress = (frame) => {
  const inside = isStreamer(frame) && frame.contentDocument
  if (!inside?.head || inside.getElementById(DRESSED)) return
  const style = Object.assign(inside.createElement("style"), { id: DRESSED })
  style.textContent = "button { text-transform: none !important; letter-spacing: normal !important; }"
  inside.head.append(style)
}

// The answer to Start goes to the streamer's frame, which shows it in the words of programmers.
const listen = (frame) => {
  const cameras = isStreamer(frame) && frame.contentWindow?.navigator?.mediaDevices
  if (!cameras || cameras.isHeard) return
  const ask = cameras.getUserMedia.bind(cameras)
  cameras.isHeard = true
  cameras.getUserMedia = (wanted) => ask(wanted).then(
    (stream) => { heard(""); return stream },
    (error) => { heard(REASONS[error.name] ?? ""); throw error },
  )
}

export default function ({ parentElement }) {
  const cameras = navigator.mediaDevices
  let reason = ""
  const say = (found) => {
    for (const sentence of parentElement.querySelectorAll("[data-case]"))
      sentence.hidden = sentence.dataset.case !== found
  }
  const ask = async () => {
    if (!cameras) return say("insecure")
    const devices = await cameras.enumerateDevices()
    if (!devices.some((device) => device.kind === "videoinput")) return say("none")
    const permission = await navigator.permissions.query({ name: "camera" })
    permission.onchange = anew
    say(permission.state === "denied" ? "blocked" : reason)
  }
  const check = () => ask().catch(() => say(reason))  // some browsers don't answer: then only Start tells
  const anew = () => { reason = ""; check() }
  const hear = (event) => { reason = event.detail; check() }
  const meet = (frame) => { dress(frame); listen(frame) }
  const loaded = (event) => { if (event.target.tagName === "IFRAME") meet(event.target) }
  document.querySelectorAll("iframe").forEach(meet)
  document.addEventListener("load", loaded, true)
  window.addEventListener(HEARD, hear)
  cameras?.addEventListener("devicechange", anew)
  check()
  return () => {
    document.removeEventListener("load", loaded, true)
    window.removeEventListener(HEARD, hear)
    cameras?.removeEventListener("devicechange", anew)
  }
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
