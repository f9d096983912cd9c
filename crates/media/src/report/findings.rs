//! The one table of what can be found at each step, how serious it is, and the words for it.
//!
//! A sentence says what was seen and, when something is wrong, what to change. Sources of the advice: platform docs,
//! *Integration patterns* (hard and soft rules) and *Troubleshooting*; RFC 8445 §7.3.1.1 (487); RFC 5763 §5 (fingerprints).

mod media;
mod sdes;

use std::time::Duration;

use callport_engine::records::CheckOutcome::{self, Blocked, Failed, Passed, Waiting, Warning};
use callport_relay::{CallLeg, SrtpProfile};
use callport_sdp::{DtlsRole, Format, MediaDirection, PassedOver};

pub(crate) use media::MediaFinding;
pub(crate) use sdes::SdesFinding;

/// What is the case at one step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    /// An earlier step has to come first.
    Waits(&'static str),
    // sdp
    NotAnswered,
    DescriptionUnusable(String),
    Described(Format, PassedOver),
    DescribedWithWarnings(Vec<String>),
    // stun
    StunAwaited(String),
    NoStun(String),
    StunUnreadable,
    WrongCredentials,
    RoleConflict,
    RoleConflictMended,
    StunAuthentic,
    Elsewhere {
        packets: u32,
        network: String,
        /// Nothing else has come for so long, if that is why nothing is heard.
        unheard: Option<Duration>,
    },
    // nomination
    NominationAwaited,
    NotNominated,
    /// With our port.
    AddressLeadsElsewhere(u16),
    Nominated,
    // dtls
    DtlsAwaited,
    NoClientHello,
    NoServerHello,
    DtlsStuck,
    DtlsFailed(&'static str),
    FingerprintMismatch,
    /// So many messages after the handshake.
    DtlsAgain(u32),
    /// With our role.
    DtlsDone(Option<DtlsRole>, Option<SrtpProfile>),
    // direction
    SendsNothing(MediaDirection),
    SendsAgainstItsWord(MediaDirection),
    SendsOnly,
    BothWays,
    /// Keys in descriptions, and what follows from them.
    Sdes(SdesFinding),
    /// Anything behind the keys.
    Media(MediaFinding),
}

impl From<SdesFinding> for Finding {
    fn from(finding: SdesFinding) -> Finding {
        Finding::Sdes(finding)
    }
}

impl From<MediaFinding> for Finding {
    fn from(finding: MediaFinding) -> Finding {
        Finding::Media(finding)
    }
}

impl Finding {
    /// How serious it is and what to say of it. Phones always offer; a business offers in the calls that it places, and answers in
    /// those that it is sent.
    pub(crate) fn verdict(&self, side: CallLeg, caller: CallLeg) -> (CheckOutcome, String) {
        let (who, other) = match side {
            CallLeg::User => ("phone", "business"),
            CallLeg::Business => ("business", "phone"),
        };
        let their_job = match (side, caller) {
            (CallLeg::User, _) => "is UDP open from the phone's network (VPNs and company networks often block it)",
            (CallLeg::Business, CallLeg::User) => "is the answer applied, is its ICE agent full and controlling",
            (CallLeg::Business, CallLeg::Business) => {
                "has it applied our answer (session.sdp of the connect webhook), is its ICE agent full and controlling"
            }
        };
        let answers = (side, caller) == (CallLeg::Business, CallLeg::User);
        match self {
            Finding::Waits(step) => (Blocked, format!("waits for {step}")),

            Finding::NotAnswered => match side {
                CallLeg::User => (Waiting, "no phone has picked up".to_owned()),
                CallLeg::Business => {
                    (Waiting, "the business has not answered: pre_accept or accept with its SDP answer comes next".to_owned())
                }
            },
            Finding::DescriptionUnusable(reason) => (Failed, reason.clone()),
            Finding::Described(format, passed_over) => {
                let more = if passed_over.is_none() { String::new() } else { format!("; {passed_over}") };
                (Passed, format!("{}, keys on payload type {}{more}", codec(*format), format.dtmf))
            }
            Finding::DescribedWithWarnings(warnings) => (Warning, warnings.join("; ")),

            Finding::StunAwaited(at) => (Waiting, format!("no STUN check from the {who} yet; it was told to send to {at}")),
            Finding::NoStun(at) => {
                (Failed, format!("the {who} never sent a STUN check to {at}: is that UDP port reachable from there, {their_job}"))
            }
            Finding::StunUnreadable => (Failed, format!("STUN comes from the {who}, but no Binding request that can be read")),
            Finding::WrongCredentials => (
                Failed,
                format!(
                    "STUN comes from the {who}, but its integrity check fails: a=ice-ufrag and a=ice-pwd must be used exactly as in our \
                     description, the == at the end of the password included, and its own must be those it sent us"
                ),
            ),
            Finding::RoleConflict => (
                Failed,
                format!(
                    "the ICE agent of the {who} started as controlled and got 487 Role Conflict: the platform is ICE-lite and never takes \
                     control, so start a full agent that is controlling"
                ),
            ),
            Finding::RoleConflictMended => (
                Warning,
                format!(
                    "the ICE agent of the {who} started as controlled, got 487 Role Conflict and changed over: start it as controlling"
                ),
            ),
            Finding::StunAuthentic => (Passed, "its checks arrive and are authentic".to_owned()),

            Finding::Elsewhere { packets, network, unheard } => {
                let since = unheard.map(|time| format!(" Nothing was heard for {:.1} s", time.as_secs_f64())).unwrap_or_default();
                let says = format!(
                    "{packets} packet(s) with the SSRC of the {who} came from {network}, from where no ICE check has come, and were dropped: \
                     media must be sent from the socket whose pair was nominated, or the new address be checked first.{since}"
                );
                (if unheard.is_some() { Failed } else { Warning }, says.trim_end_matches('.').to_owned())
            }

            Finding::NominationAwaited => (Waiting, "its checks are answered; no pair is nominated yet".to_owned()),
            Finding::NotNominated => (
                Failed,
                format!(
                    "the checks of the {who} are answered, but none nominates a pair (USE-CANDIDATE): its ICE agent must be controlling"
                ),
            ),
            Finding::AddressLeadsElsewhere(port) => (
                Failed,
                format!(
                    "another call comes from the same address and port of the {who} to our port {port}, and the two cannot be told apart: \
                     this one hears nothing while the other lasts. Use a UDP socket for each call, or give the platform more ports \
                     (media.ports_per_thread), for it puts calls of a number on different ones"
                ),
            ),
            Finding::Nominated => (Passed, "a pair is nominated".to_owned()),

            Finding::DtlsAwaited => (Waiting, "the pair is there; DTLS is not done yet".to_owned()),
            Finding::NoClientHello => (
                Failed,
                format!(
                    "the {who} is the DTLS client by {} and has sent no ClientHello: does it start DTLS on the nominated pair",
                    if answers { "its a=setup:active" } else { "the a=setup:passive of our answer" }
                ),
            ),
            Finding::NoServerHello if answers => (
                Failed,
                format!("the {who} is the DTLS server by its a=setup:passive and does not reply to our ClientHello: answer a=setup:active"),
            ),
            Finding::NoServerHello => (
                Failed,
                format!(
                    "the {who} is the DTLS server by the a=setup:active of our answer and does not reply to our ClientHello: \
                     an offer with a=setup:active makes it the client"
                ),
            ),
            Finding::DtlsStuck => (
                Failed,
                format!(
                    "DTLS with the {who} began and does not end: its packets are lost, perhaps as fragments; \
                     an ECDSA certificate keeps them short"
                ),
            ),
            Finding::DtlsFailed(reason) => (Failed, format!("DTLS with the {who} failed: {reason}")),
            Finding::FingerprintMismatch => (
                Failed,
                format!(
                    "the certificate of the {who} is not the one in its a=fingerprint: send the SHA-256 fingerprint of the certificate \
                     that this very session uses"
                ),
            ),
            Finding::DtlsAgain(count) => (
                Warning,
                format!(
                    "done, and {count} more DTLS message(s) from the {who} were dropped: one session lasts for the whole call, a new handshake \
                     is not taken"
                ),
            ),
            Finding::DtlsDone(role, profile) => {
                let theirs = if *role == Some(DtlsRole::Client) { "server" } else { "client" };
                (Passed, format!("done, the {who} is the {theirs}{}", profile.map(|p| format!(", {}", p.name())).unwrap_or_default()))
            }

            Finding::SendsNothing(direction) => (
                Failed,
                format!(
                    "a={} says that the {who} sends no audio: add the audio track before the description is made, so that it says a=sendrecv",
                    direction.as_str()
                ),
            ),
            Finding::SendsAgainstItsWord(direction) => {
                let (outcome, also) = match direction.listens() {
                    true => (Warning, String::new()),
                    false => (Failed, format!(", while nothing of the {other} is sent to it")),
                };
                (outcome, format!("a={} says that the {who} sends no audio, and it does{also}: say a=sendrecv", direction.as_str()))
            }
            // A call that one side does not hear has failed, even if that was meant.
            Finding::SendsOnly => (
                Failed,
                format!(
                    "a=sendonly says that the {who} takes no audio, so nothing of the {other} is sent to it: say a=sendrecv to hear it"
                ),
            ),
            Finding::BothWays => (Passed, "sendrecv".to_owned()),
            Finding::Sdes(finding) => finding.verdict(),
            Finding::Media(finding) => finding.verdict(side),
        }
    }
}

pub(super) fn codec(format: Format) -> String {
    let name = match (format.clock_hz, format.audio) {
        (48_000, _) => "Opus",
        (_, 8) => "PCMA",
        _ => "PCMU",
    };
    format!("{name} on payload type {}", format.audio)
}
