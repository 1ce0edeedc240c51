-- What the gates and dbt found.

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
    severity text not null check (severity in ('critical', 'warning')),
    success boolean not null,
    observed_value text,
    element_count bigint,
    unexpected_count bigint,
    unexpected_pct numeric(9, 6),
    failed_rows jsonb,
    checked_at timestamptz not null default now()
);
comment on table ops.quality_results is 'One row per expectation and run of a gate.';
comment on column ops.quality_results.result_id is 'Key, in the order of recording.';
comment on column ops.quality_results.run_id is 'Run that asked for the check; manual by hand.';
comment on column ops.quality_results.company_id is 'Company: ops.companies.company_id.';
comment on column ops.quality_results.business_date is 'Date of the run.';
comment on column ops.quality_results.batch_id is 'Batch judged: ops.batches.batch_id; null for outputs of models.';
comment on column ops.quality_results.checkpoint_name is 'Gate: raw, demand_forecast, slow_movers or product_health.';
comment on column ops.quality_results.suite_name is 'Suite: layer and table, with _rows for rules on single rows.';
comment on column ops.quality_results.expectation_type is
    'Rule, as expect_...; of a measure, the expectation that holds it within its limits.';
comment on column ops.quality_results.column_name is
    'Columns that the rule is about, separated by commas; of a measure, its name.';
comment on column ops.quality_results.severity is 'critical stops the chain, warning is reported.';
comment on column ops.quality_results.success is 'True where the expectation was met.';
comment on column ops.quality_results.observed_value is 'What was seen, as text: number of bad rows, or the measure.';
comment on column ops.quality_results.element_count is 'Rows judged.';
comment on column ops.quality_results.unexpected_count is 'Bad rows; of a measure 1 outside its limits, else 0.';
comment on column ops.quality_results.unexpected_pct is
    'Bad rows as a share of the rows judged, 0 to 1; null for a measure or without rows.';
comment on column ops.quality_results.failed_rows is
    'Up to 20 bad rows: natural key and values, personal ones masked. Closed to analysts: a key may be of a customer.';
comment on column ops.quality_results.checked_at is 'Instant of the check.';

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
comment on column ops.dbt_results.result_id is 'Key, in the order of recording.';
comment on column ops.dbt_results.invocation_id is 'Run of dbt: one id for all nodes of one command.';
comment on column ops.dbt_results.company_id is 'Company the command ran for: ops.companies.company_id.';
comment on column ops.dbt_results.business_date is 'Business date the command ran for.';
comment on column ops.dbt_results.node_id is 'Unique id of the node in dbt, such as model.<project>.<name>.';
comment on column ops.dbt_results.resource_type is 'Kind of node: model, test, unit_test, seed, source, ...';
comment on column ops.dbt_results.status is 'What dbt reports: success, pass, warn, fail, error, skipped, ...';
comment on column ops.dbt_results.seconds is 'Duration of the node in seconds.';
comment on column ops.dbt_results.rows_affected is
    'Rows that the statement wrote; null where the database gives no count.';
comment on column ops.dbt_results.failures is 'Rows that a test found; null for other nodes.';
comment on column ops.dbt_results.message is 'What dbt or the database says.';
comment on column ops.dbt_results.finished_at is 'Instant of the record, after the whole command.';
