{{ config(materialized='table') }}

-- What has stock records is planned, whatever its master says: stock without its demand would look unsellable.
select company_id, product_id
from {{ ref('dim_product') }}
where is_current and product_key <> -1 and coalesce(is_stocked, true)
union
select company_id, product_id
from {{ ref('int_stock_keepers') }}
