"""What all tests share."""

import importlib
import os
import sys
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from fer_core.data import import_dataset
from fer_core.data.store import load_dataset
from fer_core.faces.detector_file import OFF
from fer_core.faces.detector_file import VARIABLE as YUNET_VARIABLE
from fer_core.roles.permissions import Identity
from tests.warm import Warm

ARCHIVE = "FER_TEST_ARCHIVE"

#: A YuNet file to test with. It is moved in the environment from where pages, servers and commands under test
#: would find it: the drawn faces are made for the Haar cascade, and YuNet does not see faces in them.
TEST_YUNET = "FER_TEST_YUNET"
# The workers of pytest-xdist find "off" there, from this very file.
if os.environ.get(YUNET_VARIABLE, OFF) != OFF:
    os.environ[TEST_YUNET] = os.environ.pop(YUNET_VARIABLE)
YUNET = os.environ.get(TEST_YUNET)
os.environ[YUNET_VARIABLE] = OFF  # and nothing is fetched


#: Folders whose tests stay in one process, for what they share there: a browser, a database server, the frameworks.
#: Those with most tests are begun first, so that no long one is left for the end.
TOGETHER = {
    "tests/browser/": "browser",
    "tests/jobs/": "jobs",
    "tests/training/": "frameworks",
    "tests/architectures/": "frameworks",
    "tests/adapting/": "frameworks",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """For pytest-xdist: a file's tests share their fixtures in one process, and so do some folders'."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return next((name for folder, name in TOGETHER.items() if file.startswith(folder)), file)

    return ByFile(config, log)


@pytest.fixture(scope="session")
def fer2013(tmp_path_factory):
    """The real FER2013, imported once for all processes; FER_TEST_ARCHIVE in the environment names its archive."""
    archive = os.environ.get(ARCHIVE)
    if not archive:
        pytest.skip(f"needs the real FER2013: set {ARCHIVE} to its folder, .zip, .tar.xz or .csv")
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "fer2013"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            import_dataset(Path(archive), folder=folder)
    return load_dataset(folder)


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory):
    """A FER_HOME for tests that name none: what they change and log stays out of the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_tensorflow_here():
    """TensorFlow stays in processes of its own: beside it, every page that tests draw takes ten times as long."""
    yield
    assert "tensorflow" not in sys.modules


@pytest.fixture(scope="session")
def keras_process(tmp_path_factory):
    """A process for what imports Keras; it runs one command after the other, without downloads, old or new."""
    unreachable = "http://127.0.0.1:9"  # a port where nothing answers
    home = str(tmp_path_factory.mktemp("keras"))
    with closing(Warm(KERAS_HOME=home, https_proxy=unreachable, HTTPS_PROXY=unreachable)) as process:
        yield process


@pytest.fixture(scope="session")
def torch_process():
    """A process for what imports PyTorch, and for commands that import neither."""
    with closing(Warm()) as process:
        yield process


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
