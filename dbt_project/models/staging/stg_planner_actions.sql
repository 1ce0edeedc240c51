select
    action_id,
    company_id,
    action_type,
    object_type,
    object_key,
    old_value,
    new_value,
    reason,
    created_by,
    created_at,
    expires_at
from {{ source('app', 'planner_actions') }} as actions
where {{ was_known('actions', 'created_at') }}
