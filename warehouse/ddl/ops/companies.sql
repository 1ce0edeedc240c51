-- Who the warehouse serves, and the settings and calendars that come with them.

create table if not exists ops.companies (
    company_id text primary key,
    company_name text not null,
    currency text not null,
    timezone text not null,
    country_code text not null,
    registered_at timestamptz not null default now()
);
comment on table ops.companies is 'One row per company the warehouse serves, from companies/<company_id>/sources.yml.';
comment on column ops.companies.company_id is 'Key. Name of the company''s folder below companies/.';
comment on column ops.companies.company_name is 'Name shown to people.';
comment on column ops.companies.currency is 'Currency of every amount of the company, ISO 4217.';
comment on column ops.companies.timezone is 'IANA time zone in which the company''s days begin and end.';
comment on column ops.companies.country_code is
    'Country whose holidays apply, ISO 3166 alpha-2; calendar of ops.holidays.';
comment on column ops.companies.registered_at is 'Instant of the company''s first load.';

create table if not exists ops.policies (
    company_id text not null,
    policy_name text not null,
    policy_value text not null,
    updated_at timestamptz not null default now(),
    primary key (company_id, policy_name)
);
comment on table ops.policies is 'One row per company and threshold, from companies/<company_id>/policy.yml; names are dotted paths.';
comment on column ops.policies.company_id is 'Key, part 1 of 2. Company: ops.companies.company_id.';
comment on column ops.policies.policy_name is
    'Key, part 2 of 2. Dotted path in policy.yml, such as forecast.horizon_weeks; docs/companies.md lists them.';
comment on column ops.policies.policy_value is
    'Value as text. The name says the unit: _days, _weeks, _pct and _share (0 to 1).';
comment on column ops.policies.updated_at is 'Instant since which this value holds.';

create table if not exists ops.holidays (
    calendar_code text not null,
    holiday_date date not null,
    holiday_name text not null,
    primary key (calendar_code, holiday_date, holiday_name)
);
comment on table ops.holidays is
    'One row per calendar and holiday: a country (ISO 3166), CHINESE_FESTIVALS, or SHOPPING_DAYS (Black Friday, Double 11).';
comment on column ops.holidays.calendar_code is
    'Key, part 1 of 3. Calendar: a country (ISO 3166 alpha-2), CHINESE_FESTIVALS or SHOPPING_DAYS.';
comment on column ops.holidays.holiday_date is 'Key, part 2 of 3. Day of the holiday, observed days included.';
comment on column ops.holidays.holiday_name is 'Key, part 3 of 3. Name of the holiday in the calendar''s own words.';

create table if not exists ops.installation (
    fingerprint text primary key,
    installed_at timestamptz not null default now()
);

comment on table ops.installation is
'One row, the version of roles, schemas, tables and grants that was set up last; python -m warehouse init does it again.';
comment on column ops.installation.fingerprint is 'Hash of the definitions and of the passwords set.';
comment on column ops.installation.installed_at is 'Instant (UTC) of setting up.';
