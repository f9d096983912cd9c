//! Findings about the packets themselves: keys, payload types, sources, numbers, and whether they come and go.

use std::time::Duration;

use callport_engine::records::CheckOutcome::{self, Blocked, Failed, Passed, Waiting, Warning};
use callport_relay::numbering::{Burst, WentBack, WrongSteps};
use callport_relay::srtp::Rollover;
use callport_relay::{CallLeg, SrtpProfile};
use callport_sdp::{Format, MediaDirection};

use super::codec;

/// What is the case at one step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MediaFinding {
    // srtp
    NothingToDecrypt,
    Unauthentic {
        failures: u32,
        passed: bool,
        rollover: Option<Rollover>,
        /// Keys came by SDES.
        sdes: bool,
    },
    PartlyAuthentic(u32),
    OfAnotherCall(u32),
    Authentic(Option<SrtpProfile>),
    // payload_type
    WrongPayloadType {
        seen: Vec<u8>,
        agreed: u8,
        dropped: u32,
        failed: bool,
    },
    CodecMismatch(Format),
    Undecodable {
        format: Format,
        dropped: u32,
        failed: bool,
    },
    PayloadTypeAgreed(u8),
    // ssrc
    TooManySources {
        dropped: u32,
        failed: bool,
    },
    SeveralSources {
        count: usize,
        dropped: u32,
    },
    SourceChanged {
        count: u32,
        unheard: Duration,
    },
    SourceNotAnnounced,
    OneSource,
    // numbering
    NumbersWentBack(WentBack),
    NumbersAgain(u32),
    WrongSteps {
        steps: WrongSteps,
        transcoded: bool,
    },
    NumbersJumped {
        from: u16,
        to: u16,
    },
    PacketsTwice(u32),
    NumbersFit,
    // packets_in
    BeforeKeys,
    /// Keys by SDES: before its description was here.
    BeforeDescription,
    /// Packets come, and are dropped at that step. `came`: authentic ones in all, if some were of use.
    DroppedAt {
        came: Option<u64>,
        count: u32,
        step: &'static str,
    },
    NoneOfUse {
        says: String,
    },
    PacketsAwaited,
    OnlyRtcp,
    NoPackets,
    PacketsStopped {
        packets: u64,
        silent_for: Duration,
        /// The largest burst, if there was one.
        burst: Option<Burst>,
    },
    PacketsCome {
        packets: u64,
        lost: i64,
        /// A share that is heard.
        lossy: Option<f32>,
        burst: Option<Burst>,
        /// What arrived and was not passed on, in words.
        unheard: Vec<String>,
        /// That was most of it.
        most: bool,
    },
    // packets_out
    NobodyPickedUp,
    /// It said so.
    NothingWanted(MediaDirection),
    OtherSideSilent,
    /// At that step of the other leg.
    OtherSideDropped(&'static str),
    GateClosed,
    /// A leg without ICE: it is not known where to send to.
    NoWay,
    TranscoderBusy(u32),
    PacketsOutAwaited,
    NothingSent,
    PacketsGo {
        packets: u64,
        busy: u32,
    },
}

