//! SRTP and SRTCP: RFC 3711, RFC 7714, keyed by RFC 5764.

/// How the packets of a leg are protected (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SrtpProfile {
    /// `SRTP_AES128_CM_HMAC_SHA1_80`, the one every stack has.
    Aes128CmSha1_80,
    /// `SRTP_AES128_CM_HMAC_SHA1_32`, for keys that come by SDES; never offered over DTLS.
    Aes128CmSha1_32,
    /// `SRTP_AEAD_AES_128_GCM`.
    AeadAes128Gcm,
    /// `SRTP_AEAD_AES_256_GCM`.
    AeadAes256Gcm,
}
