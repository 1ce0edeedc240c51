{{ supplier_columns(newest_version) }}
