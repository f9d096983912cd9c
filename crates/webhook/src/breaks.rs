//! How a connection ended under a request: the receiver, or something between, closed it before a byte of an answer came.

use std::error::Error;
use std::io::{self, ErrorKind};

/// Whether the request may be made once more at once: the connection was there, and closed without an answer.
pub(crate) fn without_an_answer(error: &reqwest::Error) -> bool {
    !error.is_timeout() && !error.is_connect() && causes(error).any(closed)
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| {
        let cause: &'e (dyn Error + 'static) = *cause;
        cause.source()
    })
}

fn closed(cause: &(dyn Error + 'static)) -> bool {
    let by_protocol = cause.downcast_ref::<hyper::Error>().is_some_and(|error| error.is_incomplete_message() || error.is_canceled());
    let by_system = cause.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof)
    });
    by_protocol || by_system
}
