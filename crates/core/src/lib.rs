//! What is true: calls, settings, gates, limits. Pure, synchronous, not serializable.
