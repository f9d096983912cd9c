//! Published vectors, and a second implementation as oracle.

use proptest::prelude::*;
use rtc_srtp::context::Context;
use rtc_srtp::crypto::RTCCryptoProvider as _;
use rtc_srtp::crypto::providers::AwsLcRsProvider;
use rtc_srtp::protection_profile::ProtectionProfile;

use super::cipher::{Cipher, apply_keystream, counter_block};
use super::derive::{AUTH_KEY_LEN, Label, SessionKeys, expand};
use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

const PROFILES: [(SrtpProfile, ProtectionProfile); 6] = [
    (SrtpProfile::Aes128CmSha1_80, ProtectionProfile::Aes128CmHmacSha1_80),
    (SrtpProfile::Aes128CmSha1_32, ProtectionProfile::Aes128CmHmacSha1_32),
    (SrtpProfile::Aes256CmSha1_80, ProtectionProfile::Aes256CmHmacSha1_80),
    (SrtpProfile::Aes256CmSha1_32, ProtectionProfile::Aes256CmHmacSha1_32),
    (SrtpProfile::AeadAes128Gcm, ProtectionProfile::AeadAes128Gcm),
    (SrtpProfile::AeadAes256Gcm, ProtectionProfile::AeadAes256Gcm),
];

/// RFC 3711 B.2.
#[test]
fn counter_mode_keystream_is_the_published_one() {
    use aes::cipher::KeyInit as _;
    let aes = aes::Aes128::new_from_slice(&hex("2B7E151628AED2A6ABF7158809CF4F3C")).unwrap();
    let salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
    let mut stream = vec![0; 0xff02 * 16];
    apply_keystream(&aes, counter_block(&salt, 0, 0), &mut stream);
    assert_eq!(stream[..48], hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"));
    assert_eq!(
        stream[0xfeff * 16..],
        hex("EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44")
    );
}

/// RFC 6188 §7.1.
#[test]
fn counter_mode_keystream_with_long_keys_is_the_published_one() {
    use aes::cipher::KeyInit as _;
    let aes = aes::Aes256::new_from_slice(&hex("57f82fe3613fd170a85ec93c40b1f092 2ec4cb0dc025b58272147cc438944a98")).unwrap();
    let salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
    let mut stream = vec![0; 0xff02 * 16];
    apply_keystream(&aes, counter_block(&salt, 0, 0), &mut stream);
    assert_eq!(stream[..48], hex("92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac 63c4868b7096d88421b563b8c94c9a31"));
    assert_eq!(
        stream[0xfeff * 16..],
        hex("cea518c90fd91ced9cbb18c078a54711 3dbc4814f4da5f00a08772b63c6a046d 6eb246913062a16891433e97dd01a57f")
    );
}

/// RFC 6188 §7.2.
#[test]
fn session_keys_out_of_long_ones_are_the_published_ones() {
    let (key, salt) = (hex("f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6"), hex("3b04803de51ee7c96423ab5b78d2"));
    let master = MasterKey { key: &key, salt: &salt };
    let keys = SessionKeys::derive(SrtpProfile::Aes256CmSha1_80, master, Label::Rtp).unwrap();
    assert_eq!(keys.key(), hex("5ba1064e30ec51613cad926c5a28ef73 1ec7fb397f70a960653caf06554cd8c4"));
    assert_eq!(keys.salt(), hex("fa31791685ca444a9e07c6c64e93"));
    assert_eq!(keys.auth, hex("fd9c32d39ed5fbb5a9dc96b30818454d 1313dc05")[..]);
}

/// RFC 3711 B.3.
#[test]
fn session_keys_are_the_published_ones() {
    let (key, salt) = (hex("E1F97A0D3E018BE0D64FA32C06DE4139"), hex("0EC675AD498AFEEBB6960B3AABE6"));
    let master = MasterKey { key: &key, salt: &salt };
    let keys = SessionKeys::derive(SrtpProfile::Aes128CmSha1_80, master, Label::Rtp).unwrap();
    assert_eq!(keys.key(), hex("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(keys.salt(), hex("30CBBC08863D8C85D49DB34A9AE1"));
    let auth = hex(
        "CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25 6D6E919A48B610EF17C2041E4740357 66B68642C59BBFC2F34DB60DBDFB2DC68",
    );
    assert_eq!(keys.auth, auth[..AUTH_KEY_LEN]);
    let mut long = [0; 48];
    expand(master, 1, &mut long).unwrap();
    assert_eq!(long[..], auth[..48]);
}

/// RFC 7714 §16.1.1 and §16.2.1: the session key and salt are given directly.
#[test]
fn gcm_packets_are_the_published_ones() {
    let salt = *b"Quid pro quo";
    let clear = hex("8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573");
    for (key_len, sealed) in [
        (
            16,
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            32,
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ] {
        let key: Vec<u8> = (0..key_len).collect();
        let algorithm = if key_len == 16 { &aws_lc_rs::aead::AES_128_GCM } else { &aws_lc_rs::aead::AES_256_GCM };
        let key = aws_lc_rs::aead::LessSafeKey::new(aws_lc_rs::aead::UnboundKey::new(algorithm, &key).unwrap());
        let cipher = Cipher::Gcm { key, salt };
        let mut packet = clear.clone();
        packet.resize(clear.len() + 16, 0);
        cipher.seal_rtp(&mut packet, 12, clear.len(), 0x5501_a0b2, 0xf17b).unwrap();
        assert_eq!(packet, hex(sealed));
    }
}

#[test]
fn a_suite_is_the_profile_of_the_same_lengths_and_the_other_way_round() {
    for (profile, _) in PROFILES {
        let suite = profile.suite();
        assert_eq!(SrtpProfile::from(suite), profile);
        assert_eq!((suite.key_len(), suite.salt_len()), (profile.key_len(), profile.salt_len()));
    }
}

fn material(profile: SrtpProfile, seed: u8) -> Vec<u8> {
    (0..profile.keying_material_len()).map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed)).collect()
}

fn pair(profile: SrtpProfile) -> (SrtpSession, SrtpSession) {
    let material = material(profile, 7);
    (SrtpSession::from_dtls(profile, &material, true).unwrap(), SrtpSession::from_dtls(profile, &material, false).unwrap())
}

fn rtp(sequence: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 111];
    packet.extend(sequence.to_be_bytes());
    packet.extend(1000u32.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

fn sealed(session: &mut SrtpSession, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_OVERHEAD, 0);
    let len = session.protect_rtp(&mut buffer, packet.len()).unwrap();
    buffer.truncate(len);
    buffer
}

#[test]
fn refuses_replays_and_changes_nothing_on_forgery() {
    for (profile, _) in PROFILES {
        let (mut us, mut them) = pair(profile);
        let packet = rtp(65_535, 9, b"opus");
        let mut first = sealed(&mut us, &packet);
        let mut again = first.clone();
        let mut forged = first.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(them.unprotect_rtp(&mut forged), Err(SrtpError::Unauthentic));
        let len = them.unprotect_rtp(&mut first).unwrap();
        assert_eq!(first[..len], packet);
        assert_eq!(them.unprotect_rtp(&mut again), Err(SrtpError::Replay));
        let mut wrapped = sealed(&mut us, &rtp(0, 9, b"next"));
        assert!(them.unprotect_rtp(&mut wrapped).is_ok(), "{profile:?} over the wrap");
    }
}

#[test]
fn never_protects_two_packets_with_one_index() {
    let (mut us, _) = pair(SrtpProfile::AeadAes128Gcm);
    sealed(&mut us, &rtp(5, 9, b"one"));
    let mut buffer = rtp(5, 9, b"two");
    buffer.resize(64, 0);
    assert_eq!(us.protect_rtp(&mut buffer, 15), Err(SrtpError::Replay));
}

#[test]
fn an_authentic_flood_of_sources_is_bounded() {
    let (mut us, mut them) = (pair(SrtpProfile::AeadAes128Gcm).0, pair(SrtpProfile::AeadAes128Gcm).1);
    for ssrc in 0..8 {
        let mut packet = sealed(&mut us, &rtp(1, ssrc, b"x"));
        assert!(them.unprotect_rtp(&mut packet).is_ok());
    }
    assert_eq!(us.protect_rtp(&mut [rtp(1, 8, b"x"), vec![0; 20]].concat(), 13), Err(SrtpError::TooManySources));
}

#[test]
fn refuses_every_truncation() {
    for (profile, _) in PROFILES {
        let (mut us, mut them) = pair(profile);
        let whole = sealed(&mut us, &rtp(1, 2, &[7; 40]));
        for len in 0..whole.len() {
            assert!(them.unprotect_rtp(&mut whole[..len].to_vec()).is_err());
            assert!(them.unprotect_rtcp(&mut whole[..len].to_vec()).is_err());
        }
    }
}

/// The oracle's two contexts for the server's side: what it sends with and what it reads with.
fn oracle(profile: SrtpProfile, theirs: ProtectionProfile) -> (Context, Context) {
    let material = material(profile, 7);
    let (keys, salts) = material.split_at(2 * profile.key_len());
    let provider = AwsLcRsProvider::new();
    let context = |at: usize| {
        let (key, salt) = (&keys[at * profile.key_len()..][..profile.key_len()], &salts[at * profile.salt_len()..][..profile.salt_len()]);
        Context::new(key, salt, theirs, None, None, provider.crypto()).unwrap()
    };
    (context(1), context(0))
}

/// As a far end sends it whose description announces an MKI.
fn with_mki(profile: SrtpProfile, mut packet: Vec<u8>, mki: &[u8], tag: usize) -> Vec<u8> {
    let at = if profile.is_aead() { packet.len() } else { packet.len() - tag };
    packet.splice(at..at, mki.iter().copied());
    packet
}

#[test]
fn an_announced_mki_is_taken_out_of_rtp_and_rtcp_and_another_one_is_refused() {
    for (profile, _) in PROFILES {
        let line = format!(
            "v=0\nm=audio 9 RTP/SAVP 111\na=rtpmap:111 opus/48000/2\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}|258:3\n",
            "A".repeat(40)
        );
        let mki = callport_sdp::read_business_offer(&line, &[], callport_sdp::Keying::Sdes).unwrap().sdes().unwrap().crypto.mki;
        let (mut them, us) = pair(profile);
        let mut us = us.expecting(mki);
        let packet = rtp(7, 9, b"some opus");
        let sealed_rtp = sealed(&mut them, &packet);
        let mut other = with_mki(profile, sealed_rtp.clone(), &[0, 1, 3], profile.rtp_tag_len());
        assert_eq!(us.unprotect_rtp(&mut other), Err(SrtpError::Unauthentic), "{profile:?}");
        assert!(us.unprotect_rtp(&mut sealed_rtp.clone()).is_err(), "{profile:?} without");
        let mut right = with_mki(profile, sealed_rtp, &[0, 1, 2], profile.rtp_tag_len());
        let len = us.unprotect_rtp(&mut right).unwrap();
        assert_eq!(right[..len], packet, "{profile:?}");

        let report = receiver_report(9, b"");
        let mut buffer = report.clone();
        buffer.resize(report.len() + MAX_OVERHEAD, 0);
        let len = them.protect_rtcp(&mut buffer, report.len()).unwrap();
        buffer.truncate(len);
        let mut right = with_mki(profile, buffer, &[0, 1, 2], profile.rtcp_tag_len());
        let len = us.unprotect_rtcp(&mut right).unwrap();
        assert_eq!(right[..len], report, "{profile:?}");
        for len in 0..20 {
            assert!(us.unprotect_rtp(&mut vec![0x80; len]).is_err() && us.unprotect_rtcp(&mut vec![0x80; len]).is_err());
        }
    }
}

fn receiver_report(ssrc: u32, extra: &[u8]) -> Vec<u8> {
    let words = extra.len().div_ceil(4);
    let mut packet = vec![0x80, 201, 0, 1 + words as u8];
    packet.extend(ssrc.to_be_bytes());
    packet.extend(extra);
    packet.resize(8 + 4 * words, 0);
    packet
}

proptest! {
    /// Every packet either side makes is read by the other: headers with CSRCs and extensions, any
    /// sequence around the wrap, every profile.
    #[test]
    fn agrees_with_another_implementation(
        which in 0..PROFILES.len(), start in any::<u16>(), ssrc in any::<u32>(), csrcs in 0..3u8, extension in proptest::option::of(0..3u8),
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..8),
    ) {
        let (profile, theirs) = PROFILES[which];
        let (mut us, _) = pair(profile);
        let (mut oracle_out, mut oracle_in) = oracle(profile, theirs);
        for (step, payload) in payloads.iter().enumerate() {
            let mut packet = rtp(start.wrapping_add(step as u16), ssrc, &[]);
            packet[0] |= csrcs;
            packet.extend(vec![3; 4 * usize::from(csrcs)]);
            if let Some(words) = extension {
                packet[0] |= 0x10;
                packet.extend([0xbe, 0xde, 0, words]);
                packet.extend(vec![0; 4 * usize::from(words)]);
            }
            packet.extend(payload);
            let ours = sealed(&mut us, &packet);
            prop_assert_eq!(&oracle_in.decrypt_rtp(&ours).unwrap()[..], &packet[..]);
            let mut back = oracle_out.encrypt_rtp(&packet).unwrap().to_vec();
            let len = us.unprotect_rtp(&mut back).unwrap();
            prop_assert_eq!(&back[..len], &packet[..]);

            let report = receiver_report(ssrc, payload);
            let mut buffer = report.clone();
            buffer.resize(report.len() + MAX_OVERHEAD, 0);
            let len = us.protect_rtcp(&mut buffer, report.len()).unwrap();
            prop_assert_eq!(&oracle_in.decrypt_rtcp(&buffer[..len]).unwrap()[..], &report[..]);
            let mut back = oracle_out.encrypt_rtcp(&report).unwrap().to_vec();
            let len = us.unprotect_rtcp(&mut back).unwrap();
            prop_assert_eq!(&back[..len], &report[..]);
        }
    }

    #[test]
    fn garbage_is_refused_without_harm(which in 0..PROFILES.len(), bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let (mut us, mut them) = pair(PROFILES[which].0);
        prop_assert!(them.unprotect_rtp(&mut bytes.clone()).is_err());
        prop_assert!(them.unprotect_rtcp(&mut bytes.clone()).is_err());
        let mut good = sealed(&mut us, &rtp(1, 2, b"still fine"));
        prop_assert!(them.unprotect_rtp(&mut good).is_ok());
    }
}
