-- Which rows a dealer sees, and the key under which identifiers of customers leave raw. docs/adr/0007 says why.

grant usage on schema app to planner, dealer, transformer, advisor;

create table if not exists app.dealer_regions (
    login name not null,
    company_id text not null check (company_id <> ''),
    region text not null check (region <> ''),
    granted_at timestamptz not null default now(),
    primary key (login, company_id, region)
);
comment on table app.dealer_regions is
    'One row per login of a dealer, company and region whose rows it sees; python -m warehouse grant-access writes it.';
comment on column app.dealer_regions.login is 'Key, part 1 of 3. Login of the dealer.';
comment on column app.dealer_regions.company_id is 'Key, part 2 of 3. Company: ops.companies.company_id.';
comment on column app.dealer_regions.region is 'Key, part 3 of 3. Region, as in core.dim_location.';
comment on column app.dealer_regions.granted_at is 'Instant (UTC) since which the dealer sees it.';
alter table app.dealer_regions enable row level security;
alter table app.dealer_regions force row level security;
drop policy if exists owner_keeps on app.dealer_regions;
create policy owner_keeps on app.dealer_regions to current_user using (true) with check (true);
-- The policies of the marts read it as the dealer.
drop policy if exists dealer_reads_own on app.dealer_regions;
create policy dealer_reads_own on app.dealer_regions for select to dealer using (login = current_user);
grant select on app.dealer_regions to dealer;

create table if not exists app.masking_key (
    is_current boolean primary key default true check (is_current),
    masking_key text not null check (length(masking_key) >= 64),
    created_at timestamptz not null default now()
);
comment on table app.masking_key is
    'One row, the key of the pseudonyms of customers. Whoever knows it can find the customer behind a pseudonym.';
comment on column app.masking_key.is_current is 'Key. Always true, so that there is one.';
comment on column app.masking_key.masking_key is 'Two random UUIDs, generated here. Another key changes every pseudonym.';
comment on column app.masking_key.created_at is 'Instant (UTC) at which it was generated.';
insert into app.masking_key (masking_key)
select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
on conflict do nothing;
grant select on app.masking_key to transformer;
