with companies as (
    {% if var('publication_id') -%}
    select registered.*
    from {{ published_inputs() }} as publications
    cross join lateral jsonb_populate_record(null::{{ source('ops', 'companies') }}, publications.company) as registered
    {%- else -%}
    select * from {{ source('ops', 'companies') }}
    {%- endif %}
),

batches as (
    select * from {{ source('ops', 'batches') }}
),

loads as (
    select * from {{ source('ops', 'load_ledger') }}
    where status = 'loaded'
),

-- How far the data reach. A business date that brought no file moves nothing: no data is not zero demand.
business_dates as (
    select
        batches.company_id,
        max(least(batches.business_date, coalesce(loads.file_date, batches.business_date))) as business_date
    from batches
    inner join loads on batches.batch_id = loads.batch_id
    where {{ is_accepted('batches') }}
    group by batches.company_id
)

select
    companies.company_id,
    companies.company_name,
    companies.currency,
    companies.timezone,
    companies.country_code,
    business_dates.business_date,
    {{ last_complete_week('business_dates.business_date') }} as last_complete_week_date
from companies
inner join business_dates using (company_id)
