-- Grain: one row per company, sales channel and ISO week with sales.
-- Non-additive: every share, ratio and mean. Quantities are told where the channel sells in one unit only.
-- depends_on: {{ ref('int_company_weeks') }}, {{ ref('int_company_policies') }}, {{ ref('int_return_bookers') }}
with channels as (
    select * from {{ ref('int_channels_weekly') }}
)

select
    channels.company_id,
    channels.channel,
    channels.week_start_date,
    {{ channel_measures('channels', ['channel']) }}
