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
    finished_at timestamptz,
    attempt_id bigint generated always as identity,
    models_fingerprint text,
    started_at timestamptz not null default now()
);
-- Tables of earlier versions held complete builds alone.
alter table ops.builds add column if not exists attempt_id bigint generated always as identity;
alter table ops.builds add column if not exists models_fingerprint text;
alter table ops.builds add column if not exists started_at timestamptz not null default now();
alter table ops.builds alter column finished_at drop not null, alter column finished_at drop default;
comment on table ops.builds is
    'One row per build of the warehouse that began, with fingerprints of what it was made from.';

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
    recorded_at timestamptz not null default now(),
    delivered_sha256 text,
    follows_load_id bigint,
    repeats_load_id bigint
);
-- Ledgers of earlier versions: what was skipped under another name was a copy of what that content was loaded under.
do $$
begin
    if not exists (
        select 1 from information_schema.columns
        where table_schema = 'ops' and table_name = 'load_ledger' and column_name = 'repeats_load_id'
    ) then
        alter table ops.load_ledger
            add column delivered_sha256 text, add column follows_load_id bigint, add column repeats_load_id bigint;
        update ops.load_ledger as copy set repeats_load_id = original.load_id
        from ops.load_ledger as original
        where copy.status = 'skipped' and original.status = 'loaded' and copy.source_file <> original.source_file
            and copy.file_date is not distinct from original.file_date
            and (copy.company_id, copy.source_system, copy.entity, copy.content_sha256, copy.mapping_sha256)
            = (original.company_id, original.source_system, original.entity, original.content_sha256,
                original.mapping_sha256);
    end if;
end $$;
drop index if exists ops.load_ledger_once;
-- Two loads at once cannot both bring the same content after the same predecessor.
create unique index if not exists load_ledger_each_once
on ops.load_ledger (
    company_id, source_system, entity, content_sha256, mapping_sha256, source_file, file_date, follows_load_id
) nulls not distinct where status = 'loaded' and content_sha256 is not null;
create index if not exists load_ledger_copies
on ops.load_ledger (company_id, source_system) where repeats_load_id is not null;
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

comment on column ops.companies.company_id is 'Key. Name of the company''s folder below companies/.';
comment on column ops.companies.company_name is 'Name shown to people.';
comment on column ops.companies.currency is 'Currency of every amount of the company, ISO 4217.';
comment on column ops.companies.timezone is 'IANA time zone in which the company''s days begin and end.';
comment on column ops.companies.country_code is
    'Country whose holidays apply, ISO 3166 alpha-2; calendar of ops.holidays.';
comment on column ops.companies.registered_at is 'Instant of the company''s first load.';

comment on column ops.policies.company_id is 'Key, part 1 of 2. Company: ops.companies.company_id.';
comment on column ops.policies.policy_name is
    'Key, part 2 of 2. Dotted path in policy.yml, such as forecast.horizon_weeks; docs/companies.md lists them.';
comment on column ops.policies.policy_value is
    'Value as text. The name says the unit: _days, _weeks, _pct and _share (0 to 1).';
comment on column ops.policies.updated_at is 'Instant since which this value holds.';

comment on column ops.batches.batch_id is
    'Key. Given in the order in which batches are opened; raw rows carry it as _batch_id.';
comment on column ops.batches.company_id is 'Company: ops.companies.company_id.';
comment on column ops.batches.business_date is 'Date the batch was loaded for. Extracts dated later wait for theirs.';
comment on column ops.batches.started_at is 'Instant at which the batch was opened.';
comment on column ops.batches.finished_at is
    'Instant at which its load was complete; null while files are being loaded.';
comment on column ops.batches.gate_status is
    'pending until the gate has judged, then passed or rejected; released where a person let it through.';
comment on column ops.batches.gate_decided_at is 'Instant of the verdict; null while pending.';
comment on column ops.batches.gate_reason is
    'Why, in words: what the gate found, or what the person who released it gave; null while pending.';
comment on column ops.batches.build_id is 'Last build of the warehouse that took the batch up; null before the first.';
comment on column ops.batches.built_at is 'Instant at which a build with the batch was complete; null until then.';

comment on column ops.builds.build_id is
    'Build: <company>@<business date>/<highest batch id>, or /none without a new batch. Not unique: builds repeat.';
comment on column ops.builds.fingerprint is
    'SHA-256 over the dbt project, policies, calendar and accepted batches. As before means nothing to build.';
comment on column ops.builds.finished_at is 'Instant at which the build was complete; null until then.';
comment on column ops.builds.attempt_id is 'Key, in the order in which builds began.';
comment on column ops.builds.models_fingerprint is
    'SHA-256 over what makes the incremental tables: a build with another one than the last makes every table anew.';
comment on column ops.builds.started_at is 'Instant at which the build began.';

comment on column ops.load_ledger.load_id is 'Key, in the order of recording.';
comment on column ops.load_ledger.batch_id is 'Batch of the attempt: ops.batches.batch_id.';
comment on column ops.load_ledger.company_id is 'Company: ops.companies.company_id.';
comment on column ops.load_ledger.source_system is 'Source system, a name out of the company''s sources.yml.';
comment on column ops.load_ledger.entity is 'Contract that the file was read as; the good rows went to raw.<entity>.';
comment on column ops.load_ledger.source_file is
    'Name of the file below the source''s location; of a database, table <name> or query of <entity>.';
