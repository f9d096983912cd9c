//! What POST takes.

use serde_json::{Map, Value};

use super::call_hours::read_call_hours;
use super::view::{Audio, CallHours, CallIcons};
use super::{ExtraCodec, IconVisibility, KeyExchange, Switch};
use crate::params::{Malformed, Params};
use crate::words::{NotAWord, words};

/// Default port of a SIP server.
pub const SIP_PORT: u16 = 5061;

/// Most countries that make sense in `restrict_to_user_countries`: ISO 3166 assigns fewer.
pub const COUNTRIES_MAX: usize = 300;

words! {
    /// A group of settings; a request names exactly one.
    FeatureGroup {
        /// Calling.
        Calling = "calling",
        /// Identity change check of users.
        UserIdentityChange = "user_identity_change",
        /// Encryption of message payloads.
        PayloadEncryption = "payload_encryption",
        /// Where messages are stored.
        StorageConfiguration = "storage_configuration",
    }
}

/// A request to change settings.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingsRequest {
    /// The `calling` object.
    Calling(Box<CallingUpdate>),
    /// A group that has nothing to do with calling.
    Other(FeatureGroup),
}

/// The members of `calling` that were passed; absent ones keep their value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallingUpdate {
    /// Calls are possible at all.
    pub status: Option<Switch>,
    /// Whether users see the icon.
    pub call_icon_visibility: Option<IconVisibility>,
    /// Countries that see the icon.
    pub call_icons: Option<CallIcons>,
    /// Users who call are asked for call permission.
    pub callback_permission_status: Option<Switch>,
    /// Codecs beside Opus, each once, in the order given.
    pub audio: Option<Audio>,
    /// How SRTP keys travel.
    pub srtp_key_exchange_protocol: Option<KeyExchange>,
    /// SIP signalling.
    pub sip: Option<SipUpdate>,
    /// When users may call; replaced whole.
    pub call_hours: Option<CallHours>,
    /// Not read further here.
    pub voicemail: Option<Value>,
    /// Stored and shown, without effect.
    pub video: Option<Switch>,
}

/// `sip` as passed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SipUpdate {
    /// ENABLED closes the calls endpoint.
    pub status: Option<Switch>,
    /// Whether SIP calls are told by webhook.
    pub webhook_delivery: Option<Switch>,
    /// The app's server; a list of at most one.
    pub servers: Option<Vec<SipServerUpdate>>,
}

/// One server as passed.
#[derive(Debug, Clone, PartialEq)]
pub struct SipServerUpdate {
    /// Its name.
    pub hostname: String,
    /// TLS port.
    pub port: u16,
    /// Parameters of the user part of the request URI.
    pub request_uri_user_params: Vec<(String, String)>,
}

impl SettingsRequest {
    /// Reads a request body; unknown members are ignored.
    ///
    /// # Errors
    /// No feature group or several; the first member that is wrong, in words.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(body);
        let mut groups = FeatureGroup::ALL.iter().copied().filter(|group| params.value(group.as_str()).is_some());
        let group = groups.next().ok_or_else(|| Malformed::request("One feature setting must be specified"))?;
        if groups.next().is_some() {
            return Err(Malformed::request("Only one feature setting can be specified"));
        }
        match params.value("calling") {
            Some(calling) => CallingUpdate::read(calling).map(Box::new).map(Self::Calling),
            None => Ok(Self::Other(group)),
        }
    }
}

impl CallingUpdate {
    fn read(value: &Value) -> Result<Self, Malformed> {
        let params = Params::nested(value, "calling")?;
        Ok(Self {
            status: params.word("status")?,
            call_icon_visibility: params.word("call_icon_visibility")?,
            call_icons: params.value("call_icons").map(read_call_icons).transpose()?,
            callback_permission_status: params.word("callback_permission_status")?,
            audio: params.value("audio").map(read_audio).transpose()?,
            srtp_key_exchange_protocol: params.word("srtp_key_exchange_protocol")?,
            sip: params.value("sip").map(read_sip).transpose()?,
            call_hours: params.value("call_hours").map(read_call_hours).transpose()?,
            voicemail: params.value("voicemail").cloned(),
            video: params.value("video").map(read_video).transpose()?.flatten(),
        })
    }
}

