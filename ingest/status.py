"""What the ledger says: recent batches, sums by entity, refused files, and quarantine by reason."""

from __future__ import annotations

from typing import Any

from ingest import marks
from warehouse.connection import Role, connect

Table = tuple[list[str], list[tuple[Any, ...]]]

QUERIES = {
    "Batches, newest first": """
        select batch_id as batch, company_id as company, business_date, gate_status as gate,
            case when finished_at is null then 'open' else 'complete' end as load,
            coalesce(built_at::text, '') as built_at, coalesce(gate_reason, '') as reason
        from ops.batches
        where %(company)s::text is null or company_id = %(company)s
        order by batch_id desc limit 20
    """,
    "Files and rows by entity": """
        select company_id as company, entity,
            count(*) filter (where status = 'loaded') as loaded,
            count(*) filter (where status = 'skipped') as skipped,
            count(distinct (source_system, source_file, content_sha256)) filter (where status = 'refused') as refused,
            count(*) filter (where status = 'rejected') as rejected,
            coalesce(sum(rows_read) filter (where status = 'loaded'), 0) as rows_read,
            coalesce(sum(rows_loaded) filter (where status = 'loaded'), 0) as rows_loaded,
            coalesce(sum(rows_quarantined) filter (where status = 'loaded'), 0) as quarantined,
            max(file_date) filter (where status = 'loaded') as last_file_date
        from ops.load_ledger
        where %(company)s::text is null or company_id = %(company)s
        group by company_id, entity order by company_id, entity
    """,
    "Marks of database feeds": marks.STATUS,
    "Refused files, newest first": """
        -- Once per file, however often it was tried.
        select batch_id as batch, source_system as source, entity, source_file as file, message
        from (
            select distinct on (company_id, source_system, entity, source_file, content_sha256) *
            from ops.load_ledger
            where status = 'refused' and (%(company)s::text is null or company_id = %(company)s)
            order by company_id, source_system, entity, source_file, content_sha256, load_id desc
        ) as refused
        order by load_id desc limit 20
    """,
    "Quarantine by reason (a row may break several rules)": """
        select company_id as company, entity, column_name as column, rule,
            case when rule = 'unique' then 'repeats the key of an earlier row' else reason end as reason,
            count(*) as times, max(source_file) as last_file
        from ops.quarantine
        where %(company)s::text is null or company_id = %(company)s
        group by 1, 2, 3, 4, 5 order by count(*) desc limit 40
    """,
}


def read_status(company_id: str | None = None) -> dict[str, Table]:
    """Return titled tables (column names, rows) about one company or all."""
    tables: dict[str, Table] = {}
    with connect(Role.LOADER) as connection:
        for title, query in QUERIES.items():
            cursor = connection.execute(query, {"company": company_id})
            names = [column.name for column in cursor.description or []]
            tables[title] = (names, cursor.fetchall())
    return tables
