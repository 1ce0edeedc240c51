{{ customer_columns(all_versions) }}
