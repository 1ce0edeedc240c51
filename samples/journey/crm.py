"""Extracts of the customer system: households, campaigns, and what was sent to and redeemed by households."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa

from samples.journey.files import write_by_day, write_csv


def write_households(source: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write all households that bought; demographics are known for a part of them, the rest reads NULL."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = {
        "age": "AGE_RANGE",
        "income": "INCOME_RANGE",
        "home_ownership": "HOMEOWNER",
        "marital_status": "MARITAL",
        "household_size": "HH_SIZE",
        "household_comp": "HH_COMP",
        "kids_count": "KIDS",
    }
    texts = ", ".join(f"coalesce({name}, 'NULL') as {label}" for name, label in columns.items())
    table = source.sql(
        f"""
        select household_id as HSHD_ID, {texts}
        from (select distinct household_id from sale_lines) left join demographics using (household_id)
        order by household_id
        """
    ).to_arrow_table()
    write_csv(table, folder / "households_2017-01-01.csv", quoting="needed")


def write_campaigns(source: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the campaign calendar."""
    folder.mkdir(parents=True, exist_ok=True)
    table = source.sql(
        """
        select campaign_id as CAMPAIGN, campaign_type as TYPE, start_date::date as START_DT, end_date::date as END_DT
        from campaign_descriptions order by campaign_id
        """
    ).to_arrow_table()
    write_csv(table, folder / "campaigns_2017-01-01.csv")


def _write_lines(table: pa.Table, path: Path) -> None:
    lines = (json.dumps(row, separators=(",", ":")) for row in table.to_pylist())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_events(source: duckdb.DuckDBPyConnection, folder: Path, days: int) -> None:
    """Write campaigns sent and coupons redeemed as JSON lines per day; the first file holds what was sent before it.

    The data state days only: a campaign counts as sent on its first day, and every event at local midnight.
    """
    table = source.sql(
        f"""
        with events as (
            select
                'S-' || campaign_id || '-' || household_id as event_id, 'campaign.sent' as event,
                start_date::date as event_date, household_id as household, campaign_id as campaign,
                null::bigint as coupon_upc
            from campaigns join campaign_descriptions using (campaign_id)
            union all
            select
                concat_ws('-', 'R', household_id, coupon_upc, campaign_id, strftime(redemption_date, '%Y%m%d')),
                'coupon.redeemed', redemption_date::date, household_id, campaign_id, coupon_upc
            from coupon_redemptions
        )
        select
            greatest(event_date - date '2017-01-01', 0)::int as day, event_id, event,
            event_date::varchar as event_date, household, campaign, coupon_upc
        from events where day < {days}
        order by day, event_date, event_id
        """
    ).to_arrow_table()
    write_by_day(table, folder, "events_{date}.jsonl", _write_lines)
