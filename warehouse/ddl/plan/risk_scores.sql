-- What early warning writes: how risky each item is.

create table if not exists plan.risk_scores (
    company_id text not null,
    business_date date not null,
    product_id text not null,
    planning_location_id text not null,
    as_of_date date not null,
    demand_score numeric(9, 4),
    supply_score numeric(9, 4),
    competition_score numeric(9, 4),
    critical_score numeric(9, 4) not null,
    critical_count smallint not null,
    parts jsonb not null,
    run_id text not null,
    evaluated_at timestamptz not null default now(),
    primary key (company_id, business_date, product_id, planning_location_id)
);
comment on table plan.risk_scores is
    'One row per evaluation, product and planning location: how risky demand, supply and competition are.';
comment on column plan.risk_scores.company_id is 'Key, part 1 of 4. Company: ops.companies.company_id.';
comment on column plan.risk_scores.business_date is 'Key, part 2 of 4. Date of the run.';
comment on column plan.risk_scores.product_id is 'Key, part 3 of 4. Product, as in core.dim_planning_item.';
comment on column plan.risk_scores.planning_location_id is
    'Key, part 4 of 4. Place at which demand is planned, as in core.dim_planning_item.';
comment on column plan.risk_scores.as_of_date is 'Last day of the data judged, the Sunday of the last complete week.';
comment on column plan.risk_scores.demand_score is '0 no risk to 100; null where no part of it is known.';
comment on column plan.risk_scores.supply_score is '0 no risk to 100; null where no part of it is known.';
comment on column plan.risk_scores.competition_score is '0 no risk to 100; null where no part of it is known.';
comment on column plan.risk_scores.critical_score is 'Score from which a dimension is critical, policy alerts.limits.';
comment on column plan.risk_scores.critical_count is 'Dimensions that are critical; three make the item red.';
comment on column plan.risk_scores.parts is
    'Parts of the scores by dimension and name, each 0 to 1, and the figures they come from; unknown parts are missing.';
comment on column plan.risk_scores.run_id is 'Run that wrote the row; manual by hand.';
comment on column plan.risk_scores.evaluated_at is 'Instant at which the row was written.';
