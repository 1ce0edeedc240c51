-- What early warning writes: what it noticed, and how each alert stands after each evaluation.

create table if not exists plan.alert_evaluations (
    company_id text not null,
    business_date date not null,
    first_evaluated_at timestamptz not null default now(),
    evaluated_at timestamptz not null default now(),
    run_id text not null,
    primary key (company_id, business_date)
);
comment on table plan.alert_evaluations is
    'One row per company and business date whose signals were evaluated.';
comment on column plan.alert_evaluations.company_id is 'Key, part 1 of 2. Company: ops.companies.company_id.';
comment on column plan.alert_evaluations.business_date is 'Key, part 2 of 2. Date of the run.';
comment on column plan.alert_evaluations.first_evaluated_at is
    'Instant of the first evaluation: decisions made before it count for this date, later ones for the next.';
comment on column plan.alert_evaluations.evaluated_at is 'Instant of the last evaluation.';
comment on column plan.alert_evaluations.run_id is 'Run of the last evaluation; manual by hand.';

create table if not exists plan.alert_signals (
    company_id text not null,
    business_date date not null,
    rule_id text not null,
    product_id text not null,
    planning_location_id text not null,
    rule_version integer not null,
    dimension text not null check (dimension in ('demand', 'supply', 'competition', 'matrix')),
    direction text not null check (direction in ('surplus', 'shortage')),
    level text not null check (level in ('watch', 'yellow', 'orange', 'red')),
    category_1 text not null,
    limit_ratio numeric(12, 6) not null,
    observed_value numeric(18, 4) not null,
    standard_value numeric(18, 4) not null,
    deviation_pct numeric(12, 6) not null,
    value_at_risk_amount numeric(18, 4) not null check (value_at_risk_amount >= 0),
    recommended_action text not null,
    action_quantity numeric(18, 4),
    expected_effect_amount numeric(18, 4),
    owner_name text not null,
    evidence jsonb not null,
    message_en text not null,
    message_zh text not null,
    run_id text not null,
    evaluated_at timestamptz not null default now(),
    primary key (company_id, business_date, rule_id, product_id, planning_location_id)
);
comment on table plan.alert_signals is
    'One row per evaluation, rule and item beyond its standard: what was noticed, whatever came of it.';
comment on column plan.alert_signals.company_id is 'Key, part 1 of 5. Company: ops.companies.company_id.';
comment on column plan.alert_signals.business_date is 'Key, part 2 of 5. Date of the run.';
comment on column plan.alert_signals.rule_id is 'Key, part 3 of 5. Rule, as in docs/early-warning.md.';
comment on column plan.alert_signals.product_id is 'Key, part 4 of 5. Product, as in core.dim_planning_item.';
comment on column plan.alert_signals.planning_location_id is
    'Key, part 5 of 5. Place at which demand is planned, as in core.dim_planning_item.';
comment on column plan.alert_signals.category_1 is 'Category of the product; empty without one.';
comment on column plan.alert_signals.rule_version is 'Version of the rule; rises when its arithmetic changes.';
comment on column plan.alert_signals.dimension is 'demand, supply, competition; matrix where all three are critical.';
comment on column plan.alert_signals.direction is 'surplus where too much stock threatens, shortage where too little.';
comment on column plan.alert_signals.level is
    'yellow, orange or red by the limits in force; watch below yellow, which raises no alert.';
comment on column plan.alert_signals.limit_ratio is
    'Deviation over the yellow limit of the policy: an alert is raised from the learnt factor of the rule on.';
comment on column plan.alert_signals.observed_value is 'What was seen, in the unit that the rule states.';
comment on column plan.alert_signals.standard_value is 'What would be usual, in the same unit.';
comment on column plan.alert_signals.deviation_pct is
    'How far outside of the usual range the observed value is, over the standard; 0.1 is 10 %.';
comment on column plan.alert_signals.value_at_risk_amount is 'What may be lost, in the company''s currency.';
comment on column plan.alert_signals.recommended_action is
    'review, adjust_price, transfer, clear, replenish, expedite, crisis_team or stop_orders.';
comment on column plan.alert_signals.action_quantity is
    'Quantity the action is about, in base units; null where it is about none.';
comment on column plan.alert_signals.expected_effect_amount is
    'What the action is expected to save, in the company''s currency; null where the data do not tell.';
comment on column plan.alert_signals.owner_name is 'Who has to act: policy alerts.owners.';
comment on column plan.alert_signals.evidence is 'The figures behind the row, by name.';
comment on column plan.alert_signals.message_en is 'What happened and what to do, in English; empty where only watched.';
comment on column plan.alert_signals.message_zh is 'The same in Chinese.';
comment on column plan.alert_signals.run_id is 'Run that wrote the row; manual by hand.';
comment on column plan.alert_signals.evaluated_at is 'Instant at which the row was written.';

