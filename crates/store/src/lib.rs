//! The ports kept on disk, and an in-memory twin that passes the same tests.
