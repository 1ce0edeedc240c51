-- How do prices of a category compare with those of the competitors in a week?
select
    product_id,
    product_name,
    competitor_count,
    offer_count,
    competitor_price_minimum,
    competitor_price_mean,
    own_price_mean,
    price_index,
    price_rank
from marts.mart_competitor_prices_weekly
where company_id = %(company)s and week_start_date = %(week)s and category_1 = %(category)s
order by product_id
