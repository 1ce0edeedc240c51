-- What loads brought, of batches that a build may know. Files of a batch count with its verdict.
select
    loads.company_id,
    loads.load_id,
    loads.batch_id,
    batches.business_date,
    batches.verdict,
    loads.source_system,
    loads.entity,
    loads.source_file,
    loads.content_sha256,
    case
        when loads.status not in ('loaded', 'rejected') then loads.status
        when batches.is_accepted then 'loaded'
        else 'held_back'
    end as status,
    -- A file tells of its own day, where its name states one.
    least(batches.business_date, coalesce(loads.file_date, batches.business_date)) as data_date,
    loads.rows_read,
    loads.rows_loaded,
    loads.rows_quarantined,
    loads.recorded_at
from {{ ref('stg_loads') }} as loads
inner join {{ ref('stg_batches') }} as batches on loads.batch_id = batches.batch_id
