"""A company with alerts, and receivers for its notifications."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from receivers import MailServer, Webhook
from shops import Shop

from warehouse.connection import Role, connect
from warehouse.settings import Settings

NUMBERS = itertools.count(1)


@pytest.fixture
def shop(warehouse: Settings) -> Shop:
    """A company of the test's own."""
    company_id = f"notified{next(NUMBERS)}"
    with connect(Role.LOADER) as connection:
        connection.execute(
            "insert into ops.companies (company_id, company_name, currency, timezone, country_code) "
            "values (%s, 'Tea & Co', 'USD', 'UTC', 'US')",
            [company_id],
        )
    return Shop(company_id)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook that takes what comes."""
    receiver = Webhook()
    yield receiver
    receiver.close()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes what comes."""
    receiver = MailServer()
    receiver.start()
    yield receiver
    receiver.stop()
