-- What the scoring of slow movers writes.

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
comment on column ml.slow_mover_scores.is_flagged is
    'True where the risk is high; once true, down to slow_movers.release_probability.';
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
