//! The phone a user holds: its page, its signalling socket, and scripted users without a browser.
