"""Who sees what of the published marts: the roles of people, their grants, and row-level security."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

import psycopg
from psycopg import sql

from warehouse.connection import Role
from warehouse.settings import SettingsError, get_settings


class Audience(StrEnum):
    """Roles of people: nobody logs in as one of them, people's own logins are members (warehouse/logins.py)."""

    PURCHASING = "purchasing"
    SALES = "sales"
    WAREHOUSE = "warehouse"
    PLANNER = "planner"
    DEALER = "dealer"


# Folders of dbt_project/models/marts that a role reads. A planner reads all of them.
FOLDERS: dict[Audience, frozenset[str]] = {
    Audience.PURCHASING: frozenset({"purchasing", "inventory", "operations"}),
    Audience.SALES: frozenset({"sales", "company", "forecasting", "operations"}),
    Audience.WAREHOUSE: frozenset({"inventory", "logistics", "operations"}),
}
# Mart by mart, so that a new one is closed to dealers until somebody opens it. Each has company_id and region.
DEALER_MARTS = frozenset({"mart_stock_status", "mart_sales_daily"})
# They read every row of every mart, by the default privileges of the schema.
READS_ALL = (Role.ANALYST, Role.MODELER)

OWN_REGIONS = (
    "(company_id, region) in (select r.company_id, r.region from app.dealer_regions as r where r.login = current_user)"
)


@dataclass(frozen=True)
class _Policy:
    name: str
    meaning: str
    command: str
    roles: tuple[str, ...]
    condition: str

    @property
    def comment(self) -> str:
        """What the catalog keeps, to see whether the policy is still the one wanted."""
        content = repr((self.command, self.roles, self.condition))
        return f"{self.meaning} [{hashlib.sha256(content.encode()).hexdigest()[:12]}]"


@dataclass(frozen=True)
class _Mart:
    name: str
    owner: str
    is_forced: bool
    columns: frozenset[str]
    policies: dict[str, str | None]
    grants: frozenset[str]


def create_groups(connection: psycopg.Connection) -> None:
    """Create the roles of people that are missing, let them into the database, and let them enter the marts.

    Args:
        connection: Connection of the owner of the warehouse.

    Raises:
        SettingsError: somebody logs into the server under the name of one of them.
    """
    names = [str(audience) for audience in Audience]
    rows = connection.execute("select rolname, rolcanlogin from pg_roles where rolname = any(%s)", [names]).fetchall()
    logins = [name for name, can_login in rows if can_login]
    if logins:
        raise SettingsError(
            f"The server has logins called {', '.join(logins)}, and the warehouse needs these names for roles that "
            "nobody logs in as: rename them (alter role ... rename to ...)"
        )
    for name in sorted(set(names) - {name for name, _ in rows}):
        connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))
        become_member(connection, name)
    groups = sql.SQL(", ").join(map(sql.Identifier, names))
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("revoke temporary on database {} from public").format(database))
    connection.execute(sql.SQL("grant connect on database {} to {}").format(database, groups))
    connection.execute(sql.SQL("grant usage on schema marts to {}").format(groups))


def become_member(connection: psycopg.Connection, role: str) -> None:
    """Let the owner of the warehouse look through the eyes of a role it made: ``python -m warehouse psql --role``."""
    # A superuser may without being a member.
    if connection.execute("select pg_has_role(current_user, %s::name, 'usage')", [role]).fetchone() != (True,):
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))


def protect(connection: psycopg.Connection, *, anew: bool = False) -> None:
    """Give every published mart its readers and its row-level security; what is as it should be is not touched.

    Nothing is locked unless something is missing. A mart that appeared since is closed to the roles of people before.

    Args:
        connection: Connection of the owner of the tables, or of a member of it. It is not committed.
        anew: Write every policy again, even one that looks right.
    """
    folders = mart_folders()
    for mart in _marts(connection):
        table = sql.Identifier("marts", mart.name)
        readers = _readers(mart, folders.get(mart.name))
        for statement in (*_security(mart, table, readers, anew), *_grants(mart, table, readers)):
            connection.execute(statement)


