//! Why a listener gave a request's body up.

use std::error::Error;

/// The listener's reason. Adapters answer with the status and in their own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// It was not whole in time: 408.
    #[error("The request body did not arrive in time.")]
    Late,
    /// Bodies of other requests have all the room that there is: 503, and another try in a moment helps.
    #[error("The server holds as many request bodies as it may. Try again in a moment.")]
    NoRoom,
}

impl BodyFault {
    /// The reason within an error of the HTTP libraries, which wrap it a few times.
    pub fn within(error: &(dyn Error + 'static)) -> Option<BodyFault> {
        let mut present = Some(error);
        while let Some(error) = present {
            if let Some(fault) = error.downcast_ref::<BodyFault>() {
                return Some(*fault);
            }
            present = error.source();
        }
        None
    }

    /// The HTTP status that fits.
    pub fn status(self) -> u16 {
        match self {
            BodyFault::Late => 408,
            BodyFault::NoRoom => 503,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("wrapped")]
    struct Wrapped(#[source] Box<dyn Error + Send + Sync>);

    #[test]
    fn is_found_however_deep_it_lies() {
        let deep = Wrapped(Box::new(Wrapped(Box::new(BodyFault::Late))));
        assert_eq!(BodyFault::within(&deep), Some(BodyFault::Late));
        assert_eq!(BodyFault::within(&BodyFault::NoRoom), Some(BodyFault::NoRoom));
        assert_eq!(BodyFault::within(&Wrapped("broken".into())), None);
    }
}
