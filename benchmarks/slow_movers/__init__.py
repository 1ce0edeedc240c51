"""Slow movers beside rules and peers, on drawn data whose outcome is known and on two real shops."""
