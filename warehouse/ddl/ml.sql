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

comment on column ml.model_registry.model_version is
    'Key: <use case>-<last day seen>-<hash>. The same company, code, data and parameters give the same version.';
comment on column ml.model_registry.company_id is 'Company: ops.companies.company_id.';
comment on column ml.model_registry.use_case is 'demand_forecast or slow_movers.';
comment on column ml.model_registry.model_name is
    'Kind of model: champion_per_demand_class, gradient_boosting, ...; window_average and demand_rate are untested.';
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
    'champion (serves; one per company and use case), archived (served, or serves past dates), candidate (never did).';

comment on column ml.demand_forecast_predictions.company_id is 'Key, part 1 of 7. Company: ops.companies.company_id.';
comment on column ml.demand_forecast_predictions.business_date is
    'Key, part 2 of 7. Date of the run; the history ends with the last complete ISO week on it.';
comment on column ml.demand_forecast_predictions.model_version is
    'Key, part 3 of 7. Version that forecast: ml.model_registry.model_version.';
comment on column ml.demand_forecast_predictions.scenario_id is 'Key, part 4 of 7. Scenario; base is the plan.';
comment on column ml.demand_forecast_predictions.run_id is 'Run that wrote the row; manual by hand.';
comment on column ml.demand_forecast_predictions.product_id is
    'Key, part 5 of 7. Product, as in core.dim_planning_item.';
comment on column ml.demand_forecast_predictions.planning_location_id is
    'Key, part 6 of 7. Place at which demand is planned, as in core.dim_planning_item.';
comment on column ml.demand_forecast_predictions.week_start_date is 'Key, part 7 of 7. Monday of the week forecast.';
comment on column ml.demand_forecast_predictions.horizon_week is
    'Weeks ahead: 1 is the first week after the last complete one.';
comment on column ml.demand_forecast_predictions.demand_class is
    'smooth, intermittent, erratic or lumpy (Syntetos-Boylan); unclassified below 4 observed weeks.';
comment on column ml.demand_forecast_predictions.model_name is
    'Candidate that forecast the item, chosen per demand class; category_mean is the fallback.';
comment on column ml.demand_forecast_predictions.is_fallback is
    'True where the item has fewer than 4 observed weeks: mean of its category, mixed with its own weeks.';
comment on column ml.demand_forecast_predictions.data_status is
    'Observed weeks (no stock-out) of the item: ok from 26, short_history from 4, insufficient below.';
comment on column ml.demand_forecast_predictions.trained_through_date is
    'Last day whose data the version has seen, a Sunday.';
comment on column ml.demand_forecast_predictions.mean_quantity is
    'Mean demand of the week in the base unit of the product, not cut by stock. Means may be added up.';
comment on column ml.demand_forecast_predictions.q10_quantity is
    'Quantile: demand of the week stays at or below it with probability 10 %.';
comment on column ml.demand_forecast_predictions.q20_quantity is
    'Quantile: demand of the week stays at or below it with probability 20 %.';
comment on column ml.demand_forecast_predictions.q30_quantity is
    'Quantile: demand of the week stays at or below it with probability 30 %.';
comment on column ml.demand_forecast_predictions.q40_quantity is
    'Quantile: demand of the week stays at or below it with probability 40 %.';
comment on column ml.demand_forecast_predictions.q50_quantity is
    'Quantile: demand of the week stays at or below it with probability 50 %.';
comment on column ml.demand_forecast_predictions.q60_quantity is
    'Quantile: demand of the week stays at or below it with probability 60 %.';
comment on column ml.demand_forecast_predictions.q70_quantity is
    'Quantile: demand of the week stays at or below it with probability 70 %.';
comment on column ml.demand_forecast_predictions.q80_quantity is
    'Quantile: demand of the week stays at or below it with probability 80 %.';
comment on column ml.demand_forecast_predictions.q90_quantity is
    'Quantile: demand of the week stays at or below it with probability 90 %.';
comment on column ml.demand_forecast_predictions.naive_quantity is
    'Seasonal-naive forecast to compare with; below two seasons of history, the last week''s demand.';
comment on column ml.demand_forecast_predictions.predicted_at is 'Instant at which the row was written.';

comment on column ml.demand_forecast_backtests.model_version is
    'Key, part 1 of 4. Version trained: ml.model_registry.model_version.';
comment on column ml.demand_forecast_backtests.company_id is 'Company: ops.companies.company_id.';
comment on column ml.demand_forecast_backtests.model_name is
    'Key, part 2 of 4. Candidate, or champion: the chosen one of each class together.';
comment on column ml.demand_forecast_backtests.demand_class is
    'Key, part 3 of 4. Demand class before the cut-off, or all.';
comment on column ml.demand_forecast_backtests.horizon_week is
    'Key, part 4 of 4. Weeks ahead of the cut-off; 0 for all weeks together.';
comment on column ml.demand_forecast_backtests.is_champion is
    'True where the candidate was chosen for the class, and for the champion.';
comment on column ml.demand_forecast_backtests.cutoff_count is
    'Number of cut-offs with actuals; each forecast uses what was known at its cut-off only.';
comment on column ml.demand_forecast_backtests.series_count is
    'Number of series (product and planning location) judged.';
comment on column ml.demand_forecast_backtests.actual_quantity is
    'Demand of the weeks judged, in base units. A stock-out week counts with an estimate, no less than sold.';
comment on column ml.demand_forecast_backtests.wql is
    'Weighted quantile loss: 2 x summed pinball loss over the nine deciles / (9 x summed demand).';
