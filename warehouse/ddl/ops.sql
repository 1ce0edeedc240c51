-- What the pipeline records about itself. Every statement may be repeated.

create table if not exists ops.companies (
    company_id text primary key,
    company_name text not null,
    currency text not null,
    timezone text not null,
    country_code text not null,
    registered_at timestamptz not null default now()
);
comment on table ops.companies is 'One row per company the warehouse serves, from companies/<company_id>/sources.yml.';

create table if not exists ops.policies (
    company_id text not null,
    policy_name text not null,
    policy_value text not null,
    updated_at timestamptz not null default now(),
    primary key (company_id, policy_name)
);
comment on table ops.policies is 'One row per company and threshold, from companies/<company_id>/policy.yml; names are dotted paths.';

create table if not exists ops.batches (
    batch_id bigint generated always as identity primary key,
    company_id text not null,
    business_date date not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    gate_status text not null default 'pending' check (gate_status in ('pending', 'passed', 'rejected', 'released')),
    gate_decided_at timestamptz,
    gate_reason text,
    build_id text,
    built_at timestamptz
);
comment on table ops.batches is
    'One row per load of a company for a business date. Staging reads rows of passed and released batches only.';

create table if not exists ops.builds (
    build_id text not null,
    fingerprint text not null,
    finished_at timestamptz not null default now()
);
comment on table ops.builds is
    'One row per completed build of the warehouse, with the fingerprint of everything it was made from.';

create table if not exists ops.load_ledger (
    load_id bigint generated always as identity primary key,
    batch_id bigint not null references ops.batches,
    company_id text not null,
    source_system text not null,
    entity text not null,
    source_file text not null,
    file_date date,
    content_sha256 text,
    mapping_sha256 text,
    byte_count bigint,
    status text not null check (status in ('loaded', 'skipped', 'refused', 'rejected')),
    rows_read bigint,
    rows_loaded bigint,
    rows_quarantined bigint,
    unknown_columns text[],
    message text,
    seconds numeric(12, 3) not null,
    business_date date not null,
    recorded_at timestamptz not null default now()
);
create unique index if not exists load_ledger_once
on ops.load_ledger (company_id, source_system, entity, content_sha256, mapping_sha256) where status = 'loaded';
create index if not exists load_ledger_batch on ops.load_ledger (batch_id);
comment on table ops.load_ledger is
    'One row per file, entity and load attempt: loaded, skipped as known, refused, or loaded and rejected with its batch.';

create table if not exists ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    batch_id bigint not null references ops.batches,
    company_id text not null,
    source_system text not null,
    entity text not null,
    source_file text not null,
    row_number bigint,
    column_name text,
    rule text not null,
    reason text not null,
    is_personal boolean not null default false,
    value text,
    row_data jsonb,
    quarantined_at timestamptz not null default now()
);
create index if not exists quarantine_batch on ops.quarantine (batch_id);
comment on table ops.quarantine is
    'One row per refused row and rule it broke. value and row_data may hold personal data and are closed to analysts.';

create table if not exists ops.quality_results (
    result_id bigint generated always as identity primary key,
    run_id text not null,
    company_id text not null,
    business_date date not null,
    batch_id bigint,
    checkpoint_name text not null,
    suite_name text not null,
    expectation_type text not null,
    column_name text,
    severity text not null check (severity in ('critical', 'warning', 'info')),
    success boolean not null,
    observed_value text,
    element_count bigint,
    unexpected_count bigint,
    unexpected_pct numeric(9, 6),
    failed_rows jsonb,
    checked_at timestamptz not null default now()
);
comment on table ops.quality_results is 'One row per expectation and run of a gate.';

create table if not exists ops.dbt_results (
    result_id bigint generated always as identity primary key,
    invocation_id text not null,
    company_id text not null,
    business_date date not null,
    node_id text not null,
    resource_type text not null,
    status text not null,
    seconds numeric(12, 3) not null,
    rows_affected bigint,
    failures bigint,
    message text,
    finished_at timestamptz not null default now()
);
comment on table ops.dbt_results is 'One row per dbt node and invocation: models, tests, seeds and source freshness.';

create table if not exists ops.holidays (
    calendar_code text not null,
    holiday_date date not null,
    holiday_name text not null,
    primary key (calendar_code, holiday_date, holiday_name)
);
comment on table ops.holidays is
    'One row per calendar and holiday: a country (ISO 3166), CHINESE_FESTIVALS, or SHOPPING_DAYS (Black Friday, Double 11).';
