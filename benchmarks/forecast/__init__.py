"""Accuracy and speed of the forecast engine beside its peers, on real data and on data whose truth is known."""