impl MediaFinding {
    /// How serious it is and what to say of it.
    pub(super) fn verdict(&self, side: CallLeg) -> (CheckOutcome, String) {
        let (who, other) = match side {
            CallLeg::User => ("phone", "business"),
            CallLeg::Business => ("business", "phone"),
        };
        let failed_or_warning = |failed: bool| if failed { Failed } else { Warning };
        match self {
            // Held up by the packets that do not come: naming this step would hide theirs.
            MediaFinding::NothingToDecrypt => (Blocked, format!("keys are there; nothing has come from the {who} to use them on")),
            MediaFinding::Unauthentic { failures, passed, rollover, sdes } => {
                let since = if *passed { "and none passes any more" } else { "and none passed" };
                (Failed, format!("{failures} packet(s) from the {who} failed their authentication {since}: {}", cause(*rollover, *sdes)))
            }
            MediaFinding::PartlyAuthentic(count) => (Warning, format!("{count} packet(s) from the {who} failed their authentication")),
            MediaFinding::OfAnotherCall(count) => (
                Warning,
                format!(
                    "{count} packet(s) from the {who} failed their authentication: another call comes from its address and port to our same \
                     port. Use a UDP socket for each call"
                ),
            ),
            MediaFinding::Authentic(profile) => (Passed, profile.map_or("SRTP", SrtpProfile::name).to_owned() + ", packets authenticate"),

            MediaFinding::WrongPayloadType { seen, agreed, dropped, failed } => {
                let seen = names(seen);
                let says = match failed {
                    true => format!(
                        "RTP comes with payload type {seen} instead of {agreed} and is dropped ({dropped} packet(s)): send the codec and number of \
                         the description"
                    ),
                    false => format!("{dropped} packet(s) came with payload type {seen} and were dropped; {agreed} is agreed"),
                };
                (failed_or_warning(*failed), says)
            }
            MediaFinding::CodecMismatch(format) => {
                (Failed, format!("the {who} speaks {} and the {other} does not; this relay does not transcode: use Opus", codec(*format)))
            }
            MediaFinding::Undecodable { format, dropped, failed } => (
                failed_or_warning(*failed),
                format!(
                    "{dropped} packet(s) hold no {} of 1 to 120 ms and were dropped: send 20 ms in each packet, encoded as the description says",
                    codec(*format)
                ),
            ),
            MediaFinding::PayloadTypeAgreed(number) => (Passed, format!("{number}, as agreed")),

            MediaFinding::TooManySources { dropped, failed } => (
                failed_or_warning(*failed),
                format!(
                    "{dropped} packet(s) of further SSRCs were dropped: a call has one audio source, and more than eight are not followed"
                ),
            ),
            MediaFinding::SeveralSources { count, dropped } => (
                Failed,
                format!(
                    "{count} SSRCs at the same time: a call has exactly one audio source; {dropped} packet(s) of the others were dropped. \
                     Send one track, without RTX or simulcast"
                ),
            ),
            MediaFinding::SourceChanged { count, unheard } => (
                Warning,
                format!(
                    "{count} SSRCs one after the other: the platform expects one for the whole call. Nothing was heard for {:.1} s: another \
                     source is taken once the one before has been silent for 2 s",
                    unheard.as_secs_f64()
                ),
            ),
            MediaFinding::SourceNotAnnounced => (Warning, "another SSRC than the a=ssrc line announced".to_owned()),
            MediaFinding::OneSource => (Passed, "one source".to_owned()),

            MediaFinding::NumbersWentBack(WentBack { from, to, packets }) => (
                Failed,
                format!(
                    "the sequence numbers of the {who} went back from {from} to {to}: {packets} packet(s) came with numbers that were there \
                     before and were dropped, because SRTP cannot tell them from replays (RFC 3711 §3.3). A sender must not start anew in a \
                     call: let numbers go on, whatever is played"
                ),
            ),
            MediaFinding::NumbersAgain(count) => (
                Failed,
                format!(
                    "{count} packet(s) from the {who} came with sequence numbers that were there before, and no others: they are dropped as \
                     replays (RFC 3711 §3.3). A sender must not start anew in a call"
                ),
            ),
            MediaFinding::WrongSteps { steps: WrongSteps { seen, expected, packets }, transcoded } => {
                let effect = match transcoded {
                    true => "here they are put right, elsewhere such audio is not heard",
                    false => "phones play such audio as garble or not at all",
                };
                (
                    failed_or_warning(!transcoded),
                    format!(
                        "timestamps go on by {seen} with each packet instead of {expected}, which is what a packet is long on the codec's clock \
                         ({packets} packet(s)); {effect}"
                    ),
                )
            }
            MediaFinding::NumbersJumped { from, to } => {
                (Warning, format!("the sequence numbers of the {who} jumped from {from} to {to}: a sender must not start anew in a call"))
            }
            MediaFinding::PacketsTwice(count) => {
                (Warning, format!("{count} packet(s) from the {who} came twice; the second of each is dropped"))
            }
            MediaFinding::NumbersFit => (Passed, "sequence numbers and timestamps go on as they should".to_owned()),

            MediaFinding::BeforeKeys => {
                (Failed, format!("media comes from the {who} before DTLS has made its keys: it must be sent after the handshake"))
            }
            MediaFinding::BeforeDescription => {
                (Failed, format!("media comes from the {who} before its description: its key is in there, so answer first"))
            }
            MediaFinding::DroppedAt { came: None, count, step } => {
                (Blocked, format!("{count} packet(s) came from the {who} and none was of use: {step} says why"))
            }
            MediaFinding::DroppedAt { came: Some(packets), count, step } => {
                (Blocked, format!("{packets} packets; those that came last were dropped, {count} in all: {step} says why"))
            }
            MediaFinding::NoneOfUse { says } => (Failed, format!("nothing that comes from the {who} is of use. {}", capital(says))),
            MediaFinding::PacketsAwaited => (Waiting, "connected; no RTP yet".to_owned()),
            MediaFinding::OnlyRtcp => (
                Failed,
                format!(
                    "RTCP comes from the {who} and no RTP: is a track attached and does its encoder run; a call without audio ends after 20 s"
                ),
            ),
            MediaFinding::NoPackets => (
                Failed,
                format!(
                    "connected, and no RTP from the {who}: it must send without waiting for our audio, silence too; \
                     a call without audio ends after 20 s"
                ),
            ),
            MediaFinding::PacketsStopped { packets, silent_for, burst } => (
                Warning,
                format!(
                    "{packets} packets, none for {} s: keep sending, silence too; a call without media ends after 30 s{}",
                    silent_for.as_secs(),
                    in_bursts(*burst)
                ),
            ),
            MediaFinding::PacketsCome { packets, lost, lossy, burst, unheard, most } => {
                let share = lossy.map(|ratio| format!(" ({:.0} %)", ratio * 100.0)).unwrap_or_default();
                let mut says = format!("{packets} packets, {lost} lost on the way{share}{}", in_bursts(*burst));
                unheard.iter().for_each(|words| says.push_str(&format!("; {words}")));
                let fine = lossy.is_none() && burst.is_none() && unheard.is_empty();
                (if fine { Passed } else { failed_or_warning(*most) }, says)
            }

            MediaFinding::NobodyPickedUp => (Blocked, "nothing to pass on: no phone has picked up".to_owned()),
            MediaFinding::NothingWanted(direction) => {
                (Blocked, format!("nothing is sent: a={} says that the {who} takes no audio", direction.as_str()))
            }
            MediaFinding::OtherSideSilent => (Blocked, format!("nothing to pass on: no audio from the {other} yet")),
            MediaFinding::OtherSideDropped(step) => {
                (Blocked, format!("nothing to pass on: what comes from the {other} is dropped, and {step} of its leg says why"))
            }
            MediaFinding::GateClosed => (Waiting, "audio of the business is held back until the call is accepted".to_owned()),
            MediaFinding::NoWay => (Blocked, format!("nothing is sent to the {who} before its first authentic packet")),
            MediaFinding::TranscoderBusy(count) => {
                (Failed, format!("{count} packet(s) of the {other} were dropped: this relay has too much to transcode"))
            }
            MediaFinding::PacketsOutAwaited => (Waiting, "connected; nothing sent yet".to_owned()),
            MediaFinding::NothingSent => {
                (Failed, format!("audio comes from the {other} and none of it was passed on: a defect of this relay"))
            }
            MediaFinding::PacketsGo { packets, busy: 0 } => (Passed, format!("{packets} packets")),
            MediaFinding::PacketsGo { packets, busy } => {
                (Warning, format!("{packets} packets; {busy} of the {other} were dropped: this relay has too much to transcode"))
            }
        }
    }
}

