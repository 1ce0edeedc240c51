-- Neither values nor rows: they may be personal.
select
    quarantine_id,
    batch_id,
    company_id,
    source_system,
    entity,
    rule
from {{ source('ops', 'quarantine') }}
