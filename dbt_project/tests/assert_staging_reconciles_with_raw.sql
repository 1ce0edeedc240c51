-- No row of an accepted batch is lost between raw and staging: every key of raw has its newest version in staging.
with distinct_keys as (
    select distinct
        raw_rows.company_id,
        raw_rows.transaction_id,
        raw_rows.line_number
    from {{ source('raw', 'sales_lines') }} as raw_rows
    inner join {{ source('ops', 'batches') }} as batches on raw_rows._batch_id = batches.batch_id
    where batches.gate_status in ('passed', 'released')
),

keys as (
    select company_id, count(*) as key_count
    from distinct_keys
    group by company_id
),

staged as (
    select company_id, count(*) as key_count
    from {{ ref('stg_sales_lines') }}
    group by company_id
)

select keys.company_id
from keys
left join staged using (company_id)
where keys.key_count is distinct from staged.key_count
