-- How much money lies in old stock, category by category?
select
    category_1,
    sum(on_hand_amount) as on_hand_amount,
    sum(aged_90_amount) as aged_90_amount,
    sum(aged_180_amount) as aged_180_amount,
    sum(on_hand_amount) filter (where is_obsolete) as obsolete_amount
from marts.mart_stock_ageing_weekly
where company_id = %(company)s and week_start_date = %(week)s
group by category_1
order by category_1
