"""Decisions: what to look at, buy, move and mark down, with the arithmetic of each."""