fn read_call_icons(value: &Value) -> Result<CallIcons, Malformed> {
    const LIST: &str = "calling.call_icons.restrict_to_user_countries";
    let params = Params::nested(value, "calling.call_icons")?;
    let listed = params.words("restrict_to_user_countries")?.ok_or_else(|| Malformed::missing(LIST))?;
    if listed.len() > COUNTRIES_MAX {
        return Err(Malformed::wrong(LIST, format_args!("must have at most {COUNTRIES_MAX} entries")));
    }
    let mut countries = Vec::with_capacity(listed.len());
    for item in listed {
        if item.len() != 2 || !item.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(Malformed::wrong(LIST, "must hold ISO 3166 two-letter country codes"));
        }
        let country = item.to_ascii_uppercase();
        if !countries.contains(&country) {
            countries.push(country);
        }
    }
    Ok(CallIcons { restrict_to_user_countries: countries })
}

fn read_audio(value: &Value) -> Result<Audio, Malformed> {
    const LIST: &str = "calling.audio.additional_codecs";
    let params = Params::nested(value, "calling.audio")?;
    let listed = params.words("additional_codecs")?.ok_or_else(|| Malformed::missing(LIST))?;
    let mut codecs: Vec<ExtraCodec> = Vec::new();
    for item in listed {
        let codec = item.parse().map_err(|error: NotAWord| Malformed::wrong(LIST, error))?;
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    Ok(Audio { additional_codecs: codecs })
}

fn read_video(value: &Value) -> Result<Option<Switch>, Malformed> {
    Params::nested(value, "calling.video")?.word("status")
}

fn read_sip(value: &Value) -> Result<SipUpdate, Malformed> {
    let params = Params::nested(value, "calling.sip")?;
    let servers = params.list("servers")?;
    if servers.is_some_and(|servers| servers.len() > 1) {
        return Err(Malformed::wrong("calling.sip.servers", "must have at most one entry for an app"));
    }
    Ok(SipUpdate {
        status: params.word("status")?,
        webhook_delivery: params.word("webhook_delivery")?,
        servers: servers.map(|servers| servers.iter().map(read_sip_server).collect()).transpose()?,
    })
}

fn read_sip_server(value: &Value) -> Result<SipServerUpdate, Malformed> {
    let params = Params::nested(value, "calling.sip.servers[0]")?;
    let port = match params.text_or_number("port")? {
        None => SIP_PORT,
        Some(port) => {
            port.parse().ok().filter(|port| *port != 0).ok_or_else(|| Malformed::wrong(&params.name("port"), "must be a port number"))?
        }
    };
    let user_params = match params.value("request_uri_user_params") {
        None => vec![],
        Some(Value::Object(members)) => {
            let texts = members.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
            let wrong = || Malformed::wrong(&params.name("request_uri_user_params"), "must be an object whose values are texts");
            texts.collect::<Option<_>>().ok_or_else(wrong)?
        }
        Some(_) => return Err(Malformed::wrong(&params.name("request_uri_user_params"), "must be an object")),
    };
    Ok(SipServerUpdate { hostname: params.required_text("hostname")?.to_owned(), port, request_uri_user_params: user_params })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: Value) -> Result<SettingsRequest, Malformed> {
        let Value::Object(body) = body else { panic!("not an object") };
        SettingsRequest::read(&body)
    }

    fn calling(body: Value) -> CallingUpdate {
        match read(body).unwrap() {
            SettingsRequest::Calling(update) => *update,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_the_published_sample() {
        let sample: Value = serde_json::from_str(include_str!("../../samples/settings_post.json")).unwrap();
        let update = calling(sample.clone());
        assert_eq!(update.status, Some(Switch::Enabled));
        assert_eq!(update.call_icon_visibility, Some(IconVisibility::Default));
        assert_eq!(update.call_icons.unwrap().restrict_to_user_countries, ["ID", "BR"]);
        assert_eq!(update.callback_permission_status, Some(Switch::Enabled));
        assert_eq!(update.audio.unwrap().additional_codecs, [ExtraCodec::Pcma]);
        assert_eq!(update.call_hours.map(|hours| serde_json::to_value(hours).unwrap()).as_ref(), sample.pointer("/calling/call_hours"));
        assert_eq!((update.sip, update.srtp_key_exchange_protocol, update.video), (None, None, None));
    }

    #[test]
    fn takes_any_case_and_drops_repetitions() {
        let update = calling(json!({ "calling": {
            "status": "enabled", "srtp_key_exchange_protocol": "sdes",
            "call_icons": { "restrict_to_user_countries": ["id", "ID"] },
            "audio": { "additional_codecs": ["pcmu", "PCMU", "PCMA"] },
        } }));
        assert_eq!(update.status, Some(Switch::Enabled));
        assert_eq!(update.srtp_key_exchange_protocol, Some(KeyExchange::Sdes));
        assert_eq!(update.call_icons.unwrap().restrict_to_user_countries, ["ID"]);
        assert_eq!(update.audio.unwrap().additional_codecs, [ExtraCodec::Pcmu, ExtraCodec::Pcma]);
    }

    #[test]
    fn empty_lists_lift_the_limits() {
        let update = calling(json!({ "calling": {
            "call_icons": { "restrict_to_user_countries": [] }, "audio": { "additional_codecs": [] } } }));
        assert_eq!(update.call_icons, Some(CallIcons::default()));
        assert_eq!(update.audio, Some(Audio::default()));
    }

    #[test]
    fn a_sip_server_has_its_default_port() {
        let update = calling(json!({ "calling": { "sip": { "status": "ENABLED", "servers": [{ "hostname": "sbc.example" }] } } }));
        let sip = update.sip.unwrap();
        assert_eq!(sip.servers.unwrap()[0].port, 5061);
    }

    #[test]
    fn other_groups_are_named_not_read() {
        let request = read(json!({ "storage_configuration": { "status": "DEFAULT" } })).unwrap();
        assert_eq!(request, SettingsRequest::Other(FeatureGroup::StorageConfiguration));
    }

    #[test]
    fn refuses_and_says_why() {
        for (body, details) in [
            (json!({}), "One feature setting must be specified"),
            (json!({ "calling": null }), "One feature setting must be specified"),
            (json!({ "calling": {}, "storage_configuration": {} }), "Only one feature setting can be specified"),
            (json!({ "calling": [] }), "The parameter calling must be an object."),
            (json!({ "calling": { "status": true } }), "The parameter calling.status must be a string."),
            (json!({ "calling": { "status": "NOT_SET" } }), "The parameter calling.status must be one of ENABLED, DISABLED."),
            (
                json!({ "calling": { "call_icon_visibility": "DISABLE ALL" } }),
                "The parameter calling.call_icon_visibility must be one of DEFAULT, DISABLE_ALL.",
            ),
            (
                json!({ "calling": { "call_icons": { "restrict_to_user_countries": ["IDN"] } } }),
                "The parameter calling.call_icons.restrict_to_user_countries must hold ISO 3166 two-letter country codes.",
            ),
            (json!({ "calling": { "call_icons": {} } }), "The parameter calling.call_icons.restrict_to_user_countries is required."),
            (
                json!({ "calling": { "audio": { "additional_codecs": ["OPUS"] } } }),
                "The parameter calling.audio.additional_codecs must be one of PCMA, PCMU.",
            ),
            (
                json!({ "calling": { "audio": { "additional_codecs": [8] } } }),
                "The parameter calling.audio.additional_codecs must hold texts.",
            ),
            (
                json!({ "calling": { "sip": { "servers": [{ "hostname": "h", "port": 0 }] } } }),
                "The parameter calling.sip.servers[0].port must be a port number.",
            ),
            (json!({ "calling": { "sip": { "servers": [{}] } } }), "The parameter calling.sip.servers[0].hostname is required."),
            (
                json!({ "calling": { "sip": { "servers": [{ "hostname": "a" }, { "hostname": "b" }] } } }),
                "The parameter calling.sip.servers must have at most one entry for an app.",
            ),
        ] {
            assert_eq!(read(body.clone()).unwrap_err().details, details, "{body}");
        }
    }
}
