//! Calls by SIP (platform docs, SIP Configuration Guide; what it leaves open is ours).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::section::section;
use super::value::words;

words! {
    /// Which digests the platform asks a business for.
    pub enum SipChallenge {
        /// SHA-256, then MD5, each in a header of its own: as the platform was seen to do in 2026.
        Both = "both",
        /// MD5 alone, for stacks that look at the first challenge only and do not know SHA-256.
        Md5 = "md5",
    }
}

words! {
    /// What stands before the address in From.
    pub enum SipCallerName {
        /// The digits of the user's number, as documented.
        Number = "number",
        /// The user's profile name, as captured in 2026.
        Profile = "profile",
    }
}

words! {
    /// The header that carries a user's name.
    pub enum SipUsernameHeader {
        /// `x-wa-meta-username`: SIP page of 2026-09-22.
        Username = "x-wa-meta-username",
        /// `x-wa-meta-user-name`: pages on business-scoped user ids.
        UserName = "x-wa-meta-user-name",
    }
}

section! {
    /// Calls by SIP: where SIP servers of businesses reach the platform, and how the platform reaches them. TLS only.
    pub struct SipSection = "sip" {
        /// Whether SIP is served. Without it no number can be switched to SIP.
        pub enabled: bool = true,
        /// Address and port. Port 0: a free one, which the line on standard output tells. Empty: the address of public.listen, with port 5061, or a free
        /// one where public.listen asks for a free one.
        pub listen: Option<SocketAddr> = None,
        /// The platform's SIP domain: host of request URIs that businesses call, of From and Contact in ours, realm of the digest, and the value of
        /// X-FB-External-Domain, by which PBXs know the platform. Configurations written for the published platform name this one.
        pub domain: String = "wa.meta.vc".to_owned(),
        /// Address and port in Via, where businesses see another address than the one listened on.
        pub external: Option<SocketAddr> = None,
        /// The certificate chain for the domain, PEM. Empty: one is made at the first start and kept, which businesses must be told to trust.
        pub chain_file: Option<PathBuf> = None,
        /// Its private key, PEM.
        pub key_file: Option<PathBuf> = None,
        /// A PEM file with certificate authorities to trust beside the system's, when the certificate of a business's server is checked.
        pub ca_file: Option<PathBuf> = None,
        /// Whether SIP servers may be at private addresses and on this machine. Empty: only in test mode.
        pub allow_private: Option<bool> = None,
        /// "both" (SHA-256 first, then MD5) or "md5".
        pub challenge: SipChallenge = SipChallenge::Both,
        /// How long a nonce of the platform may be used.
        pub nonce_lifetime: Duration = Duration::from_secs(300),
        /// "number" or "profile": the name before the address in From.
        pub caller_name: SipCallerName = SipCallerName::Number,
        /// "x-wa-meta-username" or "x-wa-meta-user-name".
        pub username_header: SipUsernameHeader = SipUsernameHeader::Username,
        /// Most connections in all.
        pub connections: usize = 4096,
        /// Most connections from one address.
        pub connections_per_source: usize = 64,
        /// Longest wait for a connection to a business's server, TLS included.
        pub connect_timeout: Duration = Duration::from_secs(10),
    }
}
