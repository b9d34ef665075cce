"""What all tests share."""

import importlib
import os
from pathlib import Path

import pytest

from fer_core.data import import_dataset
from fer_core.faces.detector_file import OFF
from fer_core.faces.detector_file import VARIABLE as YUNET_VARIABLE
from fer_core.roles.permissions import Identity

ARCHIVE = "FER_TEST_ARCHIVE"

#: A YuNet file to test with. It is moved in the environment from where pages, servers and commands under test
#: would find it: the drawn faces are made for the Haar cascade, and YuNet does not see faces in them.
TEST_YUNET = "FER_TEST_YUNET"
# The workers of pytest-xdist find "off" there, from this very file.
if os.environ.get(YUNET_VARIABLE, OFF) != OFF:
    os.environ[TEST_YUNET] = os.environ.pop(YUNET_VARIABLE)
YUNET = os.environ.get(TEST_YUNET)
os.environ[YUNET_VARIABLE] = OFF  # and nothing is fetched


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """For pytest-xdist: a file's tests share their fixtures in one process, and one browser runs at a time."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "browser" if file.startswith("tests/browser/") else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def fer2013(tmp_path_factory):
    """The real FER2013, imported once; its archive is named by the environment variable FER_TEST_ARCHIVE."""
    archive = os.environ.get(ARCHIVE)
    if not archive:
        pytest.skip(f"needs the real FER2013: set {ARCHIVE} to its folder, .zip, .tar.xz or .csv")
    return import_dataset(Path(archive), folder=tmp_path_factory.mktemp("fer2013") / "data")


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory):
    """A FER_HOME for tests that name none: what they change and log stays out of the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def trainer(monkeypatch):
    """For pages in AppTest: their visitor has opened the link with the server's token."""
    identity = importlib.import_module("dashboard.shell.identity")
    monkeypatch.setattr(identity, "visitor", lambda: Identity(has_token=True))


@pytest.fixture
def no_browser(monkeypatch):
    """For the page Live in AppTest: nobody is at the other end of its stream."""
    component = importlib.import_module("streamlit_webrtc.component")
    monkeypatch.setattr(component, "get_this_session_info", lambda: None)
