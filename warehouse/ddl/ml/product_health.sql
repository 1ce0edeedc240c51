-- What the product health index writes.

create table if not exists ml.product_health_scores (
    company_id text not null,
    business_date date not null,
    model_version text not null,
    run_id text not null,
    product_id text not null,
    planning_location_id text not null,
    as_of_date date not null,
    window_end_date date not null,
    health_score numeric(7, 4) not null,
    is_learnt boolean not null,
    known_share numeric(9, 6) not null,
    sales_component numeric(9, 6),
    sales_weight numeric(9, 6) not null,
    margin_component numeric(9, 6),
    margin_weight numeric(9, 6) not null,
    on_hand_component numeric(9, 6),
    on_hand_weight numeric(9, 6) not null,
    available_component numeric(9, 6),
    available_weight numeric(9, 6) not null,
    inbound_component numeric(9, 6),
    inbound_weight numeric(9, 6) not null,
    cover_component numeric(9, 6),
    cover_weight numeric(9, 6) not null,
    turnover_component numeric(9, 6),
    turnover_weight numeric(9, 6) not null,
    gmroi_component numeric(9, 6),
    gmroi_weight numeric(9, 6) not null,
    sell_through_component numeric(9, 6),
    sell_through_weight numeric(9, 6) not null,
    stockout_component numeric(9, 6),
    stockout_weight numeric(9, 6) not null,
    age_component numeric(9, 6),
    age_weight numeric(9, 6) not null,
    returns_component numeric(9, 6),
    returns_weight numeric(9, 6) not null,
    reason_1 text not null,
    reason_2 text,
    reason_3 text,
    trained_through_date date not null,
    predicted_at timestamptz not null default now(),
    primary key (company_id, business_date, model_version, product_id, planning_location_id)
);
comment on table ml.product_health_scores is
    'One row per run, product and planning location that has stock or sold in 13 weeks: health from 0 to 100 and its parts.';
comment on column ml.product_health_scores.company_id is 'Key, part 1 of 5. Company: ops.companies.company_id.';
comment on column ml.product_health_scores.business_date is 'Key, part 2 of 5. Date of the run.';
comment on column ml.product_health_scores.model_version is
    'Key, part 3 of 5. Version that scored: ml.model_registry.model_version.';
comment on column ml.product_health_scores.run_id is 'Run that wrote the row; manual by hand.';
comment on column ml.product_health_scores.product_id is 'Key, part 4 of 5. Product, as in core.dim_planning_item.';
comment on column ml.product_health_scores.planning_location_id is
    'Key, part 5 of 5. Place at which the stock is planned, as in core.dim_planning_item.';
comment on column ml.product_health_scores.as_of_date is
    'Day of the indicators: the Sunday that ends the last complete ISO week on the business date.';
comment on column ml.product_health_scores.window_end_date is
    'Last day of the 13 weeks over which sell-through and margin tell whether the order was right, a Sunday.';
comment on column ml.product_health_scores.health_score is
    '0 to 100: 100 x the sum of component x weight over the twelve indicators.';
comment on column ml.product_health_scores.is_learnt is
    'False where history is too short to learn from, so that every indicator weighs the same.';
comment on column ml.product_health_scores.known_share is
    'Share of the weights of the version, 0 to 1, whose indicators are known of the row; what the others weigh is spread over these.';
comment on column ml.product_health_scores.sales_component is
    'Place of the net sales of 13 weeks on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.sales_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.margin_component is
    'Place of the gross margin of 13 weeks on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.margin_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.on_hand_component is
    'Place of the stock at cost on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.on_hand_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.available_component is
    'Place of the share of the stock that is not reserved on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.available_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.inbound_component is
    'Place of the days that what is on order or under way lasts on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.inbound_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.cover_component is
    'Place of the days that the stock on hand lasts on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.cover_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.turnover_component is
    'Place of the turnover in units on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.turnover_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.gmroi_component is
    'Place of the gross margin on stock (GMROI) on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.gmroi_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.sell_through_component is
    'Place of the sell-through of 4 weeks on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.sell_through_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.stockout_component is
    'Place of the days without stock in 4 weeks on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.stockout_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.age_component is
    'Place of the mean age of the stock on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.age_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.returns_component is
    'Place of the return rate of 13 weeks on the curve of the version, 0 (worst) to 1 (best); null where it is not known.';
comment on column ml.product_health_scores.returns_weight is
    'What it weighs in this row, 0 to 1; the twelve weights add up to 1.';
comment on column ml.product_health_scores.reason_1 is
    'What takes most points away, in words and with the figures of the row.';
comment on column ml.product_health_scores.reason_2 is 'What takes the second most; null where nothing else takes a point.';
comment on column ml.product_health_scores.reason_3 is 'What takes the third most; null where nothing else takes a point.';
comment on column ml.product_health_scores.trained_through_date is 'Last day whose data the version has seen, a Sunday.';
comment on column ml.product_health_scores.predicted_at is 'Instant at which the row was written.';

create table if not exists ml.product_health_backtests (
    model_version text not null,
    company_id text not null,
    method_name text not null,
    cutoff_date date not null,
    is_champion boolean not null,
    row_count integer not null,
    target_correlation numeric(9, 6),
    sell_through_correlation numeric(9, 6),
    gmroi_correlation numeric(9, 6),
    margin_correlation numeric(9, 6),
    evaluated_at timestamptz not null default now(),
    primary key (model_version, method_name, cutoff_date)
);
comment on table ml.product_health_backtests is
    'One row per trained version, index or single indicator compared, and test cut-off: how well it orders what came.';
comment on column ml.product_health_backtests.model_version is
    'Key, part 1 of 3. Version trained: ml.model_registry.model_version.';
comment on column ml.product_health_backtests.company_id is 'Company: ops.companies.company_id.';
comment on column ml.product_health_backtests.method_name is
    'Key, part 2 of 3. Index (shaped, straight, equal_weights), or indicator alone.';
comment on column ml.product_health_backtests.cutoff_date is
    'Key, part 3 of 3. Day judged, a Sunday 13 weeks or more before the last day of the data.';
comment on column ml.product_health_backtests.is_champion is 'True for the index put to use.';
comment on column ml.product_health_backtests.row_count is 'Products and planning locations ordered.';
comment on column ml.product_health_backtests.target_correlation is
    'Spearman''s rank correlation, -1 to 1, with what the index learns: mean rank of later sell-through and GMROI.';
comment on column ml.product_health_backtests.sell_through_correlation is
    'The same with the sell-through of the 13 weeks after the cut-off; null where it does not vary.';
comment on column ml.product_health_backtests.gmroi_correlation is
    'The same with the gross margin on stock (GMROI) of the 13 weeks after; null where it does not vary or no cost is known.';
comment on column ml.product_health_backtests.margin_correlation is
    'The same with the gross margin of the 13 weeks after, in money; null where it does not vary or no cost is known.';
comment on column ml.product_health_backtests.evaluated_at is 'Instant at which the row was written.';
