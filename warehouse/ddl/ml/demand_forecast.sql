-- What the demand forecast writes. Quantiles q05 ... q975 are of the predictive distribution.

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
-- Rows written before these were have none.
alter table ml.demand_forecast_predictions
add column if not exists q05_quantity numeric(18, 4),
add column if not exists q25_quantity numeric(18, 4),
add column if not exists q75_quantity numeric(18, 4),
add column if not exists q95_quantity numeric(18, 4),
add column if not exists q975_quantity numeric(18, 4),
add column if not exists baseline_quantity numeric(18, 4),
add column if not exists promoted_share numeric(9, 6);
comment on table ml.demand_forecast_predictions is
    'One row per run (business date, model version, scenario), product, planning location and future week. Runs are kept.';
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
    'Candidates whose forecasts were combined, joined by +: chosen per demand class and third of the horizon.';
comment on column ml.demand_forecast_predictions.is_fallback is
    'True where the item has fewer than 4 observed weeks: its level is mostly that of its category.';
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
comment on column ml.demand_forecast_predictions.q05_quantity is
    'Quantile: demand of the week stays at or below it with probability 5 %; null in rows of before 2026-11.';
comment on column ml.demand_forecast_predictions.q25_quantity is
    'Quantile: demand of the week stays at or below it with probability 25 %; null in rows of before 2026-11.';
comment on column ml.demand_forecast_predictions.q75_quantity is
    'Quantile: demand of the week stays at or below it with probability 75 %; null in rows of before 2026-11.';
comment on column ml.demand_forecast_predictions.q95_quantity is
    'Quantile: demand of the week stays at or below it with probability 95 %; null in rows of before 2026-11.';
comment on column ml.demand_forecast_predictions.q975_quantity is
    'Quantile: demand of the week stays at or below it with probability 97.5 %; null in rows of before 2026-11.';
comment on column ml.demand_forecast_predictions.baseline_quantity is
    'Mean demand of the week were no item promoted in any week to come; null in rows of before 2026-11.';
comment on column ml.demand_forecast_predictions.promoted_share is
    'Share of the place-days of the week on which the product is promoted, 0 to 1; null where promotions are not known so far ahead.';
comment on column ml.demand_forecast_predictions.naive_quantity is
    'Seasonal-naive forecast to compare with; where history is no longer than one season, the last week''s demand.';
comment on column ml.demand_forecast_predictions.predicted_at is 'Instant at which the row was written.';

create table if not exists ml.demand_estimates (
    company_id text not null,
    business_date date not null,
    product_id text not null,
    planning_location_id text not null,
    week_start_date date not null,
    sold_quantity numeric(18, 4) not null,
    demand_est_quantity numeric(18, 4) not null check (demand_est_quantity >= sold_quantity),
    method text not null check (method in ('stockout_days', 'usual_level')),
    run_id text not null,
    estimated_at timestamptz not null default now(),
    primary key (company_id, business_date, product_id, planning_location_id, week_start_date)
);
comment on table ml.demand_estimates is
    'One row per business date, product, planning location and week with days without stock, of the 13 weeks before.';
comment on column ml.demand_estimates.company_id is 'Key, part 1 of 5. Company: ops.companies.company_id.';
comment on column ml.demand_estimates.business_date is 'Key, part 2 of 5. Date of the run; runs are kept.';
comment on column ml.demand_estimates.product_id is 'Key, part 3 of 5. Product, as in core.dim_planning_item.';
comment on column ml.demand_estimates.planning_location_id is
    'Key, part 4 of 5. Place at which demand is planned, as in core.dim_planning_item.';
comment on column ml.demand_estimates.week_start_date is 'Key, part 5 of 5. Monday of the week.';
comment on column ml.demand_estimates.sold_quantity is 'Quantity sold in the week, in the base unit of the product.';
comment on column ml.demand_estimates.demand_est_quantity is
    'What would have sold, had the shelf never been empty, no less than sold; models learn from it.';
comment on column ml.demand_estimates.method is
    'stockout_days: the rate while there was stock, leaning on the usual level, over the days without; usual_level: where no days are known.';
comment on column ml.demand_estimates.run_id is 'Run that wrote the row; manual by hand.';
comment on column ml.demand_estimates.estimated_at is 'Instant at which the row was written.';

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
comment on column ml.demand_forecast_backtests.model_version is
    'Key, part 1 of 4. Version trained: ml.model_registry.model_version.';
comment on column ml.demand_forecast_backtests.company_id is 'Company: ops.companies.company_id.';
comment on column ml.demand_forecast_backtests.model_name is
    'Key, part 2 of 4. Candidate, or champion: what they were combined to.';
comment on column ml.demand_forecast_backtests.demand_class is
    'Key, part 3 of 4. Demand class before the cut-off, or all.';
comment on column ml.demand_forecast_backtests.horizon_week is
    'Key, part 4 of 4. Weeks ahead of the cut-off; 0 for all weeks together.';
comment on column ml.demand_forecast_backtests.is_champion is
    'True for the champion.';
comment on column ml.demand_forecast_backtests.cutoff_count is
    'Number of cut-offs with actuals; each forecast uses what was known at its cut-off only.';
comment on column ml.demand_forecast_backtests.series_count is
    'Number of series (product and planning location) judged.';
comment on column ml.demand_forecast_backtests.actual_quantity is
    'Demand of the weeks judged, in base units. A stock-out week counts with an estimate, no less than sold, or not at all.';
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
