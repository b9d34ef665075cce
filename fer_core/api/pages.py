"""The page that shows the OpenAPI description. Its scripts come from this server, not from another one."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

DOCS = "/docs"
_FILES = "/swagger-ui"
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


def add_pages(app: FastAPI) -> None:
    """Serve the page at DOCS, and lead there from the root."""
    app.mount(_FILES, StaticFiles(packages=[("fastapi_swagger", "resources")]))
    app.add_api_route("/", _lead_to_docs, include_in_schema=False)
    app.add_api_route(DOCS, _show_docs, include_in_schema=False)


async def _lead_to_docs() -> Response:
    return RedirectResponse(DOCS)


async def _show_docs() -> Response:
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Faceoff API",
        swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{_FILES}/swagger-ui.css",
        swagger_favicon_url=f"{_FILES}/favicon-32x32.png",
    )
    page.headers["Content-Security-Policy"] = _POLICY
    return page
