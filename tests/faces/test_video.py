"""Videos written by real encoders, read from memory and analysed."""

import io
import struct
from fractions import Fraction

import av
import numpy as np
import onnx
import pandas as pd
import pytest

from fer_core.emotions import EMOTIONS
from fer_core.errors import ModelError, VideoError
from fer_core.faces import videos
from fer_core.faces.finders import HaarFinder
from fer_core.live.video import analyse_video, read_video
from fer_core.variants.classifier import FixedClassifier, OnnxClassifier
from tests.fixtures_variants import make_model
from tests.moving_faces import encode, frames_of, middle, stream_of

HEADER_BYTES = 64
HAPPY = FixedClassifier(np.eye(7, dtype=np.float32)[[3]])


def plain(count=50, width=64, height=48):
    """Grey frames that get brighter."""
    return [np.full((height, width, 3), 4 * index % 256, np.uint8) for index in range(count)]


def turned(data, degrees):
    """An MP4 whose header asks for this clockwise turn, as a telephone held upright writes it."""
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    place = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    matrix = (cosine * one, sine * one, 0, -sine * one, cosine * one, 0, 0, 0, 1 << 30)
    return data[:place] + struct.pack(">9i", *matrix) + data[place + 36 :]


def sound():
    """A second of silence as an MP4 without a picture."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.int16), format="s16", layout="mono")
        frame.rate = 44_100
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return target.getvalue()


@pytest.fixture(scope="module")
def faces_video():
    """Two seconds of two drawn faces that move, and where they are."""
    stream = stream_of("happy", "surprise")
    return encode(frames_of(stream, 50)), stream


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    onnx.save(make_model(1), folder / "one.onnx")
    return {"mine.one": OnnxClassifier(folder / "one.onnx"), "mine.happy": HAPPY}


# --- reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "codec"),
    [("mp4", "libx264"), ("webm", "libvpx"), ("matroska", "libx264"), ("avi", "mpeg4"), ("gif", "gif")],
)
def test_a_video_is_opened_whatever_its_format(container, codec):
    video = read_video(encode(plain(), container, codec), f"film.{container}")
    assert (video.width, video.height) == (64, 48)
    assert video.duration_s == pytest.approx(2, abs=0.1)
    assert video.frames_per_s == pytest.approx(25)


def test_a_file_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "film.mp4"
    data = encode(plain(), path=path)
    one, two = read_video(path, "film.mp4"), read_video(data, "film.mp4")
    assert (one.width, one.height, one.duration_s) == (two.width, two.height, two.duration_s)
    assert analyse_video(one, {}, HaarFinder(), every_s=0.5).frames == 4


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_video_is_turned_upright_as_its_camera_noted(degrees):
    frame = np.zeros((48, 96, 3), np.uint8)
    frame[:24, :48] = 255  # white where the unturned picture has its top left
    video = read_video(turned(encode([frame] * 3), degrees), "telephone.mp4")
    assert (video.width, video.height) == ((96, 48) if degrees == 180 else (48, 96))
    seen = next(videos.read_frames(video, 1.0, [])).rgb
    upright = np.rot90(frame, -degrees // 90)
    assert seen.shape == upright.shape
    assert np.abs(seen.astype(int) - upright).mean() < 10


def test_the_disk_is_not_touched(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    analyse_video(read_video(encode(plain()), "film.mp4"), {}, HaarFinder())
    assert list(tmp_path.iterdir()) == []


WHOLE = encode(plain())
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n%s\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "film.mp4 is empty"),
        (b"not a film at all " * 40, "film.mp4 is not a video"),
        (np.random.default_rng(0).bytes(5000), "film.mp4 is not a video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "film.mp4 is not a video"),
        (WHOLE[: len(WHOLE) // 2], "film.mp4 is damaged or cut off"),
        (WHOLE[:40], "film.mp4 is damaged or cut off"),
        (sound(), "film.mp4 holds only sound"),
        (encode(plain(2, 8, 8), codec="mpeg4"), "frames of only 8 x 8 pixels"),
        (encode(plain(1, 4096, 2304), codec="mpeg4"), "4,096 x 2,304 pixels; reduce it to 3840 x 2160"),
        (encode(plain(40), rate=Fraction(1, 20)), "lasts 13 minutes; cut it to 10 minutes"),
    ],
    ids=["empty", "text", "noise", "picture", "cut", "header", "sound", "tiny", "huge", "long"],
)
def test_what_is_wrong_with_a_video_is_said_in_a_sentence(data, sentence):
    with pytest.raises(VideoError, match=sentence) as caught:
        read_video(data, "/home/someone/film.mp4")
    assert str(caught.value).startswith("film.mp4 ") and str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_video_with_too_many_bytes_is_refused_unread(monkeypatch):
    monkeypatch.setattr(videos, "LARGEST_BYTES", 1_000_000)
    with pytest.raises(VideoError, match="film.mp4 has 2 MB; cut or reduce it to 1 MB at most"):
        read_video(bytes(2_000_000), "film.mp4")


def test_a_playlist_can_make_the_server_open_nothing_else(tmp_path):
    part = tmp_path / "part.ts"
    encode(plain(), "mpegts", path=part)
    for address in (str(part), part.as_uri(), "http://127.0.0.1:9/part.ts"):
        for data in (PLAYLIST % address.encode(), b"ffconcat version 1.0\nfile '%s'\n" % address.encode()):
            with pytest.raises(VideoError, match="is not a video"):
                read_video(data, "list.m3u8")


@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx"), ("avi", "mpeg4")])
def test_damaged_bytes_give_answers_or_a_sentence_and_never_another_error(container, codec):
    whole, rng, refused = encode(plain(20), container, codec), np.random.default_rng(0), 0
    for turn in range(60):
        data = bytearray(whole)
        reach = HEADER_BYTES if turn % 2 else len(data)  # decoders repair most of what is wrong behind it
        for place in rng.integers(0, reach, rng.integers(1, 6)):
            data[place] = rng.integers(256)
        try:
            analyse_video(read_video(bytes(data), "film"), {}, HaarFinder())
        except VideoError:
            refused += 1
    assert 0 < refused < 60


# --- analysing ----------------------------------------------------------------------------------------------


def test_every_model_answers_every_face_in_one_frame_for_each_step(faces_video, models):
    data, stream = faces_video
    answers = analyse_video(read_video(data, "faces.mp4"), models, HaarFinder(), every_s=0.2)
    table = answers.table
    assert list(table) == ["time_s", "face", "x", "y", "w", "h", "variant", *EMOTIONS]
    assert answers.frames == 10 and not answers.cancelled and answers.notes == ()
    assert sorted(table["time_s"].unique()) == pytest.approx(np.arange(10) * 0.2)
    assert answers.faces == 2 and set(table["variant"]) == set(models)
    assert len(table) == 10 * 2 * 2
    assert table[list(EMOTIONS)].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(table)), abs=1e-5)
    assert (table.loc[table["variant"] == "mine.happy", "happy"] == 1).all()
    for row in table.itertuples():
        truth = stream.squares(row.time_s)[row.face - 1]
        assert np.abs(middle((row.x, row.y, row.w)) - middle(truth)).max() < 0.2 * truth[2]
    assert set(answers.model_ms) == set(models) and answers.finding_ms.p95 > 0


def test_the_timeline_and_the_csv_hold_the_same_figures(faces_video, models):
    data, _ = faces_video
    answers = analyse_video(read_video(data, "faces.mp4"), models, HaarFinder(), every_s=0.5)
    timeline = answers.timeline
    assert list(timeline) == ["time_s", "face", "variant", "emotion", "prob"]
    assert len(timeline) == 7 * len(answers.table)
    csv = pd.read_csv(io.StringIO(answers.csv()))
    assert list(csv) == list(answers.table) and len(csv) == len(answers.table)
    back = csv.melt(["time_s", "face", "variant"], list(EMOTIONS), "emotion", "prob")
    merged = timeline.merge(back, on=["time_s", "face", "variant", "emotion"], suffixes=("", "_csv"))
    assert len(merged) == len(timeline)
    assert merged["prob_csv"].to_numpy() == pytest.approx(merged["prob"].to_numpy(), abs=1e-5)


def test_progress_is_reported_and_reaches_the_end(faces_video):
    data, _ = faces_video
    seen = []
    analyse_video(read_video(data, "faces.mp4"), {}, HaarFinder(), every_s=0.4, on_progress=seen.append)
    assert [progress.frames for progress in seen] == [1, 2, 3, 4, 5]
    assert [progress.fraction for progress in seen] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=0.02)
    assert seen[-1].faces == 2


def test_cancelling_keeps_what_was_analysed(faces_video, models):
    data, _ = faces_video
    seen = []
    answers = analyse_video(
        read_video(data, "faces.mp4"),
        models,
        HaarFinder(),
        on_progress=seen.append,
        should_stop=lambda: len(seen) == 3,
    )
    assert answers.cancelled and answers.frames == 3
    assert answers.table["time_s"].max() == pytest.approx(0.4)
    assert len(answers.table) == 3 * 2 * 2


def test_a_video_that_is_cut_off_is_analysed_as_far_as_it_goes(tmp_path):
    whole = encode(plain(100), path=tmp_path / "film.mp4", movflags="faststart")
    answers = analyse_video(read_video(whole[: len(whole) * 2 // 3], "film.mp4"), {}, HaarFinder())
    assert 1 < answers.frames < 20
    assert "film.mp4 is damaged or cut off:" in answers.notes[0] and "of 4.0 seconds" in answers.notes[0]


def test_a_video_that_goes_on_is_analysed_up_to_the_bound(monkeypatch):
    monkeypatch.setattr(videos, "MOST_FRAMES", 30)
    answers = analyse_video(read_video(WHOLE, "film.mp4"), {}, HaarFinder())
    assert answers.frames == 6
    assert answers.notes == ("film.mp4 goes on; it was analysed up to second 1.0.",)


def test_a_failing_model_is_named_and_the_others_go_on(faces_video):
    class Failing:
        def predict_proba(self, faces):
            raise ModelError("mine.lost failed on 2 faces.")

    data, _ = faces_video
    classifiers = {"mine.lost": Failing(), "mine.happy": HAPPY}
    answers = analyse_video(read_video(data, "faces.mp4"), classifiers, HaarFinder(), every_s=1.0)
    assert set(answers.table["variant"]) == {"mine.happy"}
    assert answers.errors == {"mine.lost": "mine.lost failed on 2 faces."}


def test_a_video_without_a_face_gives_an_empty_table(models):
    answers = analyse_video(read_video(WHOLE, "film.mp4"), models, HaarFinder())
    assert answers.frames == 10 and answers.faces == 0 and len(answers.table) == 0
    assert len(answers.timeline) == 0
    assert answers.csv().startswith("time_s,face,x,y,w,h,variant,angry")
