-- No sales line of an accepted batch is lost between raw and staging: every key has its newest version there.
with accepted as (
    {{ accepted_rows('sales_lines') }}
),

keys as (
    select company_id, count(*) as key_count
    from (select distinct company_id, transaction_id, line_number from accepted) as distinct_keys
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
