//! Loads a state, asks core, saves state and outbox together, orders and times deliveries. Names the ports.
