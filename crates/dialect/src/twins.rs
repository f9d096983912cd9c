//! Enumerations that the rules and the JSON have both.

use callport_core::call::CallStatus;
use callport_core::call_hours::Day;
use callport_core::call_id::Direction;
use callport_core::codec::AdditionalCodec;
use callport_core::key_exchange::KeyExchange;
use callport_core::pair::ReplySource;
use callport_core::settings::{IconVisibility, Switch};
use callport_core::template::{Category, ParameterFormat};
use callport_wire::{settings, templates, webhooks};

/// A type of the rules that has the same values in the JSON.
pub trait Twin: Sized {
    /// The type of the JSON.
    type Published;

    /// What is written.
    fn published(self) -> Self::Published;

    /// What was read.
    fn of(published: Self::Published) -> Self;
}

/// A value that either side lacks does not compile.
macro_rules! twins {
    ($($Rules:ident = $published:ident::$Published:ident { $($Value:ident),+ };)+) => { $(
        impl Twin for $Rules {
            type Published = $published::$Published;

            fn published(self) -> Self::Published {
                match self { $(Self::$Value => $published::$Published::$Value),+ }
            }

            fn of(published: Self::Published) -> Self {
                match published { $($published::$Published::$Value => Self::$Value),+ }
            }
        }
    )+ };
}

twins! {
    Switch = settings::Switch { Enabled, Disabled };
    IconVisibility = settings::IconVisibility { Default, DisableAll };
    Day = settings::Day { Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday };
    AdditionalCodec = settings::ExtraCodec { Pcma, Pcmu };
    KeyExchange = settings::KeyExchange { Dtls, Sdes };
    Category = templates::Category { Marketing, Utility, Authentication };
    ParameterFormat = templates::ParameterFormat { Positional, Named };
    Direction = webhooks::Direction { UserInitiated, BusinessInitiated };
    CallStatus = webhooks::Status { Ringing, Accepted, Rejected };
    ReplySource = webhooks::ReplySource { UserAction, Automatic };
}

#[cfg(test)]
mod tests {
    use callport_core::words::Word;

    use super::*;

    /// The operator API and the store write the words of the rules, the published JSON those of `wire`: they are the same.
    fn check<T: Word + Twin>(published: &[T::Published], spelt: fn(&T::Published) -> String) {
        assert_eq!(T::ALL.len(), published.len());
        for value in T::ALL {
            assert_eq!(spelt(&value.published()), value.word());
        }
    }

    #[test]
    fn both_sides_have_the_same_words() {
        check::<Switch>(settings::Switch::ALL, |word| word.to_string());
        check::<IconVisibility>(settings::IconVisibility::ALL, |word| word.to_string());
        check::<Day>(settings::Day::ALL, |word| word.to_string());
        check::<AdditionalCodec>(settings::ExtraCodec::ALL, |word| word.to_string());
        check::<KeyExchange>(settings::KeyExchange::ALL, |word| word.to_string());
        check::<Category>(templates::Category::ALL, |word| word.to_string());
        check::<Direction>(webhooks::Direction::ALL, |word| word.to_string());
    }
}
