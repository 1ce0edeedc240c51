{#-
    What the channel marts show of a row of sales. sales, weeks, policies: aliases of the sums of a week, int_company_weeks and
    int_company_policies. series: the columns, besides company_id, that tell one line of weeks from another.
-#}
{% macro channel_measures(sales, series) -%}
    weeks.closing_date,
    weeks.is_complete_week,
    policies.currency,
    {{ sales }}.net_amount as net_sales_amount,
    ({{ sales }}.net_amount / nullif(sum({{ sales }}.net_amount) over company_week, 0))::numeric(18, 6)
        as net_sales_share_pct,
    -- A part of a week is compared with nothing, and nothing with it; nor are weeks that do not follow each other.
    case
        when
            weeks.is_complete_week
            and lag(weeks.is_complete_week) over by_week
            and lag({{ sales }}.week_start_date) over by_week = {{ sales }}.week_start_date - 7
            then {{ sales }}.net_amount / nullif(lag({{ sales }}.net_amount) over by_week, 0) - 1
    end::numeric(18, 6) as net_sales_growth_pct,
    {{ sales }}.discount_amount,
    ({{ sales }}.costed_net_amount - {{ sales }}.cost_amount)::numeric(18, 4) as gross_margin_amount,
    (({{ sales }}.costed_net_amount - {{ sales }}.cost_amount) / nullif({{ sales }}.costed_net_amount, 0))::numeric(18, 6)
        as gross_margin_pct,
    {{ sales }}.sold_amount,
    {{ sales }}.returned_amount,
    -- Who books no return as a sales line does not know of none.
    case
        when {{ sales }}.company_id in (select company_id from {{ ref('int_return_bookers') }})
            then {{ sales }}.returned_amount / nullif({{ sales }}.sold_amount, 0)
    end::numeric(18, 6) as return_amount_pct,
    {{ sales }}.uom,
    case when {{ sales }}.uom is not null then {{ sales }}.sold_quantity end::numeric(18, 4) as sold_quantity,
    case when {{ sales }}.uom is not null then {{ sales }}.returned_quantity end::numeric(18, 4) as returned_quantity,
    {{ sales }}.basket_count::integer as basket_count,
    {{ sales }}.line_count::integer as line_count,
    ({{ sales }}.sold_amount / nullif({{ sales }}.basket_count, 0))::numeric(18, 4) as average_basket_amount,
    ({{ sales }}.line_count / nullif({{ sales }}.basket_count, 0)::numeric)::numeric(18, 4) as lines_per_basket,
    case
        when {{ sales }}.uom is not null then {{ sales }}.sold_quantity / nullif({{ sales }}.basket_count, 0)
    end::numeric(18, 4) as units_per_basket
from {{ sales }}
inner join {{ ref('int_company_policies') }} as policies on {{ sales }}.company_id = policies.company_id
inner join {{ ref('int_company_weeks') }} as weeks
    on {{ sales }}.company_id = weeks.company_id and {{ sales }}.week_start_date = weeks.week_start_date
window
    company_week as (partition by {{ sales }}.company_id, {{ sales }}.week_start_date),
    by_week as (
        partition by {{ sales }}.company_id, {{ sales }}.{{ series | join(', ' ~ sales ~ '.') }} order by {{ sales }}.week_start_date
    )
{%- endmacro %}
