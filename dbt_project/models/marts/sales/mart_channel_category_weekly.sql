-- Grain: one row per company, sales channel, category and ISO week with sales.
-- Non-additive: every share, ratio and mean, and basket_count: a basket of two categories counts in both.
-- depends_on: {{ ref('int_company_weeks') }}, {{ ref('int_company_policies') }}, {{ ref('int_return_bookers') }}
with categories as (
    select * from {{ ref('int_channel_categories_weekly') }}
)

select
    categories.company_id,
    categories.channel,
    categories.category_1,
    categories.week_start_date,
    {{ channel_measures('categories', ['channel', 'category_1']) }}
