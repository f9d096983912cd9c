//! The published messages, byte for byte, with what is random taken out.
