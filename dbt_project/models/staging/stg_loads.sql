select
    load_id,
    batch_id,
    company_id,
    source_system,
    entity,
    source_file,
    file_date,
    content_sha256,
    status,
    rows_read,
    rows_loaded,
    rows_quarantined,
    recorded_at
from {{ source('ops', 'load_ledger') }}
