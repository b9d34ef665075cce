"""The better face detector is fetched once, checked, and kept; without a network everything goes on."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dashboard.shell import warming
from fer_core import paths
from fer_core.errors import ModelError
from fer_core.faces import detector_file
from fer_core.faces.detector_file import VARIABLE, DetectorFile, advice, detector_path, fetch, is_wanted
from fer_core.faces.finders import HaarFinder, default_finder

CONTENT = b"a network of eyes and mouths"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A file on a server of the test's own, taken for the one that is wanted; FER_HOME is empty."""
    monkeypatch.setenv("FER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE)
    folder = tmp_path / "zoo"
    folder.mkdir()
    (folder / "yunet.onnx").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = DetectorFile(
        f"http://127.0.0.1:{server.server_port}/yunet.onnx", len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
    )
    monkeypatch.setattr(detector_file, "YUNET", file)
    yield file
    server.shutdown()
    server.server_close()


def test_a_server_fetches_the_detector_when_it_starts_and_keeps_it(published, monkeypatch):
    assert is_wanted() and "python -m fer_core detector" in advice()
    monkeypatch.setattr(detector_file.fetch, "__defaults__", (published,))
    warming.fetch_detector()
    assert detector_path() == paths.detectors() / "yunet.onnx"
    assert detector_path().read_bytes() == CONTENT
    assert not is_wanted() and not advice()


def test_what_is_kept_is_not_fetched_again(published):
    kept = fetch(published)
    gone = DetectorFile("http://127.0.0.1:9/yunet.onnx", published.size_bytes, published.sha256)
    assert fetch(gone) == kept


@pytest.mark.parametrize("content", [CONTENT + b"!", CONTENT[:-1], CONTENT[:-1] + b"?"])
def test_another_file_than_the_published_one_is_refused_and_not_kept(published, tmp_path, content):
    (tmp_path / "zoo" / "yunet.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="is not yunet.onnx as it was published"):
        fetch(published)
    assert not list(paths.home().rglob("*.onnx"))


def test_offline_one_line_is_logged_and_the_cascade_finds_faces(published, monkeypatch, caplog):
    offline = DetectorFile("http://127.0.0.1:9/yunet.onnx", published.size_bytes, published.sha256)
    monkeypatch.setattr(detector_file.fetch, "__defaults__", (offline,))
    warming.fetch_detector()
    (record,) = caplog.records
    assert "can't be fetched from http://127.0.0.1:9/yunet.onnx" in record.getMessage()
    assert f"name the file in {VARIABLE}" in record.getMessage()
    assert isinstance(default_finder(), HaarFinder)


def test_off_means_the_cascade_without_a_word(published, monkeypatch):
    monkeypatch.setenv(VARIABLE, "off")
    assert detector_path() is None and not is_wanted() and not advice()
