"""The API keeps to its own OpenAPI description, whatever is sent: schemathesis looks for a case where it doesn't."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from fer_core.api.app import create_app
from fer_core.api.predicting import MODEL_ID
from fer_core.api.settings import Limits, Settings
from tests.app_driver import make_five
from tests.browser.pictures import encoded
from tests.fixtures_variants import use_empty_folders

TOKEN = "a-token-for-the-contract-test"
PORTRAIT = Image.fromarray(data.astronaut()).crop((150, 30, 310, 190))
QUICKLY = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

# Schemathesis would send ids that don't exist, and pictures of one pixel or noise; these can be answered.
IDS = ["first.good", "first.fair", "second.poor", "second.recipe", "third.broken"]
schemathesis.openapi.format(MODEL_ID, st.sampled_from(IDS) | st.text(max_size=20))
for kind in ("JPEG", "PNG", "WEBP"):
    pictures = [encoded(PORTRAIT, kind), encoded(PORTRAIT.resize((48, 48)), kind)]
    schemathesis.openapi.media_type(f"image/{kind.lower()}", st.sampled_from(pictures))


def description_of(settings: Settings) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(settings))


OPEN = description_of(Settings(Limits(max_pictures=3)))
GUARDED = description_of(Settings(Limits(max_pictures=3), token=TOKEN))


@pytest.fixture(scope="module", autouse=True)
def variants(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield make_five(use_empty_folders(monkeypatch, tmp_path_factory.mktemp("contract"))[1])


@OPEN.parametrize()
@QUICKLY
def test_everything_sent_is_answered_as_described(case):
    case.call_and_validate()


@GUARDED.parametrize()
@settings(QUICKLY, max_examples=15)  # the same paths behind one more question
def test_everything_sent_with_a_token_is_answered_as_described(case):
    case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"})
