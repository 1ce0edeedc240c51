{{ latest_version(
    'budgets',
    key=['budget_month', 'category', 'location_id'],
    columns=[
        'budget_month',
        'category',
        'location_id',
        'net_sales_amount',
        'margin_amount',
        'stock_amount',
        'open_to_buy_amount',
        'currency',
        'sales_quantity',
        'uom',
        'service_level_pct',
        'otif_pct',
        'return_rate_pct',
        'turnover_ratio',
    ]
) }}
