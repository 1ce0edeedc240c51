"""Models over the star schema: their shared floor, demand forecasts and slow movers."""
