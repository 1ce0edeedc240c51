{{ config(materialized='table') }}

-- Whose sales lines take nothing back keeps its returns elsewhere, as documents, or not at all: that is no rate of zero.
select distinct company_id
from {{ ref('int_sales_categories_monthly') }}
where has_returns
