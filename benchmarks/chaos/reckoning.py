"""What a warehouse holds of many companies, held row by row against one that nobody struck: lost and doubled rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.chaos.world import CLEAN, World

# What differs between two loads of the same file, or names the company.
TECHNICAL = ("company_id", "_batch_id", "_loaded_at", "batch_id", "quarantine_id", "quarantined_at")
# Pseudonyms of customers are of their company. What tells of deliveries tells of the strike too.
OWN = ("core.dim_customer", "marts.mart_data_freshness", "marts.mart_data_quality_daily")
# So does one KPI: the share of rows that were quarantined.
CATALOGUE = "marts.mart_kpi_catalogue_monthly"
KPIS = f"(select * from {CATALOGUE} where kpi_id <> 'quarantined_pct')"
# Surrogate keys contain the company; runs and versions of models are named anew.
NAMED_ANEW = ("load_id", "run_id", "model_version", "predicted_at")
LEDGER = (
    "(select company_id, entity, source_file, rows_read, rows_loaded, rows_quarantined from ops.load_ledger "
    "where status = 'loaded')"
)


@dataclass(frozen=True)
class Difference:
    """How the rows of a company differ from those of the one that nobody struck.

    Attributes:
        lost: Rows that are missing.
        doubled: Rows too many.
        tables: Tables that differ.
    """

    lost: int = 0
    doubled: int = 0
    tables: tuple[str, ...] = ()


def compare_raw(world: World, companies: Sequence[str], *, with_file: bool = True) -> dict[str, Difference]:
    """Compare what was loaded, row by row with file and row number, the quarantine, and the ledger."""
    ignored = () if with_file else ("_source_file", "source_file")
    tables = {table: table for table in [*_tables(world, "raw"), "ops.quarantine"]} | {"ops.load_ledger": LEDGER}
    return _compare(world, companies, tables, ignored)


def compare_core(world: World, companies: Sequence[str]) -> dict[str, Difference]:
    """Compare facts and dimensions; which file brought a row may differ where a spoiled one came first."""
    tables = {table: table for table in _tables(world, "core") if not table.endswith("_affected_dates")}
    return _compare(world, companies, tables, ("_file_date",))


def compare_marts(world: World, companies: Sequence[str]) -> dict[str, Difference]:
    """Compare the marts that readers see."""
    tables = {table: table for table in _tables(world, "marts")} | {CATALOGUE: KPIS}
    return _compare(world, companies, tables, ())


def _tables(world: World, schema: str) -> list[str]:
    names = world.query(
        "select table_name::text from information_schema.columns "
        "where table_schema = %s and column_name = 'company_id' order by 1",
        [schema],
    )
    return [f"{schema}.{name}" for (name,) in names if f"{schema}.{name}" not in OWN]


def _compare(
    world: World, companies: Sequence[str], tables: dict[str, str], ignored: Sequence[str]
) -> dict[str, Difference]:
    found = dict.fromkeys(companies, Difference())
    keys = world.query(
        "select distinct column_name::text from information_schema.columns where table_schema in ('core', 'marts') "
        "and column_name like '%%\\_key' and column_name <> 'date_key'",
        [],
    )
    left_out = [*TECHNICAL, *NAMED_ANEW, *ignored, *(key for (key,) in keys)]
    for table, source in tables.items():
        for company, lost, doubled in _counts(world, source, companies, left_out):
            if lost or doubled:
                before = found[company]
                found[company] = Difference(before.lost + lost, before.doubled + doubled, (*before.tables, table))
    return found


def _counts(world: World, source: str, companies: Sequence[str], left_out: Sequence[str]) -> list[tuple[str, int, int]]:
    """Count, by company, the rows of which it has fewer, or more, than the one that nobody struck."""
    return world.query(
        f"""
        with counted as (
            select company_id, md5((to_jsonb(t) - %(left_out)s::text[])::text) as content, count(*) as number
            from {source} as t where company_id = any(array_append(%(companies)s::text[], %(clean)s))
            group by 1, 2
        ),
        clean as (select content, number from counted where company_id = %(clean)s),
        lost as (
            select struck.company_id, sum(greatest(clean.number - coalesce(counted.number, 0), 0))::int as number
            from unnest(%(companies)s::text[]) as struck (company_id) cross join clean
            left join counted using (company_id, content)
            group by 1
        ),
        doubled as (
            select counted.company_id, sum(greatest(counted.number - coalesce(clean.number, 0), 0))::int as number
            from counted left join clean using (content)
            group by 1
        )
        select struck.company_id, coalesce(lost.number, 0), coalesce(doubled.number, 0)
        from unnest(%(companies)s::text[]) as struck (company_id)
        left join lost using (company_id) left join doubled using (company_id)
        """,
        {"left_out": list(left_out), "companies": list(companies), "clean": CLEAN},
    )
