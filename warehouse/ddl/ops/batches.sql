-- What was loaded and built for a business date.

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

create table if not exists ops.builds (
    attempt_id bigint generated always as identity primary key,
    build_id text not null,
    fingerprint text not null,
    models_fingerprint text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz
);
-- It came later than the table.
alter table ops.builds add column if not exists project_fingerprint text not null default '';
comment on table ops.builds is
    'One row per build of the warehouse that began, with fingerprints of what it was made from.';
comment on column ops.builds.attempt_id is 'Key, in the order in which builds began.';
comment on column ops.builds.build_id is
    '<company>@<business date>/ with its highest batch id, none without a new batch, or all for all of raw; or refresh. May repeat.';
comment on column ops.builds.fingerprint is
    'SHA-256 over the dbt project, policies, calendar and accepted batches. As before means nothing to build.';
comment on column ops.builds.models_fingerprint is
    'SHA-256 over what makes the incremental tables: a build with another one than the last makes every table anew.';
comment on column ops.builds.project_fingerprint is
    'SHA-256 over the whole dbt project when the build began; empty for builds of before it was recorded.';
comment on column ops.builds.started_at is 'Instant at which the build began.';
comment on column ops.builds.finished_at is 'Instant at which the build was complete; null until then.';