comment on column ml.demand_forecast_backtests.wape is 'Summed absolute errors of the mean / summed demand.';
comment on column ml.demand_forecast_backtests.bias is
    'Summed (forecast - demand) / summed demand; positive is over-forecast.';
comment on column ml.demand_forecast_backtests.mase is
    'Mean absolute error in units of the naive forecast''s error within the history; null where that is 0.';
comment on column ml.demand_forecast_backtests.coverage_q10 is
    'Share of actuals at or below the 10 % quantile, 0 to 1.';
comment on column ml.demand_forecast_backtests.coverage_q50 is
    'Share of actuals at or below the 50 % quantile, 0 to 1.';
comment on column ml.demand_forecast_backtests.coverage_q90 is
    'Share of actuals at or below the 90 % quantile, 0 to 1.';
comment on column ml.demand_forecast_backtests.evaluated_at is 'Instant at which the row was written.';

comment on column ml.slow_mover_scores.company_id is 'Key, part 1 of 5. Company: ops.companies.company_id.';
comment on column ml.slow_mover_scores.business_date is 'Key, part 2 of 5. Date of the run.';
comment on column ml.slow_mover_scores.model_version is
    'Key, part 3 of 5. Version that scored: ml.model_registry.model_version.';
comment on column ml.slow_mover_scores.run_id is 'Run that wrote the row; manual by hand.';
comment on column ml.slow_mover_scores.product_id is 'Key, part 4 of 5. Product, as in core.dim_planning_item.';
comment on column ml.slow_mover_scores.planning_location_id is
    'Key, part 5 of 5. Place at which the stock is planned, as in core.dim_planning_item.';
comment on column ml.slow_mover_scores.as_of_date is
    'Stock date t: the Sunday that ends the last complete ISO week on the business date.';
comment on column ml.slow_mover_scores.window_start_date is
    'First day of the window, a Monday: t + 36 with slow_movers.lead_days 35 (5 whole weeks).';
comment on column ml.slow_mover_scores.window_end_date is
    'Last day of the window, a Sunday: t + 126 with slow_movers.window_days 90 (13 whole weeks, 91 days).';
comment on column ml.slow_mover_scores.on_hand_quantity is
    'Stock at the close of as_of_date in the base unit of the product; above 0.';
comment on column ml.slow_mover_scores.on_hand_amount is
    'The same at unit cost, in the company''s currency; null where no cost is known.';
comment on column ml.slow_mover_scores.probability is
    'Calibrated probability, 0 to 1, that over slow_movers.unsold_share of the stock is left at window_end_date.';
comment on column ml.slow_mover_scores.risk_band is
    'low, medium or high: by slow_movers.medium_probability and slow_movers.high_probability.';
comment on column ml.slow_mover_scores.is_flagged is 'True where the risk is high.';
comment on column ml.slow_mover_scores.expected_unsold_quantity is
    'Stock expected to be left at window_end_date, in base units; demand of the lead is deducted.';
comment on column ml.slow_mover_scores.expected_unsold_amount is
    'The same at unit cost, in the company''s currency; null where no cost is known.';
comment on column ml.slow_mover_scores.rule_flags is
    'Named rules that flag the stock too: no_sale_28d, cover_over_13_weeks, sales_down_40_age_90, c_and_z.';
comment on column ml.slow_mover_scores.reason_1 is
    'What raises the probability most, in words and with the figures of the row.';
comment on column ml.slow_mover_scores.reason_2 is 'What raises it second; null where nothing else does.';
comment on column ml.slow_mover_scores.reason_3 is 'What raises it third; null where nothing else does.';
comment on column ml.slow_mover_scores.trained_through_date is 'Last day whose data the version has seen, a Sunday.';
comment on column ml.slow_mover_scores.predicted_at is 'Instant at which the row was written.';

comment on column ml.slow_mover_backtests.model_version is
    'Key, part 1 of 3. Version trained: ml.model_registry.model_version.';
comment on column ml.slow_mover_backtests.company_id is 'Company: ops.companies.company_id.';
comment on column ml.slow_mover_backtests.model_name is 'Key, part 2 of 3. Candidate, or rule of planners.';
comment on column ml.slow_mover_backtests.cutoff_date is
    'Key, part 3 of 3. Stock date judged, a Sunday whose window has closed.';
comment on column ml.slow_mover_backtests.is_champion is 'True for the candidate chosen.';
comment on column ml.slow_mover_backtests.row_count is
    'Stocks judged: products and planning locations with stock on hand.';
comment on column ml.slow_mover_backtests.base_rate is 'Share of them that became slow movers, 0 to 1.';
comment on column ml.slow_mover_backtests.pr_auc is
    'Area under the precision-recall curve (average precision), 0 to 1; null where only one class occurs.';
comment on column ml.slow_mover_backtests.roc_auc is
    'Area under the ROC curve, 0 to 1; null where only one class occurs.';
comment on column ml.slow_mover_backtests.brier is
    'Mean squared difference of probability and outcome, 0 to 1; 0 is best.';
comment on column ml.slow_mover_backtests.calibration_error is
    'Mean gap between probability and observed rate over ten bins, weighted by rows, 0 to 1; 0 is best.';
comment on column ml.slow_mover_backtests.precision_at_flag is
    'Share of flagged stocks that became slow movers, 0 to 1; null where none is flagged.';
comment on column ml.slow_mover_backtests.recall_at_flag is
    'Share of slow movers that were flagged, 0 to 1; null where there are none.';
comment on column ml.slow_mover_backtests.evaluated_at is 'Instant at which the row was written.';
