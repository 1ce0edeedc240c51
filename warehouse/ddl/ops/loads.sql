-- What became of every file and of the rows that were refused. Needs ops.batches.

create table if not exists ops.load_ledger (
    load_id bigint generated always as identity primary key,
    batch_id bigint not null references ops.batches,
    company_id text not null,
    source_system text not null,
    entity text not null,
    source_file text not null,
    file_date date,
    content_sha256 text,
    mapping_sha256 text,
    byte_count bigint,
    status text not null check (status in ('loaded', 'skipped', 'refused', 'rejected')),
    rows_read bigint,
    rows_loaded bigint,
    rows_quarantined bigint,
    unknown_columns text[],
    message text,
    seconds numeric(12, 3) not null,
    business_date date not null,
    recorded_at timestamptz not null default now(),
    delivered_sha256 text,
    follows_load_id bigint,
    repeats_load_id bigint
);
-- Pulls of databases came later than the table.
alter table ops.load_ledger
add column if not exists is_partial boolean not null default false,
add column if not exists mark_from text,
add column if not exists mark_to text,
add column if not exists ignored_load_ids bigint[];
-- Two loads at once cannot both bring the same content after the same predecessor.
create unique index if not exists load_ledger_each_once
on ops.load_ledger (
    company_id, source_system, entity, content_sha256, mapping_sha256, source_file, file_date, follows_load_id
) nulls not distinct where status = 'loaded' and content_sha256 is not null;
create index if not exists load_ledger_feeds
on ops.load_ledger (company_id, source_system, entity, source_file, load_id);
create index if not exists load_ledger_copies
on ops.load_ledger (company_id, source_system) where repeats_load_id is not null;
create index if not exists load_ledger_batch on ops.load_ledger (batch_id);
comment on table ops.load_ledger is
    'One row per file, entity and load attempt: loaded, skipped as known, refused, or loaded and rejected with its batch.';
comment on column ops.load_ledger.load_id is 'Key, in the order of recording.';
comment on column ops.load_ledger.batch_id is 'Batch of the attempt: ops.batches.batch_id.';
comment on column ops.load_ledger.company_id is 'Company: ops.companies.company_id.';
comment on column ops.load_ledger.source_system is 'Source system, a name out of the company''s sources.yml.';
comment on column ops.load_ledger.entity is 'Contract that the file was read as; the good rows went to raw.<entity>.';
comment on column ops.load_ledger.source_file is
    'Name of the file below the source''s location; of a database, table <name> or query of <entity>.';
comment on column ops.load_ledger.file_date is 'Date in the name of the file; null where it carries none.';
comment on column ops.load_ledger.content_sha256 is
    'SHA-256 of what the file holds, unpacked, and of lookups; null where unreadable. As before means nothing to load.';
comment on column ops.load_ledger.mapping_sha256 is
    'SHA-256 of the feed''s mapping and the contract; null where the mapping itself was refused.';
comment on column ops.load_ledger.byte_count is 'Size of the content in bytes; null where it could not be read.';
comment on column ops.load_ledger.status is
    'loaded; skipped (same content known); refused (as a whole, see message); rejected (loaded, batch not accepted).';
comment on column ops.load_ledger.rows_read is 'Records read, filtered ones included; null unless loaded.';
comment on column ops.load_ledger.rows_loaded is 'Rows copied to raw.<entity>; null unless loaded.';
comment on column ops.load_ledger.rows_quarantined is 'Rows that broke a rule, each counted once; null unless loaded.';
comment on column ops.load_ledger.unknown_columns is 'Columns of the file that the mapping does not use.';
comment on column ops.load_ledger.message is
    'Why it was skipped or refused; of a loaded file, remarks such as rows filtered or columns absent.';
comment on column ops.load_ledger.seconds is 'Duration of the attempt in seconds.';
comment on column ops.load_ledger.business_date is 'Date the load was for, as of its batch.';
comment on column ops.load_ledger.recorded_at is
    'Instant of the record; of a skipped file, the instant at which the load of its source began.';
