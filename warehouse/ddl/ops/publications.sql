-- What readers of the marts were shown, and what it was made from.

create table if not exists ops.publications (
    publication_id bigint generated always as identity primary key,
    company_id text not null,
    business_date date not null,
    published_at timestamptz not null default now(),
    project_fingerprint text not null,
    batches int8multirange not null,
    company jsonb not null,
    policies jsonb not null,
    model_statuses jsonb not null
);
-- Refreshes came later than the table.
alter table ops.publications add column if not exists is_partial boolean not null default false;
comment on table ops.publications is
    'One row per publication of a company''s marts: they changed at that instant, and what they were made from.';
comment on column ops.publications.publication_id is 'Key, in the order in which marts were published.';
comment on column ops.publications.company_id is 'Company: ops.companies.company_id.';
comment on column ops.publications.business_date is
    'Last business date of the batches that the marts contain; of a refresh, of those that it loaded.';
comment on column ops.publications.published_at is 'Instant at which readers saw it.';
comment on column ops.publications.project_fingerprint is 'SHA-256 over the dbt project that built the marts.';
comment on column ops.publications.batches is 'Batches of the company that the marts contain: ops.batches.batch_id.';
comment on column ops.publications.company is 'The company''s row of ops.companies at that instant.';
comment on column ops.publications.policies is 'The company''s thresholds of ops.policies at that instant, by name.';
comment on column ops.publications.is_partial is
    'True where a refresh during the day published some marts only; a past state is never built again from it.';
comment on column ops.publications.model_statuses is 'Status by version of ml.model_registry at that instant.';

create table if not exists ops.publication_marts (
    publication_id bigint not null references ops.publications,
    mart_name text not null,
    row_count bigint not null,
    rows_added bigint not null,
    rows_removed bigint not null,
    content_hash bigint not null,
    primary key (publication_id, mart_name)
);
comment on table ops.publication_marts is
    'One row per publication and mart: how many rows of the company it has since, and a hash over them.';
comment on column ops.publication_marts.publication_id is 'Key, part 1 of 2: ops.publications.publication_id.';
comment on column ops.publication_marts.mart_name is 'Key, part 2 of 2. Table of schema marts.';
comment on column ops.publication_marts.row_count is 'Rows of the company after the publication.';
comment on column ops.publication_marts.rows_added is 'Rows that the publication added; a changed row is one more and one less.';
comment on column ops.publication_marts.rows_removed is 'Rows that the publication removed.';
comment on column ops.publication_marts.content_hash is
    'Exclusive or over 64 bits of md5 of every row of the company as text: the same rows give the same hash in any order.';

create table if not exists ops.published_marts (
    company_id text not null,
    mart_name text not null,
    built_table oid not null,
    row_count bigint not null,
    content_hash bigint not null,
    primary key (company_id, mart_name)
);
comment on table ops.published_marts is 'One row per company and mart in force: what the last publication left there.';
comment on column ops.published_marts.company_id is 'Key, part 1 of 2: ops.companies.company_id.';
comment on column ops.published_marts.mart_name is 'Key, part 2 of 2. Table of schema marts.';
comment on column ops.published_marts.built_table is
    'Table of schema marts_build that was published: dbt makes a new one at every build.';
comment on column ops.published_marts.row_count is 'Rows of the company in the mart.';
comment on column ops.published_marts.content_hash is 'Hash over them, as in ops.publication_marts.';

create table if not exists ops.unpublished_rows (
    mart_name text not null,
    company_id text not null,
    product_id text,
    date_column text not null,
    from_date date not null
);
comment on table ops.unpublished_rows is
    'One row per part of a mart that a build made anew in place, until a publication has compared it. No key: parts may overlap.';
comment on column ops.unpublished_rows.mart_name is 'Table of schema marts_build.';
comment on column ops.unpublished_rows.company_id is 'Company of the rows: ops.companies.company_id.';
comment on column ops.unpublished_rows.product_id is 'Product of the rows; null for all of them.';
comment on column ops.unpublished_rows.date_column is 'Column of the mart that from_date is about.';
comment on column ops.unpublished_rows.from_date is 'First day or period that was made anew; -infinity for all.';
