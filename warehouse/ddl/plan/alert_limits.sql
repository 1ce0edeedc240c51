-- What early warning learns from planners.

create table if not exists plan.alert_limits (
    company_id text not null,
    rule_id text not null,
    category_1 text not null,
    version integer not null,
    business_date date not null,
    factor numeric(9, 6) not null check (factor > 0),
    previous_factor numeric(9, 6) not null,
    status text not null check (status in ('shadow', 'active', 'dismissed', 'rolled_back')),
    activated_date date,
    ended_date date,
    evidence jsonb not null,
    changed_by text not null default session_user,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (company_id, rule_id, category_1, version)
);
comment on table plan.alert_limits is
    'One row per factor that planners'' corrections proposed for the limits of a rule and category.';
comment on column plan.alert_limits.company_id is 'Key, part 1 of 4. Company: ops.companies.company_id.';
comment on column plan.alert_limits.rule_id is 'Key, part 2 of 4. Rule, as in docs/early-warning.md.';
comment on column plan.alert_limits.category_1 is 'Key, part 3 of 4. Category; empty for items without one.';
comment on column plan.alert_limits.version is 'Key, part 4 of 4. Counts from 1; 0 is the policy, factor 1.';
comment on column plan.alert_limits.business_date is 'Business date on which it was proposed.';
comment on column plan.alert_limits.factor is 'What the limits of the policy are multiplied with.';
comment on column plan.alert_limits.previous_factor is 'Factor in force when it was proposed.';
comment on column plan.alert_limits.status is
    'shadow: scored beside the one in force; active; dismissed: it was no better; rolled_back: by hand.';
comment on column plan.alert_limits.activated_date is 'First business date on which it is in force; null before.';
comment on column plan.alert_limits.ended_date is
    'Business date from which it no longer is, or was dismissed; null until then.';
comment on column plan.alert_limits.evidence is
    'Decisions it rests on, and precision and recall of both factors on them, at the proposal and at the end of shadow.';
comment on column plan.alert_limits.changed_by is 'Login that wrote the last change, of a rollback who asked for it.';
comment on column plan.alert_limits.created_at is 'Instant at which it was proposed.';
comment on column plan.alert_limits.changed_at is
    'Instant of the last change: only corrections after it ask for another one.';
