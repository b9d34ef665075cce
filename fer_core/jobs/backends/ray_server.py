"""The few calls of Ray's REST interface that jobs need; nothing of Ray is installed or imported here."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import requests

from fer_core.errors import ClusterError, ConfigurationError, JobError
from fer_core.jobs.backends.backend import ADDRESS_VARIABLE, TOKEN_VARIABLE

#: Seconds at most to connect, and for one answer.
CONNECT_S, ANSWER_S = 5.0, 30.0
MOST_NODES = 10_000
LONGEST_QUOTE = 300


class RayServer:
    """A cluster's head, called with a bearer token.

    Every call raises ClusterError where the head does not answer, or refuses.
    """

    def __init__(self, address: str, token: str = "") -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ConfigurationError(
                f"{ADDRESS_VARIABLE} must be the address of Ray's dashboard, such as http://127.0.0.1:8265."
            )
        if not token.isascii() or not token.isprintable():
            raise ConfigurationError(f"{TOKEN_VARIABLE} must be one line of ASCII: the cluster's token.")
        self.address = address.rstrip("/")
        self._session = requests.Session()
        self._session.auth = _Bearer(token)

    def submit(self, content: dict[str, Any]) -> None:
        """Submit a job under its ``submission_id``; JobError where Ray takes no such job."""
        try:
            self._call("POST", "jobs/", content)
        except _RefusedError as refused:
            if self.find_job(content["submission_id"]):
                return  # it had come through before
            if refused.status == requests.codes.bad_request:
                raise JobError(str(refused)) from refused
            raise

    def find_job(self, submission_id: str) -> dict[str, Any] | None:
        """What Ray knows of a job, or None where it knows none by that id."""
        return self._call("GET", f"jobs/{quote(submission_id, safe='')}")

    def stop(self, submission_id: str) -> None:
        """SIGTERM to the job's processes, and SIGKILL three seconds later; nothing where it is over."""
        self._call("POST", f"jobs/{quote(submission_id, safe='')}/stop")

    def logs(self, submission_id: str) -> str:
        """What Ray has of the job's output."""
        answer = self._call("GET", f"jobs/{quote(submission_id, safe='')}/logs")
        return (answer or {}).get("logs") or ""

    def nodes(self) -> list[dict[str, float]]:
        """The resources of every living machine: ``CPU``, ``GPU``, ``memory`` in bytes."""
        answer = self._call("GET", f"v0/nodes?detail=1&limit={MOST_NODES}")
        try:
            nodes = answer["data"]["result"]["result"]
            return [dict(node["resources_total"] or {}) for node in nodes if node["state"] == "ALIVE"]
        except (TypeError, KeyError) as error:
            raise self._strange() from error

    def _call(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        """The answer, or None where there is no such thing."""
        try:
            answer = self._session.request(
                method,
                f"{self.address}/api/{path}",
                json=content,
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,  # the token is for this address alone
            )
        except requests.RequestException as error:
            raise ClusterError(
                f"The Ray cluster at {self.address} does not answer: see that its head runs and that"
                f" {ADDRESS_VARIABLE} is right."
            ) from error
        if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            raise ClusterError(
                f"The Ray cluster at {self.address} refuses the token: set {TOKEN_VARIABLE} to the cluster's."
            )
        if answer.status_code == requests.codes.not_found:
            return None
        if answer.status_code != requests.codes.ok:
            raise _RefusedError(self.address, path, answer)
        try:
            return answer.json()
        except ValueError as error:
            raise self._strange() from error

    def _strange(self) -> ClusterError:
        return ClusterError(
            f"What answers at {self.address} is no Ray dashboard that this version knows: see that"
            f" {ADDRESS_VARIABLE} is right."
        )


class _RefusedError(ClusterError):
    """Ray answered, but not with what was requested."""

    def __init__(self, address: str, path: str, answer: requests.Response) -> None:
        lines = [line.strip() for line in answer.text.splitlines() if line.strip(" .")]
        quoted = (lines[-1] if lines else answer.reason or "")[:LONGEST_QUOTE].rstrip(".")
        super().__init__(f"The Ray cluster at {address} refuses {path} ({answer.status_code}): {quoted}.")
        self.status = answer.status_code


class _Bearer(requests.auth.AuthBase):
    """Puts the token on every request; unlike a header of the session, no netrc file replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request
