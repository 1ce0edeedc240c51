-- Which models were trained, and which one serves.

create table if not exists ml.model_registry (
    model_version text primary key,
    company_id text not null,
    use_case text not null,
    model_name text not null,
    git_revision text not null,
    trained_at timestamptz not null default now(),
    trained_through_date date not null,
    window_start_date date not null,
    training_rows bigint not null,
    parameters jsonb not null,
    metrics jsonb not null,
    artifact_path text not null,
    status text not null
);
-- Written apart from the table, because earlier versions allowed fewer.
alter table ml.model_registry drop constraint if exists model_registry_use_case_check;
alter table ml.model_registry add constraint model_registry_use_case_check
check (use_case in ('demand_forecast', 'slow_movers', 'product_health'));
alter table ml.model_registry drop constraint if exists model_registry_status_check;
alter table ml.model_registry add constraint model_registry_status_check
check (status in ('candidate', 'champion', 'archived', 'withdrawn'));
create unique index if not exists model_registry_one_champion
on ml.model_registry (company_id, use_case) where status = 'champion';
comment on table ml.model_registry is 'One row per trained model: code revision, data window, metrics, champion flag.';
comment on column ml.model_registry.model_version is
    'Key: <use case>-<last day seen>-<hash>. The same company, code, data and parameters give the same version.';
comment on column ml.model_registry.company_id is 'Company: ops.companies.company_id.';
comment on column ml.model_registry.use_case is 'demand_forecast, slow_movers or product_health.';
comment on column ml.model_registry.model_name is
    'Kind of model: combination, gradient_boosting, ...; window_average, demand_rate and equal_weights are untested.';
comment on column ml.model_registry.git_revision is
    'Revision of the code that trained it; unknown outside of a checkout.';
comment on column ml.model_registry.trained_at is 'Instant of the training, of the last one where it was repeated.';
comment on column ml.model_registry.trained_through_date is
    'Last day whose data it has seen, a Sunday. It never serves an earlier date.';
comment on column ml.model_registry.window_start_date is 'First day of the data it has seen.';
comment on column ml.model_registry.training_rows is 'Rows it learnt from; 0 where it needs none.';
comment on column ml.model_registry.parameters is
    'All that decides the outcome besides the code: settings, seed, fingerprint of the data.';
comment on column ml.model_registry.metrics is
    'What the backtest measured, or status insufficient with the reason why nothing could be judged.';
comment on column ml.model_registry.artifact_path is 'File of the fitted model, relative to the folder of artefacts.';
comment on column ml.model_registry.status is
    'champion (serves; one per company and use case), archived (served, or serves past dates), candidate (never did), withdrawn (taken out of service: ml.model_rollbacks).';
