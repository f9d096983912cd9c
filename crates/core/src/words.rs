//! Values that are one word wherever they are written: in the published JSON, on record, in the operator API, in logs. The words stand beside
//! their type; whatever reads or writes such a value takes them from there.

/// A value that is one word.
pub trait Word: Copy + PartialEq + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// Its word.
    fn word(self) -> &'static str;

    /// The value of exactly this word.
    fn read(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

/// Gives a type its words. A variant without a word does not compile.
macro_rules! words {
    ($Type:ident { $($Variant:ident = $word:literal),+ $(,)? }) => {
        impl $Type {
            /// Every value.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$Variant),+];

            /// Its word, as published where it is published.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Variant => $word),+ }
            }

            /// The value of exactly this word.
            pub fn parse(word: &str) -> Option<Self> {
                <Self as $crate::words::Word>::read(word)
            }
        }

        impl $crate::words::Word for $Type {
            const ALL: &'static [Self] = &Self::ALL;

            fn word(self) -> &'static str {
                self.name()
            }
        }
    };
}
pub(crate) use words;

impl Word for crate::call::EndReason {
    const ALL: &'static [Self] = &crate::call::EndReason::ALL;

    fn word(self) -> &'static str {
        self.name()
    }
}

#[cfg(test)]
mod tests {
    use super::Word;
    use crate::call::{EndReason, Side};
    use crate::call_hours::{Day, HolidayMeaning};
    use crate::call_id::Direction;
    use crate::codec::AdditionalCodec;
    use crate::gate::DeviceKind;
    use crate::message::Author;
    use crate::pair::{Decision, ReplySource};
    use crate::registration::{CodeMethod, LocalRegion, NameStatus, Verification};
    use crate::routing::RoutingRole;
    use crate::scope::{Field, Scope};
    use crate::settings::{AccountMode, IconVisibility, MessagingLimit, Switch};
    use crate::template::{Category, TemplateStatus};

    fn check<T: Word + std::fmt::Debug>() {
        for value in T::ALL {
            assert_eq!(T::read(value.word()), Some(*value), "no other value has its word");
        }
        assert_eq!(T::read(&T::ALL[0].word()[1..]), None);
    }

    #[test]
    fn every_word_reads_back() {
        check::<EndReason>();
        check::<Side>();
        check::<Direction>();
        check::<RoutingRole>();
        check::<AdditionalCodec>();
        check::<crate::key_exchange::KeyExchange>();
        check::<DeviceKind>();
        check::<Author>();
        check::<Decision>();
        check::<ReplySource>();
        check::<Field>();
        check::<Scope>();
        check::<AccountMode>();
        check::<IconVisibility>();
        check::<MessagingLimit>();
        check::<Switch>();
        check::<Day>();
        check::<HolidayMeaning>();
        check::<Category>();
        check::<TemplateStatus>();
        check::<Verification>();
        check::<NameStatus>();
        check::<CodeMethod>();
        check::<LocalRegion>();
    }
}