/// What a reader is told of a burst: also where nothing has come since, because speech that was sent at once is followed by silence.
fn in_bursts(burst: Option<Burst>) -> String {
    let Some(Burst { packets, ahead }) = burst else { return String::new() };
    format!(
        "; they come in bursts: {packets} at once were {:.1} s of audio before its time. Send each packet when it is spoken: \
         phones keep a few seconds and drop the rest",
        ahead.as_secs_f64()
    )
}

/// Why packets fail their authentication.
fn cause(rollover: Option<Rollover>, sdes: bool) -> &'static str {
    match rollover {
        Some(Rollover::Ahead) => {
            "they are protected with a roll-over counter that is ahead of ours, because packets before the wrap of their numbers never came or              numbers jumped by more than 32768. Begin below 32768 and leave none out (RFC 3711 §3.3.1)"
        }
        Some(Rollover::Behind) => {
            "they are protected with a roll-over counter that begins anew. A sender must not start anew in a call (RFC 3711 §3.3.1)"
        }
        None if sdes => {
            "is the inline key that it uses the one of its own description (ours is for what we send), is it the one of this call, and is the \
             suite the one that both descriptions name"
        }
        None => "it protects them with other keys than those of this DTLS session, or changes them on the way",
    }
}

/// Payload types, with the name of one that is often met.
fn names(numbers: &[u8]) -> String {
    const COMFORT_NOISE: u8 = 13;
    let name = |number: &u8| if *number == COMFORT_NOISE { "13 (comfort noise)".to_owned() } else { number.to_string() };
    numbers.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
