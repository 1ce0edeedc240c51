{#- A view, left as it is where it stands and the project has not changed: dbt's own is made anew by every build. -#}
{% materialization view, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.is_view and is_same_project() -%}
        {%- call noop_statement('main', 'UNCHANGED VIEW') -%}
            {{ sql }}
        {%- endcall -%}
        {%- do return({'relations': [this.incorporate(type='view')]}) -%}
    {%- endif -%}
    {%- do return(dbt.materialization_view_default()) -%}
{%- endmaterialization %}