comment on column ops.load_ledger.delivered_sha256 is
    'SHA-256 of a packed file (gzip, zstd) and of lookups as delivered; null where nothing is packed.';
comment on column ops.load_ledger.follows_load_id is
    'What the same file name brought last before; null for the first time and unless loaded.';
comment on column ops.load_ledger.repeats_load_id is
    'Load under another name that a skipped file only repeats; null where its own name had brought the same.';
comment on column ops.load_ledger.is_partial is
    'True where only what changed was pulled from a database; false where everything was read, as of files.';
comment on column ops.load_ledger.mark_from is
    'Mark from which a database was pulled, less the lookback: an instant or a number; null where all was read.';
comment on column ops.load_ledger.mark_to is
    'Mark up to which a pull vouches for a table or query, exclusive; null of files and feeds without a cursor.';
comment on column ops.load_ledger.ignored_load_ids is
    'Of a pull: the rejected loads of the same feed, whose rows it read again. Any other rejected since takes its mark.';

-- No reference to the ledger: it would be looked up for each of some ten thousand values of a load.
create table if not exists ops.load_figures (
    load_id bigint not null,
    item text not null,
    value text,
    amount double precision not null
);
create index if not exists load_figures_load on ops.load_figures (load_id, item);
comment on table ops.load_figures is
    'One row per load, figure and, where rows are counted by value, value: counted while a large file loads, for its gate.';
comment on column ops.load_figures.load_id is 'Load: ops.load_ledger.load_id.';
comment on column ops.load_figures.item is 'What was counted, and a hash of its definition.';
comment on column ops.load_figures.value is 'Value whose rows were counted; null for a sum or maximum of all rows.';
comment on column ops.load_figures.amount is 'Number of rows with the value, or the sum or maximum.';

create table if not exists ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    batch_id bigint not null references ops.batches,
    company_id text not null,
    source_system text not null,
    entity text not null,
    source_file text not null,
    row_number bigint,
    column_name text,
    rule text not null,
    reason text not null,
    is_personal boolean not null default false,
    value text,
    row_data jsonb,
    quarantined_at timestamptz not null default now()
);
create index if not exists quarantine_batch on ops.quarantine (batch_id);
comment on table ops.quarantine is
    'One row per refused row and rule it broke. value and row_data may hold personal data and are closed to analysts.';
comment on column ops.quarantine.quarantine_id is 'Key, in the order of recording.';
comment on column ops.quarantine.batch_id is 'Batch of the file: ops.batches.batch_id.';
comment on column ops.quarantine.company_id is 'Company: ops.companies.company_id.';
comment on column ops.quarantine.source_system is 'Source system, a name out of the company''s sources.yml.';
comment on column ops.quarantine.entity is 'Contract that the row broke.';
comment on column ops.quarantine.source_file is 'File of the row, as in ops.load_ledger.';
comment on column ops.quarantine.row_number is
    'Place of the record in the file, malformed ones counted; 1 is the first below the header.';
comment on column ops.quarantine.column_name is
    'Columns of the contract that the rule is about; null where the line could not be taken apart.';
comment on column ops.quarantine.rule is
    'Kind of rule: malformed, expression, required, type, unique, pattern, vocabulary, min_length, minimum, maximum, ...';
comment on column ops.quarantine.reason is 'What is wrong, in words.';
comment on column ops.quarantine.is_personal is
    'True where the column is personal by contract, or the malformed line may hold such a value.';
comment on column ops.quarantine.value is
    'Value that broke the rule as the file has it; the whole line where it is malformed. Closed to analysts.';
comment on column ops.quarantine.row_data is
    'The record as the file has it, by column of the contract; null where malformed. Closed to analysts.';
comment on column ops.quarantine.quarantined_at is 'Instant of the record.';
