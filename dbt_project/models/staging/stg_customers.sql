{{ customer_columns(newest_version) }}
