"""Twenty questions of a dashboard: asked of the marts by clients at work, and of their peers."""
