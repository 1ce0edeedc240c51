{#-
    The run in force of each company, for models whose rows name company_id, business_date, model_version and predicted_at: of
    the last business date the version that wrote last.
-#}
{% macro newest_runs(relation) -%}
select
        company_id,
        (array_agg(model_version order by business_date desc, predicted_at desc, model_version asc))[1] as model_version,
        max(business_date) as business_date
    from {{ relation }}
    group by company_id
{%- endmacro %}
