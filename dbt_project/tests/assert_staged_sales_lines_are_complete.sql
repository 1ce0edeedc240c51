-- No sales line of an accepted batch is lost between raw and staging: every key has a version there, whichever it is.
-- depends_on: {{ ref('stg_sales_lines_affected_dates') }}
{% if of_a_build() -%}
-- Of an incremental build, those that its batches brought: days tell where in staging to look.
with keys as (
    {{ changed_keys('sales_lines', ['transaction_id', 'line_number']) }}
),

staged as (
    select *
    from {{ ref('stg_sales_lines') }} as sales_lines
    where {{ only_affected_dates(
        ref('stg_sales_lines_affected_dates'), 'sales_lines.company_id', 'sales_lines.sale_date'
    ) }}
)

select keys.company_id
from keys
left join staged using (company_id, transaction_id, line_number)
where staged._batch_id is null
{%- else -%}
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
{%- endif %}
