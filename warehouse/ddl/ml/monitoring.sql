-- How versions do in service, and which were taken out of it.

create table if not exists ml.demand_forecast_monitoring (
    company_id text not null,
    business_date date not null,
    model_version text not null,
    measure_name text not null,
    measure_group text not null check (measure_group in ('error', 'input')),
    run_id text not null,
    first_week_date date not null,
    last_week_date date not null,
    row_count integer not null,
    observed_value numeric(18, 6),
    promised_value numeric(18, 6),
    naive_value numeric(18, 6),
    lower_limit numeric(18, 6),
    upper_limit numeric(18, 6),
    state text not null check (state in ('ok', 'drifting', 'failing', 'shifted', 'unjudged')),
    monitored_at timestamptz not null default now(),
    primary key (company_id, business_date, model_version, measure_name)
);
comment on table ml.demand_forecast_monitoring is
    'One row per run, version that forecast one of the weeks judged, and measure of its errors or inputs. Runs are kept.';
comment on column ml.demand_forecast_monitoring.company_id is 'Key, part 1 of 4. Company: ops.companies.company_id.';
comment on column ml.demand_forecast_monitoring.business_date is 'Key, part 2 of 4. Date of the run.';
comment on column ml.demand_forecast_monitoring.model_version is
    'Key, part 3 of 4. Version that forecast: ml.model_registry.model_version.';
comment on column ml.demand_forecast_monitoring.measure_name is
    'Key, part 4 of 4. wql, wape, bias, coverage_q10, coverage_q50, coverage_q90, stockout_share, or psi_<input>.';
comment on column ml.demand_forecast_monitoring.measure_group is
    'error: forecasts beside what sold; input: population stability index against the weeks learnt from.';
comment on column ml.demand_forecast_monitoring.run_id is 'Run that wrote the row; manual by hand.';
comment on column ml.demand_forecast_monitoring.first_week_date is
    'Monday of the first week judged: policy forecast.drift_weeks before the last.';
comment on column ml.demand_forecast_monitoring.last_week_date is
    'Monday of the last week judged, the last complete one on the business date.';
comment on column ml.demand_forecast_monitoring.row_count is
    'Forecasts judged, of one item, week and weeks ahead (at most forecast.drift_lags); of an input, its items.';
comment on column ml.demand_forecast_monitoring.observed_value is
    'The measure over these weeks; null where there is nothing to measure. Stock-out weeks count with what sold.';
comment on column ml.demand_forecast_monitoring.promised_value is
    'The same in the version''s backtest, as many weeks ahead; null of inputs, and of a version that nothing judged.';
comment on column ml.demand_forecast_monitoring.naive_value is
    'The same of seasonal naive on the same rows, as a point forecast; null where it has none.';
comment on column ml.demand_forecast_monitoring.lower_limit is
    'Above it the value (bias, coverage: its distance from the promise) drifts; null without a limit.';
comment on column ml.demand_forecast_monitoring.upper_limit is
    'Above it a version fails (wql only) and an input has shifted; null without a limit.';
comment on column ml.demand_forecast_monitoring.state is
    'ok, drifting, failing (wql), shifted (inputs), or unjudged: fewer rows than forecast.drift_minimum_rows, or no limit.';
comment on column ml.demand_forecast_monitoring.monitored_at is 'Instant at which the row was written.';

create table if not exists ml.model_rollbacks (
    rollback_id bigint generated always as identity primary key,
    company_id text not null,
    use_case text not null check (use_case in ('demand_forecast', 'slow_movers')),
    business_date date not null,
    withdrawn_version text not null,
    restored_version text not null,
    reason text not null check (reason <> ''),
    run_id text not null,
    is_automatic boolean not null,
    rolled_back_at timestamptz not null default now()
);
comment on table ml.model_rollbacks is 'One row per return from a champion to another version.';
comment on column ml.model_rollbacks.rollback_id is 'Key, in the order in which it happened.';
comment on column ml.model_rollbacks.company_id is 'Company: ops.companies.company_id.';
comment on column ml.model_rollbacks.use_case is 'demand_forecast or slow_movers.';
comment on column ml.model_rollbacks.business_date is
    'Date of the run; by hand, the last date that the withdrawn version forecast for.';
comment on column ml.model_rollbacks.withdrawn_version is
    'Version that served until then: ml.model_registry.model_version.';
comment on column ml.model_rollbacks.restored_version is
    'Version that serves from then on: ml.model_registry.model_version.';
comment on column ml.model_rollbacks.reason is 'Why: the figures of both versions, or what the person said.';
comment on column ml.model_rollbacks.run_id is 'Run that did it; manual by hand.';
comment on column ml.model_rollbacks.is_automatic is 'True where monitoring did it, false where a person did.';
comment on column ml.model_rollbacks.rolled_back_at is 'Instant at which it was done.';
