"""A small client of Airflow's REST API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from stack.environment import HOST, USER, admin_password

TIMEOUT_SECONDS = 30
FINISHED = frozenset({"success", "failed"})


class ApiError(RuntimeError):
    """Airflow's API refused a request or does not answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class AirflowClient:
    """Requests to the API server on 127.0.0.1, logged in as the administrator.

    Attributes:
        port: TCP port of the API server.
    """

    port: int
    _token: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Address of the UI."""
        return f"http://{HOST}:{self.port}"

    def is_healthy(self) -> bool:
        """Tell whether the API server answers, reaches its database and hears the scheduler."""
        try:
            health = self._request("GET", "/api/v2/monitor/health")
        except ApiError:
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler"))

    def parsed_dags(self) -> dict[str, str]:
        """Return the time of the last parse per DAG id, in ISO format."""
        dags = self.call("GET", "/dags?limit=100")["dags"]
        return {dag["dag_id"]: dag["last_parsed_time"] or "" for dag in dags}

    def import_errors(self) -> list[str]:
        """Return what went wrong while reading DAG files."""
        errors = self.call("GET", "/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in errors]

    def trigger(self, dag_id: str, partition_key: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run of a DAG for a partition and return its run id."""
        body = {"logical_date": None, "partition_key": partition_key, "conf": conf or {}}
        run_id: str = self.call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"]
        return run_id

    def runs(self, dag_ids: list[str], states: list[str] | None = None) -> list[dict[str, Any]]:
        """Return the newest hundred runs of the DAGs, newest first."""
        body: dict[str, Any] = {"dag_ids": dag_ids, "order_by": "-run_after", "page_limit": 100}
        if states:
            body["states"] = states
        found: list[dict[str, Any]] = self.call("POST", "/dags/~/dagRuns/list", body)["dag_runs"]
        return found

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run."""
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances?{urlencode({'limit': 100})}"
        found: list[dict[str, Any]] = self.call("GET", path)["task_instances"]
        return found

    def tasks_at_work(self, dag_ids: list[str]) -> list[dict[str, Any]]:
        """Return up to a hundred task instances of the DAGs that hold a slot of a pool, whatever their run says."""
        body = {"dag_ids": dag_ids, "state": ["running", "queued"], "page_limit": 100}
        found: list[dict[str, Any]] = self.call("POST", "/dags/~/dagRuns/~/taskInstances/list", body)["task_instances"]
        return found

    def fail_run(self, dag_id: str, run_id: str) -> None:
        """Mark a run as failed, again if it is, which also stops its tasks."""
        self.call("PATCH", f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}", {"state": "failed"})

    def log_lines(self, task: dict[str, Any]) -> list[str]:
        """Return the log of a task instance's last try, one message a line."""
        run_id = quote(task["dag_run_id"], safe="")
        path = (
            f"/dags/{task['dag_id']}/dagRuns/{run_id}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
            f"?map_index={task['map_index']}&full_content=true"
        )
        content = self.call("GET", path)["content"]
        return [line for entry in content for line in _log_entry(entry)]

    def ensure_pool(self, name: str, slots: int, description: str) -> None:
        """Create a pool or set its size."""
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        known = {pool["name"]: pool for pool in self.call("GET", "/pools?limit=100")["pools"]}
        if name not in known:
            self.call("POST", "/pools", body)
        elif any(known[name][field] != value for field, value in body.items()):
            self.call("PATCH", f"/pools/{name}", body)

    def warm_up(self) -> None:
        """Make the server build its interface for tasks, which otherwise the first task waits for (3 s)."""
        self._request("GET", "/execution/health")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request to the public API and return the decoded answer.

        Raises:
            ApiError: the server does not answer, or answers with an error.
        """
        if self._token is None:
            login = {"username": USER, "password": admin_password()}
            self._token = self._request("POST", "/auth/token", login)["access_token"]
        return self._request(method, f"/api/v2{path}", body)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, headers=headers, method=method)  # noqa: S310
        # A proxy of the environment must never see requests to this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            raise ApiError(f"{method} {path} answered {error.code}: {detail}", error.code) from error
        except (OSError, TimeoutError) as error:
            raise ApiError(f"{method} {path}: Airflow's API server does not answer ({error})") from error
        return json.loads(content) if content else None


def _log_entry(entry: Any) -> list[str]:
    if isinstance(entry, str):
        return entry.splitlines()
    lines = str(entry.get("event", "")).splitlines()
    for error in entry.get("error_detail") or []:
        lines += f"{error.get('exc_type')}: {error.get('exc_value')}".splitlines()
    return lines
