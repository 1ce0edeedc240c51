-- The outbox of early warning: what each channel of an owner is to be told, written before it is sent.

create table if not exists plan.notifications (
    company_id text not null,
    owner_name text not null,
    channel_hash text not null,
    subject text not null,
    channel_schema text not null,
    business_date date not null,
    alert_id uuid,
    level text check (level in ('yellow', 'orange', 'red')),
    status text not null default 'pending' check (status in ('pending', 'claimed', 'sent', 'unknown', 'obsolete')),
    attempt_count integer not null default 0,
    failure text,
    alerts jsonb,
    run_id text not null,
    created_at timestamptz not null default now(),
    claimed_at timestamptz,
    sent_at timestamptz,
    primary key (company_id, owner_name, channel_hash, subject)
);
comment on table plan.notifications is
    'One row per channel of an owner and what it is told: a red alert, or the digest of a business date.';
comment on column plan.notifications.company_id is 'Key, part 1 of 4. Company: ops.companies.company_id.';
comment on column plan.notifications.owner_name is 'Key, part 2 of 4. Who has to act: plan.alerts.owner_name.';
comment on column plan.notifications.channel_hash is
    'Key, part 3 of 4. Slow hash of the channel''s address, which is a secret and kept nowhere.';
comment on column plan.notifications.subject is
    'Key, part 4 of 4. "alert <alert_id> red", or "digest <business date>".';
comment on column plan.notifications.channel_schema is 'What kind of channel it is, such as mailtos or json.';
comment on column plan.notifications.business_date is 'Business date of the evaluation that it was first due for.';
comment on column plan.notifications.alert_id is 'Red alert: plan.alerts.alert_id; null for a digest.';
comment on column plan.notifications.level is 'Level of the alert that was told; null for a digest.';
comment on column plan.notifications.status is
    'pending; claimed (being sent); sent; unknown (its sender died, so nobody knows); obsolete (overtaken before it went).';
comment on column plan.notifications.attempt_count is 'Times it was tried to send, in all runs.';
comment on column plan.notifications.failure is 'Why the last try failed; null after one that succeeded.';
comment on column plan.notifications.alerts is
    'Last digest sent: level/status of each alert of the owner by alert_id, which the next one is held against; else null.';
comment on column plan.notifications.run_id is 'Run that wrote the row or tried it last; manual by hand.';
comment on column plan.notifications.created_at is 'Instant at which it became due.';
comment on column plan.notifications.claimed_at is 'Instant of the last try; null before.';
comment on column plan.notifications.sent_at is 'Instant at which the receiver took it; null before.';
create index if not exists notifications_claimed on plan.notifications (company_id) where status = 'claimed';
