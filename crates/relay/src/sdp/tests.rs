//! Whole descriptions: published samples in and out, one refusal per rule, foreign shapes, and noise.