create table if not exists plan.alert_episodes (
    alert_id uuid primary key,
    company_id text not null,
    dedupe_key text not null,
    first_seen_date date not null,
    raised_at timestamptz not null default now()
);
comment on table plan.alert_episodes is
    'One row per alert ever raised, also where an earlier date evaluated since has shown that it began before.';
comment on column plan.alert_episodes.alert_id is 'Key: plan.alerts.alert_id.';
comment on column plan.alert_episodes.company_id is 'Company: ops.companies.company_id.';
comment on column plan.alert_episodes.dedupe_key is 'Rule, product and planning location.';
comment on column plan.alert_episodes.first_seen_date is 'Business date of its first signal.';
comment on column plan.alert_episodes.raised_at is 'Instant at which it was raised first: response times count from it.';

create table if not exists plan.alerts (
    company_id text not null,
    business_date date not null,
    alert_id uuid not null,
    dedupe_key text not null,
    rule_id text not null,
    product_id text not null,
    planning_location_id text not null,
    status text not null check (
        status in ('open', 'acknowledged', 'snoozed', 'rejected', 'resolved', 'expired')
    ),
    level text not null check (level in ('yellow', 'orange', 'red')),
    value_at_risk_amount numeric(18, 4) not null,
    owner_name text not null,
    first_seen_date date not null,
    last_seen_date date not null,
    streak integer not null check (streak > 0),
    quiet_count integer not null,
    due_date date not null,
    snoozed_until_date date,
    decided_level text,
    escalated_date date,
    closed_date date,
    decision_id bigint,
    is_listed boolean not null,
    rank_of_owner integer,
    run_id text not null,
    evaluated_at timestamptz not null default now(),
    primary key (company_id, business_date, alert_id),
    unique (company_id, business_date, dedupe_key)
);
comment on table plan.alerts is
    'One row per evaluation and alert alive before or after it: how the alert stands after the evaluation.';
comment on column plan.alerts.company_id is 'Key, part 1 of 3. Company: ops.companies.company_id.';
comment on column plan.alerts.business_date is 'Key, part 2 of 3. Date of the evaluation.';
comment on column plan.alerts.alert_id is
    'Key, part 3 of 3. The same in every evaluation and in every repetition, from the first signal to the end.';
comment on column plan.alerts.dedupe_key is 'Rule, product and planning location: of one key one alert is alive.';
comment on column plan.alerts.rule_id is 'Rule, as in docs/early-warning.md.';
comment on column plan.alerts.product_id is 'Product, as in core.dim_planning_item.';
comment on column plan.alerts.planning_location_id is 'Place at which demand is planned, as in core.dim_planning_item.';
comment on column plan.alerts.status is
    'open; acknowledged (accepted or changed); snoozed; rejected; resolved (the signal ended); expired (nobody acted).';
comment on column plan.alerts.level is 'Level of the last signal.';
comment on column plan.alerts.value_at_risk_amount is 'Value at risk of the last signal, in the company''s currency.';
comment on column plan.alerts.owner_name is 'Who has to act; policy alerts.escalation_owner once it is overdue.';
comment on column plan.alerts.first_seen_date is 'Business date of its first signal.';
comment on column plan.alerts.last_seen_date is 'Business date of its last signal.';
comment on column plan.alerts.streak is 'Evaluations with a signal, from the first on.';
comment on column plan.alerts.quiet_count is 'Evaluations in a row without a signal, up to this one.';
comment on column plan.alerts.due_date is 'Last day to act; a higher level brings it forward.';
comment on column plan.alerts.snoozed_until_date is 'Last day on which a snoozed alert is silent.';
comment on column plan.alerts.decided_level is
    'Level on which the planner decided; a higher one opens the alert again; null before a decision.';
comment on column plan.alerts.escalated_date is 'Business date on which it was overdue and changed hands; null before.';
comment on column plan.alerts.closed_date is 'Business date on which it was resolved; null before.';
comment on column plan.alerts.decision_id is
    'Last decision that counts: app.planner_actions.action_id; null without one.';
comment on column plan.alerts.is_listed is
    'True for open alerts within the owner''s budget; the others are summarized.';
comment on column plan.alerts.rank_of_owner is
    'Rank among the open alerts of the owner, red ones first, then by value at risk; null where not open.';
comment on column plan.alerts.run_id is 'Run that wrote the row; manual by hand.';
comment on column plan.alerts.evaluated_at is 'Instant at which the row was written.';
