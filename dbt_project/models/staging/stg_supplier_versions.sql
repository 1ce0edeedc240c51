{{ supplier_columns(all_versions) }}
