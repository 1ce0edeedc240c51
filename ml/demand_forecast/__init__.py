"""Weekly demand forecasts per product and planning location: mean and deciles, champion chosen by backtest."""
