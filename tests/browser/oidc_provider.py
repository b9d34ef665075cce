"""A small OpenID provider on loopback: whoever comes is signed in at once as the person that the test names."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "faceoff", "not-a-secret"


class Provider(ThreadingHTTPServer):
    """``email`` is who signs in next."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
        self.email = "nobody@example.org"
        self.nonces: dict[str, str] = {}

    def token(self, code: str) -> str:
        """The signed statement of who has signed in."""
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT_ID, "sub": self.email, "email": self.email, "email_verified": True,
            "iat": now, "exp": now + 600, "nonce": self.nonces.pop(code),
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "test"}, claims, self.key)


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        if place.path == "/.well-known/openid-configuration":
            base = self.server.address
            self._answer({
                "issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            })  # fmt: skip
        elif place.path == "/jwks":
            self._answer({"keys": [self.server.key.as_dict(private=False)]})
        elif place.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(place.query).items()}
            code = secrets.token_hex(8)
            self.server.nonces[code] = query.get("nonce", "")
            self.send_response(302)
            back = urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        token = self.server.token(form["code"][0])
        self._answer({"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def provide() -> Iterator[Provider]:
    """A provider that answers while the block runs."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, daemon=True)
        thread.start()
        yield provider
        provider.shutdown()


def secrets_file(provider: Provider, address: str) -> str:
    """Streamlit's secrets that make ``provider`` the place to sign in."""
    return f"""
FER_TRAINERS = "ann@lab.org, @uni.edu"

[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "{secrets.token_hex(16)}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
server_metadata_url = "{provider.address}/.well-known/openid-configuration"
"""
