//! Every transition of the four machines.
