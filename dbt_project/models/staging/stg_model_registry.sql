{% if var('publication_id') -%}
-- A version of then may serve no more.
select (jsonb_populate_record(registry, jsonb_build_object('status', statuses.value))).*
from {{ published_inputs() }} as publications
cross join lateral jsonb_each_text(publications.model_statuses) as statuses
inner join {{ source('ml', 'model_registry') }} as registry on statuses.key = registry.model_version
{%- else -%}
select *
from {{ source('ml', 'model_registry') }}
{%- endif %}
