{#-
    Status of stock by how long it lasts at the pace of the days before. Needs the columns of int_company_policies.
    on_hand, sold: quantities; days: over how many days was sold. Where days is not known, neither too much nor too little.
-#}
{% macro stock_status(on_hand, sold, days) -%}
    case
        when {{ on_hand }} <= 0 then 'out_of_stock'
        -- An item of less than four weeks has had no time to sell.
        when {{ days }} >= 28 and {{ on_hand }} * {{ days }} > policies.overstock_cover_days * {{ sold }} then 'overstocked'
        when {{ on_hand }} * {{ days }} < policies.understock_cover_days * {{ sold }} then 'understocked'
        else 'in_stock'
    end
{%- endmacro %}
