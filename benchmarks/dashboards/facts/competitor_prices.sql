select
    offers.product_id,
    products.product_name,
    count(distinct offers.competitor_id) as competitor_count,
    count(*) as offer_count,
    min(offers.price) as competitor_price_minimum,
    round(
        sum(offers.price * coalesce(offers.match_confidence, 1)) / nullif(sum(coalesce(offers.match_confidence, 1)), 0), 4
    ) as competitor_price_mean
from core.fct_competitor_prices_daily as offers
inner join core.dim_product as products
    on offers.company_id = products.company_id and offers.product_id = products.product_id and products.is_current
where
    offers.company_id = %(company)s
    and offers.seen_date >= %(week)s
    and offers.seen_date < %(week)s + 7
    and offers.is_in_stock is distinct from false
    and products.category_1 = %(category)s
group by offers.product_id, products.product_name, offers.currency
order by offers.product_id
