{{ product_columns(newest_version) }}
