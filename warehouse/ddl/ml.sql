-- What models write. Every statement may be repeated. Deciles q10 ... q90 are of the predictive distribution.

create table if not exists ml.model_registry (
    model_version text primary key,
    company_id text not null,
    use_case text not null check (use_case in ('demand_forecast', 'slow_movers')),
    model_name text not null,
    git_revision text not null,
    trained_at timestamptz not null default now(),
    trained_through_date date not null,
    window_start_date date not null,
    training_rows bigint not null,
    parameters jsonb not null,
    metrics jsonb not null,
    artifact_path text not null,
    status text not null check (status in ('candidate', 'champion', 'archived'))
);
create unique index if not exists model_registry_one_champion
on ml.model_registry (company_id, use_case) where status = 'champion';
comment on table ml.model_registry is 'One row per trained model: code revision, data window, metrics, champion flag.';

create table if not exists ml.demand_forecast_predictions (
    company_id text not null,
    business_date date not null,
    model_version text not null,
    scenario_id text not null default 'base',
    run_id text not null,
    product_id text not null,
    planning_location_id text not null,
    week_start_date date not null,
    horizon_week smallint not null,
    demand_class text not null,
    model_name text not null,
    is_fallback boolean not null,
    data_status text not null check (data_status in ('ok', 'short_history', 'insufficient')),
    trained_through_date date not null,
    mean_quantity numeric(18, 4) not null,
    q10_quantity numeric(18, 4) not null,
    q20_quantity numeric(18, 4) not null,
    q30_quantity numeric(18, 4) not null,
    q40_quantity numeric(18, 4) not null,
    q50_quantity numeric(18, 4) not null,
    q60_quantity numeric(18, 4) not null,
    q70_quantity numeric(18, 4) not null,
    q80_quantity numeric(18, 4) not null,
    q90_quantity numeric(18, 4) not null,
    naive_quantity numeric(18, 4) not null,
    predicted_at timestamptz not null default now(),
    primary key (
        company_id, business_date, model_version, scenario_id, product_id, planning_location_id, week_start_date
    )
);
comment on table ml.demand_forecast_predictions is
    'One row per run (business date, model version, scenario), product, planning location and future week. Runs are kept.';

create table if not exists ml.demand_forecast_backtests (
    model_version text not null,
    company_id text not null,
    model_name text not null,
    demand_class text not null,
    horizon_week smallint not null,
    is_champion boolean not null,
    cutoff_count smallint not null,
    series_count integer not null,
    actual_quantity numeric(18, 4) not null,
    wql numeric(12, 6),
    wape numeric(12, 6),
    bias numeric(12, 6),
    mase numeric(12, 6),
    coverage_q10 numeric(9, 6),
    coverage_q50 numeric(9, 6),
    coverage_q90 numeric(9, 6),
    evaluated_at timestamptz not null default now(),
    primary key (model_version, model_name, demand_class, horizon_week)
);
comment on table ml.demand_forecast_backtests is
    'One row per trained version, model compared, demand class (or all) and horizon week (0 = all weeks together).';

create table if not exists ml.slow_mover_scores (
    company_id text not null,
    business_date date not null,
    model_version text not null,
    run_id text not null,
    product_id text not null,
    planning_location_id text not null,
    as_of_date date not null,
    window_start_date date not null,
    window_end_date date not null,
    on_hand_quantity numeric(18, 4) not null,
    on_hand_amount numeric(18, 4),
    probability numeric(9, 6) not null,
    risk_band text not null check (risk_band in ('low', 'medium', 'high')),
    is_flagged boolean not null,
    expected_unsold_quantity numeric(18, 4) not null,
    expected_unsold_amount numeric(18, 4),
    rule_flags text[] not null,
    reason_1 text not null,
    reason_2 text,
    reason_3 text,
    trained_through_date date not null,
    predicted_at timestamptz not null default now(),
    primary key (company_id, business_date, model_version, product_id, planning_location_id)
);
comment on table ml.slow_mover_scores is
    'One row per run, product and planning location with stock on hand: probability that it will not sell through.';

create table if not exists ml.slow_mover_backtests (
    model_version text not null,
    company_id text not null,
    model_name text not null,
    cutoff_date date not null,
    is_champion boolean not null,
    row_count integer not null,
    base_rate numeric(9, 6) not null,
    pr_auc numeric(9, 6),
    roc_auc numeric(9, 6),
    brier numeric(9, 6),
    calibration_error numeric(9, 6),
    precision_at_flag numeric(9, 6),
    recall_at_flag numeric(9, 6),
    evaluated_at timestamptz not null default now(),
    primary key (model_version, model_name, cutoff_date)
);
comment on table ml.slow_mover_backtests is
    'One row per trained version, model or rule compared, and test cut-off, at the natural base rate.';
