"""`up` and `down`: Airflow and the warehouse as services, and a `down` that comes before `up` has ended."""

from __future__ import annotations

from collections.abc import Iterator

import corner_shop
import pytest
from harness import Stack, temporary_stack

from stack.runner import INTERRUPTED
from warehouse.embedded import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

STOPPED = "Airflow and the warehouse are stopped.\n"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with temporary_stack() as stack:
        companies = stack.state_dir / "companies"
        stack.variables |= {"ORW_COMPANIES_DIR": str(companies), "COMPANY": corner_shop.COMPANY}
        corner_shop.write_company(companies, stack.state_dir / "landing")
        yield stack


@pytest.mark.parametrize("moment", ["Preparing the raw tables ...", "Starting Airflow ..."])
def test_down_ends_a_start_that_is_going_on(stack: Stack, moment: str) -> None:
    starting = stack.start("up", "--port", str(free_port()))
    stack.wait_for(moment, starting)
    assert stack.run("down") == (0, STOPPED)
    rest, _ = starting.communicate(timeout=60)
    assert starting.returncode == INTERRUPTED
    assert rest.strip().splitlines()[-1] == "Interrupted; everything that was started has been stopped."
    assert "Traceback" not in rest
    assert stack.processes() == []


def test_services_stay_until_they_are_stopped(stack: Stack) -> None:
    port = free_port()
    code, output = stack.run("up", "--port", str(port))
    assert code == 0, output
    assert f"http://127.0.0.1:{port}" in output
    code, output = stack.run("status")
    assert code == 0, output
    assert f"airflow: http://127.0.0.1:{port}" in output
    assert "Batches" in output
    assert stack.run("down") == (0, STOPPED)
    assert stack.processes() == []
