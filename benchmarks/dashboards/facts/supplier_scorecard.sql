with judged as (
    select
        lines.supplier_id,
        lines.line_amount,
        case
            when lines.received_quantity >= 0.98 * lines.ordered_quantity then true
            when
                lines.due_date < %(day)s
                or lines.last_receipt_date is not null
                and lines.outstanding_quantity <= 0.02 * lines.ordered_quantity
                then false
        end as is_in_full,
        case
            when
                lines.last_receipt_date <= lines.due_date
                and lines.outstanding_quantity <= 0.02 * lines.ordered_quantity
                then true
            when lines.due_date < %(day)s then false
        end as is_on_time
    from core.fct_purchase_order_lines as lines
    where
        lines.company_id = %(company)s
        and lines.is_binding
        and lines.due_date >= %(month)s
        and lines.due_date < (%(month)s + interval '1 month')::date
        and lines.due_date <= %(day)s
)

select
    judged.supplier_id,
    suppliers.supplier_name,
    count(*) as lines_due_count,
    count(*) filter (where judged.is_on_time) as lines_on_time_count,
    count(*) filter (where judged.is_in_full) as lines_in_full_count,
    round(
        count(*) filter (where judged.is_on_time and judged.is_in_full)
        / nullif(count(*) filter (where judged.is_on_time is not null and judged.is_in_full is not null), 0)::numeric, 6
    ) as otif_pct,
    sum(judged.line_amount) as due_amount
from judged
left join core.dim_supplier as suppliers
    on suppliers.company_id = %(company)s and judged.supplier_id = suppliers.supplier_id and suppliers.is_current
group by judged.supplier_id, suppliers.supplier_name
order by judged.supplier_id
