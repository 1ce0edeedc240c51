-- How do the products of a planning location split into movers of each class, category by category?
select
    category_1,
    mover_class,
    count(*) as product_count,
    sum(sell_through_4w_numerator) as sold_quantity,
    sum(sell_through_4w_denominator) as available_quantity
from marts.mart_sell_through_weekly
where company_id = %(company)s and week_start_date = %(week)s and planning_location_id = %(planning_place)s
group by category_1, mover_class
order by category_1, mover_class nulls last
