{{ product_columns(all_versions) }}
