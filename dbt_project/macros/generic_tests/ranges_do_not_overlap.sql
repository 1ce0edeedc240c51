{#- Validity ranges of a type 2 dimension neither overlap nor leave a gap. -#}
{% test ranges_do_not_overlap(model, natural_key) %}
with ordered as (
    select
        *,
        lead(valid_from) over (partition by company_id, {{ natural_key }} order by valid_from) as next_valid_from
    from {{ model }}
)

select *
from ordered
where
    valid_from >= valid_to
    or (next_valid_from is not null and next_valid_from <> valid_to)
    or (next_valid_from is null and not is_current)
{% endtest %}
