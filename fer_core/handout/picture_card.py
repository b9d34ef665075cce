"""The answers about a visitor's picture as one picture to share: the boxes, and what each model says first."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFont

from fer_core.answers import Answers
from fer_core.emotions import EMOTIONS
from fer_core.faces.boxes import boxed

#: Of more faces than that, only the first are written below the picture.
MOST_FACES = 12
WIDTH = 1000
_MARGIN, _LINE, _BAR = 24, 30, 220
_PAPER, _INK, _FAINT, _ACCENT = "#ffffff", "#1c2430", "#5d6675", "#2f6fde"
_LIMIT = "Faceoff. An expression is not a feeling: a model names what photographs were labelled."


def picture_card(answers: Answers) -> bytes:
    """A PNG, WIDTH pixels wide: the picture with its boxes, and below it one line for each face and model.

    It holds the visitor's picture and words, and no other picture; no names of files, and no metadata.
    """
    picture = Image.fromarray(boxed(answers.picture.pixels, answers.faces, answers.doubtful))
    scale = WIDTH / picture.width if picture.width > picture.height else min(1.0, WIDTH / picture.width)
    picture = picture.resize((round(picture.width * scale), max(1, round(picture.height * scale))))
    lines = list(_lines(answers))
    card = Image.new("RGB", (WIDTH, picture.height + _LINE * (len(lines) + 1) + 2 * _MARGIN), _PAPER)
    card.paste(picture, ((WIDTH - picture.width) // 2, 0))
    draw, y = ImageDraw.Draw(card), picture.height + _MARGIN
    for text, emotion, share in lines:
        _write(draw, y, text, emotion, share)
        y += _LINE
    draw.text((_MARGIN, y), _LIMIT, _FAINT, ImageFont.load_default(16))
    out = io.BytesIO()
    card.save(out, "PNG", optimize=True)
    return out.getvalue()


def _lines(answers: Answers) -> Iterator[tuple[str, str, float | None]]:
    """Words on the left, the emotion, and how sure it is (0-1); a face's heading has no emotion."""
    faces = answers.faces[:MOST_FACES]
    for row, face in enumerate(faces):
        drawn = ", drawn by hand" if face.by_hand else ", doubtful" if not face.sure else ""
        if len(faces) > 1 or drawn:
            yield f"Face {row + 1}{drawn}", "", None
        for name, probs in answers.probs.items():
            top = int(probs[row].argmax())
            yield name, EMOTIONS[top], float(probs[row][top])
    if len(answers.faces) > MOST_FACES:
        yield f"and {len(answers.faces) - MOST_FACES} faces more", "", None


def _write(draw: ImageDraw.ImageDraw, y: int, text: str, emotion: str, share: float | None) -> None:
    heading = share is None
    draw.text((_MARGIN, y), text, _ACCENT if heading else _INK, ImageFont.load_default(19 if heading else 18))
    if share is None:
        return
    left, end = WIDTH - _MARGIN - _BAR, WIDTH - _MARGIN
    draw.text((left - 210, y), f"{emotion} {100 * share:.0f} %", _INK, ImageFont.load_default(18))
    draw.rectangle((left, y + 6, end, y + 18), "#e6eaf1")
    draw.rectangle((left, y + 6, left + round(_BAR * share), y + 18), _ACCENT)
