//! Who sends and who listens (RFC 8866 §6.7), and what answers it (RFC 3264 §6.1).

/// Media direction as the end that wrote it sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaDirection {
    /// Both ways; also what an absent line means (RFC 8866 §6.7).
    #[default]
    SendRecv,
    /// It sends and does not listen.
    SendOnly,
    /// It listens and does not send.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl MediaDirection {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];

    /// The attribute's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether that end announced that it sends audio.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether that end takes audio.
    pub const fn listens(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// What an answer to it says: whoever only sends is only listened to, and the other way round. Browsers refuse any other answer.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            Self::SendRecv | Self::Inactive => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_end_sends_the_other_hears() {
        for direction in MediaDirection::ALL {
            let answer = direction.mirrored();
            assert_eq!((answer.sends(), answer.listens()), (direction.listens(), direction.sends()));
            assert_eq!(answer.mirrored(), direction);
        }
    }
}
