-- What gates of batches found, neither observed values nor rows. Gates of models judge no batch.
select
    results.result_id,
    results.batch_id,
    results.company_id,
    results.checked_at,
    results.suite_name,
    results.severity,
    results.success
from {{ source('ops', 'quality_results') }} as results
where results.batch_id is not null and {{ was_known('results', 'checked_at') }}