def mart_folders() -> dict[str, str]:
    """Return the folder of every mart of dbt's project, by name."""
    root = get_settings().project_dir / "dbt_project" / "models" / "marts"
    return {path.stem: path.parent.name for path in root.glob("*/*.sql")}


def _readers(mart: _Mart, folder: str | None) -> frozenset[Audience]:
    found = {audience for audience, folders in FOLDERS.items() if folder in folders}
    if folder is not None:
        found.add(Audience.PLANNER)
    if mart.name in DEALER_MARTS and {"company_id", "region"} <= mart.columns:
        found.add(Audience.DEALER)
    return frozenset(found)


def _policies(mart: _Mart, readers: Collection[Audience]) -> list[_Policy]:
    whole = tuple(sorted(str(role) for role in (*READS_ALL, *readers) if role is not Audience.DEALER))
    found = [
        # Forced security holds for the owner too, who fills the table.
        _Policy("owner_writes", "Who fills the table sees and writes every row.", "all", (mart.owner,), "true"),
        _Policy("roles_read", "These roles read every row.", "select", whole, "true"),
    ]
    if Audience.DEALER in readers:
        meaning = "A dealer reads the regions that app.dealer_regions gives to its login."
        found.append(_Policy("dealer_reads_own_regions", meaning, "select", (str(Audience.DEALER),), OWN_REGIONS))
    return found


def _security(mart: _Mart, table: sql.Identifier, readers: Collection[Audience], anew: bool) -> Iterator[sql.Composed]:
    """Yield what switches row-level security on and brings the policies up to date."""
    wanted = {policy.name: policy for policy in _policies(mart, readers)}
    right = {name for name, policy in wanted.items() if not anew and mart.policies.get(name) == policy.comment}
    for name in mart.policies.keys() - right:
        yield sql.SQL("drop policy {} on {}").format(sql.Identifier(name), table)
    for name in wanted.keys() - right:
        policy = wanted[name]
        yield sql.SQL("create policy {} on {} for {} to {} using ({})").format(
            sql.Identifier(name),
            table,
            sql.SQL(policy.command),
            sql.SQL(", ").join(map(sql.Identifier, policy.roles)),
            sql.SQL(policy.condition),
        )
        yield sql.SQL("comment on policy {} on {} is {}").format(
            sql.Identifier(name), table, sql.Literal(policy.comment)
        )
    if not mart.is_forced:
        yield sql.SQL("alter table {} enable row level security, force row level security").format(table)


def _grants(mart: _Mart, table: sql.Identifier, readers: Collection[Audience]) -> Iterator[sql.Composed]:
    """Yield what gives the roles of people the right to read, and takes every other right."""
    for audience in Audience:
        held = {grant.partition(":")[2] for grant in mart.grants if grant.partition(":")[0] == audience}
        wanted = {"SELECT"} if audience in readers else set()
        if held - wanted:
            yield sql.SQL("revoke all on {} from {}").format(table, sql.Identifier(audience))
        if wanted - held or (wanted and held - wanted):
            yield sql.SQL("grant select on {} to {}").format(table, sql.Identifier(audience))


def _marts(connection: psycopg.Connection) -> list[_Mart]:
    rows = connection.execute(
        """
        select
            c.relname,
            pg_get_userbyid(c.relowner),
            c.relrowsecurity and c.relforcerowsecurity,
            array(select a.attname::text from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0),
            (
                select coalesce(jsonb_object_agg(p.polname, obj_description(p.oid, 'pg_policy')), '{}')
                from pg_policy as p where p.polrelid = c.oid
            ),
            array(
                select pg_get_userbyid(x.grantee) || ':' || x.privilege_type
                from aclexplode(c.relacl) as x where x.grantee <> 0
            )
        from pg_class as c
        where c.relnamespace = 'marts'::regnamespace and c.relkind in ('r', 'p')
        order by c.relname
        """
    ).fetchall()
    return [_Mart(row[0], row[1], row[2], frozenset(row[3]), row[4], frozenset(row[5])) for row in rows]
