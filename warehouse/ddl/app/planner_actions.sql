-- What planners decide: written once, by themselves, never changed.

create table if not exists app.planner_actions (
    action_id bigint generated always as identity primary key,
    company_id text not null references ops.companies,
    action_type text not null check (action_type in ('override', 'feedback', 'approval')),
    object_type text not null check (object_type ~ '^[a-z][a-z0-9_]*$'),
    object_key jsonb not null check (jsonb_typeof(object_key) = 'object'),
    old_value jsonb,
    new_value jsonb,
    reason text not null check (btrim(reason) <> ''),
    created_by text not null default session_user,
    created_at timestamptz not null default now(),
    expires_at timestamptz check (expires_at > created_at)
);
-- An override that names no week or no number would be without effect, and nobody would learn of it.
alter table app.planner_actions drop constraint if exists forecast_override_names_a_week_and_a_quantity;
alter table app.planner_actions add constraint forecast_override_names_a_week_and_a_quantity check (
    case
        when action_type <> 'override' or object_type <> 'mart_forecast_weekly' then true
        when not object_key ?& array['product_id', 'planning_location_id', 'week_start_date'] then false
        when object_key ->> 'week_start_date' !~ '^\d{4}-\d{2}-\d{2}$' then false
        when new_value is null then true
        when jsonb_typeof(new_value -> 'override_quantity') is distinct from 'number' then false
        else (new_value ->> 'override_quantity')::numeric between 0 and 99999999999999
    end
) not valid;
-- So would a decision on an alert that names none, or says something else than these.
alter table app.planner_actions drop constraint if exists alert_feedback_names_an_alert_and_a_decision;
alter table app.planner_actions add constraint alert_feedback_names_an_alert_and_a_decision check (
    case
        when action_type <> 'feedback' or object_type <> 'mart_alerts' then true
        when new_value ->> 'decision' = 'missing'
            then coalesce(object_key ->> 'rule_id', '') in (
                'demand_falls', 'demand_rises', 'slow_mover', 'stock_runs_out', 'supplier_late', 'rival_cheaper',
                'three_dimensions'
            ) and object_key ->> 'product_id' is not null and object_key ->> 'planning_location_id' is not null
        when new_value is null and object_key ?& array['rule_id', 'product_id', 'planning_location_id'] then true
        when coalesce(object_key ->> 'alert_id', '') !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then false
        when new_value is null then true
        when new_value ->> 'decision' is null then false
        when new_value ->> 'decision' = 'snooze' then coalesce(new_value ->> 'until', '') ~ '^\d{4}-\d{2}-\d{2}$'
        when new_value ->> 'decision' = 'change'
            then coalesce(new_value ->> 'action', '') in (
                'review', 'adjust_price', 'transfer', 'clear', 'replenish', 'expedite', 'stop_orders', 'crisis_team',
                'other'
            )
        else new_value ->> 'decision' in ('accept', 'reject')
    end
) not valid;
-- And so would one on an alert that was never raised, a snooze that is over before it begins, and a miss that none is. It
-- works as its owner, since planners do not see plan.
drop trigger if exists feedback_is_on_an_alert on app.planner_actions;
drop function if exists app.refuse_feedback_without_alert();
create or replace function app.refuse_idle_feedback() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    last_date date := (select max(business_date) from plan.alert_evaluations where company_id = new.company_id);
begin
    if new.object_key ? 'alert_id' and not exists (
        select 1 from plan.alert_episodes
        where company_id = new.company_id and alert_id::text = new.object_key ->> 'alert_id'
    ) then
        raise foreign_key_violation using
            message = format('company %s has no alert %s', new.company_id, new.object_key ->> 'alert_id'),
            hint = 'take company_id and alert_id from marts.mart_alerts';
    end if;
    if new.new_value ->> 'decision' = 'snooze' and (new.new_value ->> 'until')::date <= last_date then
        raise check_violation using
            message = format('a snooze until %s ends before the next evaluation', new.new_value ->> 'until'),
            hint = format('%s was evaluated up to %s: name a later day', new.company_id, last_date);
    end if;
    if new.new_value ->> 'decision' is distinct from 'missing' then
        return null;
    end if;
    if not exists (
        select 1 from plan.risk_scores
        where
            company_id = new.company_id and product_id = new.object_key ->> 'product_id'
            and planning_location_id = new.object_key ->> 'planning_location_id'
    ) then
        raise foreign_key_violation using
            message = format(
                'company %s plans no product %s at %s',
                new.company_id, new.object_key ->> 'product_id', new.object_key ->> 'planning_location_id'
            ),
            hint = 'take product_id and planning_location_id from marts.mart_risk_matrix';
    end if;
    if exists (
        select 1 from plan.alerts
        where
            company_id = new.company_id and business_date = last_date and closed_date is null
            and rule_id = new.object_key ->> 'rule_id' and product_id = new.object_key ->> 'product_id'
            and planning_location_id = new.object_key ->> 'planning_location_id'
    ) then
        raise check_violation using
            message = format('the alert %s on this item is there already', new.object_key ->> 'rule_id'),
            hint = 'decide on it by its alert_id in marts.mart_alerts';
    end if;
    return null;
end $$;
revoke execute on function app.refuse_idle_feedback() from public;
create or replace trigger feedback_has_an_effect after insert on app.planner_actions for each row
when (new.action_type = 'feedback' and new.object_type = 'mart_alerts')
execute function app.refuse_idle_feedback();
comment on table app.planner_actions is
    'One row per decision of a planner: an override, feedback on an alert, an approval. Append-only: the last one holds.';
comment on column app.planner_actions.action_id is 'Key, in the order of arrival.';
comment on column app.planner_actions.company_id is 'Company: ops.companies.company_id.';
comment on column app.planner_actions.action_type is 'override, feedback or approval.';
comment on column app.planner_actions.object_type is 'What it is about: the table or mart, such as mart_forecast_weekly.';
comment on column app.planner_actions.object_key is 'Key of its row: columns and values.';
comment on column app.planner_actions.old_value is 'What the planner saw: columns and values.';
comment on column app.planner_actions.new_value is
'What the planner decided: columns and values, of a forecast override_quantity; null takes it back.';
comment on column app.planner_actions.reason is 'Why, in the words of the planner.';
comment on column app.planner_actions.created_by is 'Login of the planner. No planner can write it.';
comment on column app.planner_actions.created_at is 'Instant (UTC) of the decision. No planner can write it.';
comment on column app.planner_actions.expires_at is 'Instant (UTC) from which it no longer holds; null without end.';
create index if not exists planner_actions_object on app.planner_actions (company_id, object_type);

alter table app.planner_actions enable row level security;
alter table app.planner_actions force row level security;
drop policy if exists planner_adds on app.planner_actions;
create policy planner_adds on app.planner_actions for insert to planner
with check (created_by = session_user and created_at = now());
-- Two planners must not decide the same without knowing.
drop policy if exists planner_reads on app.planner_actions;
create policy planner_reads on app.planner_actions for select to planner using (true);
drop policy if exists build_reads on app.planner_actions;
create policy build_reads on app.planner_actions for select to transformer, advisor using (true);
-- The owner of the table may not change it either, unless a superuser does.
drop policy if exists owner_reads on app.planner_actions;
create policy owner_reads on app.planner_actions for select to current_user using (true);
-- Without the right to name them, action_id, created_by and created_at are what their defaults say.
grant insert (company_id, action_type, object_type, object_key, old_value, new_value, reason, expires_at)
on app.planner_actions to planner;
grant select on app.planner_actions to planner, transformer, advisor;