comment on column ops.load_ledger.file_date is 'Date in the name of the file; null where it carries none.';
comment on column ops.load_ledger.content_sha256 is
    'SHA-256 of what the file holds, unpacked, and of lookups; null where unreadable. As before means nothing to load.';
comment on column ops.load_ledger.mapping_sha256 is
    'SHA-256 of the feed''s mapping and the contract; null where the mapping itself was refused.';
comment on column ops.load_ledger.byte_count is 'Size of the content in bytes; null where it could not be read.';
comment on column ops.load_ledger.status is
    'loaded; skipped (same content known); refused (as a whole, see message); rejected (loaded, batch not accepted).';
comment on column ops.load_ledger.rows_read is 'Records read, filtered ones included; null unless loaded.';
comment on column ops.load_ledger.rows_loaded is 'Rows copied to raw.<entity>; null unless loaded.';
comment on column ops.load_ledger.rows_quarantined is 'Rows that broke a rule, each counted once; null unless loaded.';
comment on column ops.load_ledger.unknown_columns is 'Columns of the file that the mapping does not use.';
comment on column ops.load_ledger.message is
    'Why it was skipped or refused; of a loaded file, remarks such as rows filtered or columns absent.';
comment on column ops.load_ledger.seconds is 'Duration of the attempt in seconds.';
comment on column ops.load_ledger.business_date is 'Date the load was for, as of its batch.';
comment on column ops.load_ledger.recorded_at is 'Instant of the record.';
comment on column ops.load_ledger.delivered_sha256 is
    'SHA-256 of a packed file (gzip, zstd) and of lookups as delivered; null where nothing is packed.';
comment on column ops.load_ledger.follows_load_id is
    'What the same file name brought last before; null for the first time and unless loaded.';
comment on column ops.load_ledger.repeats_load_id is
    'Load under another name that a skipped file only repeats; null where its own name had brought the same.';

comment on column ops.quarantine.quarantine_id is 'Key, in the order of recording.';
comment on column ops.quarantine.batch_id is 'Batch of the file: ops.batches.batch_id.';
comment on column ops.quarantine.company_id is 'Company: ops.companies.company_id.';
comment on column ops.quarantine.source_system is 'Source system, a name out of the company''s sources.yml.';
comment on column ops.quarantine.entity is 'Contract that the row broke.';
comment on column ops.quarantine.source_file is 'File of the row, as in ops.load_ledger.';
comment on column ops.quarantine.row_number is
    'Place of the record in the file, malformed ones counted; 1 is the first below the header.';
comment on column ops.quarantine.column_name is
    'Columns of the contract that the rule is about; null where the line could not be taken apart.';
comment on column ops.quarantine.rule is
    'Kind of rule: malformed, expression, required, type, unique, pattern, vocabulary, min_length, minimum, maximum, ...';
comment on column ops.quarantine.reason is 'What is wrong, in words.';
comment on column ops.quarantine.is_personal is
    'True where the column is personal by contract, or the malformed line may hold such a value.';
comment on column ops.quarantine.value is
    'Value that broke the rule as the file has it; the whole line where it is malformed. Closed to analysts.';
comment on column ops.quarantine.row_data is
    'The record as the file has it, by column of the contract; null where malformed. Closed to analysts.';
comment on column ops.quarantine.quarantined_at is 'Instant of the record.';

comment on column ops.quality_results.result_id is 'Key, in the order of recording.';
comment on column ops.quality_results.run_id is 'Run that asked for the check; manual by hand.';
comment on column ops.quality_results.company_id is 'Company: ops.companies.company_id.';
comment on column ops.quality_results.business_date is 'Date of the run.';
comment on column ops.quality_results.batch_id is 'Batch judged: ops.batches.batch_id; null for outputs of models.';
comment on column ops.quality_results.checkpoint_name is 'Gate: raw, demand_forecast or slow_movers.';
comment on column ops.quality_results.suite_name is 'Suite: layer and table, with _rows for rules on single rows.';
comment on column ops.quality_results.expectation_type is
    'Rule, as expect_...; of a measure, the expectation that holds it within its limits.';
comment on column ops.quality_results.column_name is
    'Columns that the rule is about, separated by commas; of a measure, its name.';
comment on column ops.quality_results.severity is
    'critical stops the chain, warning is reported, info is recorded only.';
comment on column ops.quality_results.success is 'True where the expectation was met.';
comment on column ops.quality_results.observed_value is 'What was seen, as text: number of bad rows, or the measure.';
comment on column ops.quality_results.element_count is 'Rows judged.';
comment on column ops.quality_results.unexpected_count is 'Bad rows; of a measure 1 outside its limits, else 0.';
comment on column ops.quality_results.unexpected_pct is
    'Bad rows as a share of the rows judged, 0 to 1; null for a measure or without rows.';
comment on column ops.quality_results.failed_rows is 'Up to 20 bad rows: natural key and values, personal ones masked.';
comment on column ops.quality_results.checked_at is 'Instant of the check.';

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

comment on column ops.holidays.calendar_code is
    'Key, part 1 of 3. Calendar: a country (ISO 3166 alpha-2), CHINESE_FESTIVALS or SHOPPING_DAYS.';
comment on column ops.holidays.holiday_date is 'Key, part 2 of 3. Day of the holiday, observed days included.';
comment on column ops.holidays.holiday_name is 'Key, part 3 of 3. Name of the holiday in the calendar''s own words.';
