select
    items.category_1,
    sum(demand.closing_on_hand_amount) as on_hand_amount
from core.fct_demand_weekly as demand
inner join core.dim_planning_item as items
    on
        demand.company_id = items.company_id
        and demand.product_id = items.product_id
        and demand.planning_location_id = items.planning_location_id
where
    demand.company_id = %(company)s
    and demand.week_start_date = %(week)s
    and demand.closing_on_hand_quantity > 0
group by items.category_1
order by items.category_1
