//! The media plane as the configuration wants it.

use callport_media::MediaConfig;
use callport_sdp::{Dialect, DtlsRole};

use crate::config::{AnswerSetup, MediaSection, SdpDialect};

/// The configuration in the words of the media plane.
pub fn config(media: &MediaSection) -> MediaConfig {
    MediaConfig {
        threads: threads(media),
        pin: media.pin,
        bind: media.bind.clone(),
        first_port: media.port,
        ports_per_thread: media.ports_per_thread.into(),
        sdes_first_port: media.sdes_port,
        sdes_ports: media.sdes_ports,
        external: media.external.clone(),
        calls_per_thread: media.calls_per_thread,
        transcoders: media.transcoders.into(),
        dialect: match media.sdp_dialect {
            SdpDialect::Current => Dialect::Current,
            SdpDialect::Older => Dialect::Older,
        },
        answer_role: match media.sdp_answer_setup {
            AnswerSetup::Passive => DtlsRole::Server,
            AnswerSetup::Active => DtlsRole::Client,
        },
        ..MediaConfig::default()
    }
}

/// Threads: as configured, or one for every two cores.
pub fn threads(media: &MediaSection) -> usize {
    match media.threads {
        0 => std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1)),
        said => said.into(),
    }
}
