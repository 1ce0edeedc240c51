{{ location_columns(newest_version) }}
