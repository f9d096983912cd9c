//! The `callport` binary: joins every adapter to the engine; the only reader of files, environment and arguments.

fn main() {}
