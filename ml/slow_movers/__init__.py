"""Slow movers: the probability that the stock on hand will not sell through, with reasons."""
