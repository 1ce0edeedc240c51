-- Batches that a gate has decided on, up to the last accepted one of their company: what follows it belongs to the next
-- build. A past state is told by what that publication accepted, so that a release since then changes nothing in it.
with batches as (
    select
        batches.*,
        {{ is_accepted('batches') }} as is_accepted
    from {{ source('ops', 'batches') }} as batches
    where batches.gate_status <> 'pending'
),

reached as (
    select
        *,
        max(batch_id) filter (where is_accepted) over (partition by company_id) as last_accepted_batch_id
    from batches
)

select
    company_id,
    batch_id,
    business_date,
    is_accepted,
    case when is_accepted then gate_status else 'held_back' end as verdict
from reached
where batch_id <= last_accepted_batch_id
