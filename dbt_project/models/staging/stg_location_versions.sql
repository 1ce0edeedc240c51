{{ location_columns(all_versions) }}
