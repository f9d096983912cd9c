//! What GET answers, and what `account_settings_update` repeats.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Day, ExtraCodec, IconVisibility, KeyExchange, RestrictionKind, Shown, Switch};

/// All feature groups of a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// Calling.
    pub calling: Calling,
    /// Where messages are stored; not calling, constant.
    #[serde(default)]
    pub storage_configuration: Storage,
}

/// `{"status":"DEFAULT"}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Storage {
    /// `DEFAULT`.
    pub status: String,
}

impl Default for Storage {
    fn default() -> Self {
        Self { status: "DEFAULT".to_owned() }
    }
}

/// The `calling` object in the key order of the published sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Calling {
    /// Calls are possible at all.
    #[schema(value_type = String)]
    pub status: Shown<Switch>,
    /// Whether users see the icon.
    #[schema(value_type = String)]
    pub call_icon_visibility: Shown<IconVisibility>,
    /// Users who call are asked for call permission.
    #[schema(value_type = String)]
    pub callback_permission_status: Shown<Switch>,
    /// Countries that see the icon; whole or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_icons: Option<CallIcons>,
    /// When the number takes calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_hours: Option<CallHours>,
    /// How SRTP keys travel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub srtp_key_exchange_protocol: Option<KeyExchange>,
    /// SIP signalling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip: Option<Sip>,
    /// Codecs beside Opus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<Audio>,
    /// Voicemail, as it was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<Value>,
    /// Video, as it was stored; without effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<Video>,
    /// Present only while restricted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restrictions: Option<Restrictions>,
}

impl Calling {
    /// A number that nobody configured.
    pub fn not_set() -> Self {
        Self {
            status: Shown::NotSet,
            call_icon_visibility: Shown::NotSet,
            callback_permission_status: Shown::NotSet,
            call_icons: None,
            call_hours: None,
            srtp_key_exchange_protocol: None,
            sip: None,
            audio: None,
            voicemail: None,
            video: None,
            restrictions: None,
        }
    }
}

/// `call_icons`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct CallIcons {
    /// ISO 3166 alpha-2, upper case; empty means everywhere.
    #[serde(default)]
    pub restrict_to_user_countries: Vec<String>,
}

/// `audio`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Audio {
    /// Offered beside Opus.
    #[serde(default)]
    pub additional_codecs: Vec<ExtraCodec>,
}

/// `video`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Video {
    /// As stored.
    pub status: Switch,
}

/// `call_hours`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallHours {
    /// DISABLED means open around the clock.
    pub status: Switch,
    /// IANA name.
    pub timezone_id: String,
    /// Weekly windows.
    #[serde(default)]
    pub weekly_operating_hours: Vec<OpenHours>,
    /// Dates that differ.
    #[serde(default)]
    pub holiday_schedule: Vec<Holiday>,
}

/// One weekly window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenHours {
    /// Day it belongs to.
    pub day_of_week: Day,
    /// `HHMM`.
    pub open_time: String,
    /// `HHMM`.
    pub close_time: String,
}

/// One date that overrides the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holiday {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// `HHMM`.
    pub start_time: String,
    /// `HHMM`.
    pub end_time: String,
}

/// `sip`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sip {
    /// ENABLED closes the calls endpoint.
    pub status: Switch,
    /// Whether SIP calls are told by webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_delivery: Option<Switch>,
    /// One per app.
    #[serde(default)]
    pub servers: Vec<SipServer>,
}

/// One SIP server of the business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SipServer {
    /// The app that set it.
    pub app_id: u64,
    /// Its name.
    pub hostname: String,
    /// TLS port.
    pub port: u16,
    /// Parameters of the user part of the request URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_uri_user_params: Option<Map<String, Value>>,
    /// Only with `include_sip_credentials=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_user_password: Option<String>,
}

impl SipServer {
    /// A server as GET shows it. An app id that is no number, which published ones are, is shown as 0.
    pub fn new(
        app_id: &str,
        hostname: &str,
        port: u16,
        user_params: impl IntoIterator<Item = (String, String)>,
        password: Option<&str>,
    ) -> Self {
        let params: Map<String, Value> = user_params.into_iter().map(|(key, value)| (key, Value::String(value))).collect();
        Self {
            app_id: app_id.parse().unwrap_or_default(),
            hostname: hostname.to_owned(),
            port,
            request_uri_user_params: (!params.is_empty()).then_some(params),
            sip_user_password: password.map(str::to_owned),
        }
    }
}

/// `restrictions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Restrictions {
    /// Those in force. The reference pages have two more names for the list, which no sample bears out.
    #[serde(alias = "restriction_list", alias = "restrictions")]
    pub restrictions_list: Vec<Restriction>,
}

/// One restriction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Restriction {
    /// Which calls.
    #[serde(rename = "type")]
    pub kind: RestrictionKind,
    /// In words.
    pub reason: String,
    /// Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use serde_json::json;

    #[test]
    fn writes_the_published_sample() {
        let calling = Calling {
            status: Shown::Set(Switch::Enabled),
            call_icon_visibility: Shown::Set(IconVisibility::Default),
            callback_permission_status: Shown::Set(Switch::Enabled),
            call_icons: Some(CallIcons::default()),
            call_hours: Some(CallHours {
                status: Switch::Enabled,
                timezone_id: "Asia/Jakarta".into(),
                weekly_operating_hours: vec![OpenHours { day_of_week: Day::Monday, open_time: "0800".into(), close_time: "1200".into() }],
                holiday_schedule: vec![Holiday { date: "2027-01-01".into(), start_time: "0000".into(), end_time: "2359".into() }],
            }),
            srtp_key_exchange_protocol: Some(KeyExchange::Dtls),
            sip: Some(Sip {
                status: Switch::Disabled,
                webhook_delivery: None,
                servers: vec![SipServer {
                    app_id: 5566778899001,
                    hostname: "sbc.acme.example".into(),
                    port: 5061,
                    request_uri_user_params: None,
                    sip_user_password: None,
                }],
            }),
            audio: Some(Audio { additional_codecs: vec![ExtraCodec::Pcma] }),
            voicemail: Some(json!({ "status": "ENABLED", "triggers": ["TIMEOUT"],
                "audio": { "default": { "announcement_media_id": 700100200300_u64, "timeout_seconds": 20 } } })),
            video: None,
            restrictions: Some(Restrictions {
                restrictions_list: vec![Restriction {
                    kind: RestrictionKind::BusinessInitiated,
                    reason: "Outgoing calls from this number are paused because users gave too much negative feedback".into(),
                    expiration: Some(1796083200),
                }],
            }),
        };
        let settings = Settings { calling, storage_configuration: Storage::default() };
        golden::check(&settings, include_str!("../../samples/settings_get.json"));
    }

    #[test]
    fn an_unconfigured_number_shows_not_set() {
        let settings = Settings { calling: Calling::not_set(), storage_configuration: Storage::default() };
        golden::check(&settings, include_str!("../../samples/settings_get_not_set.json"));
    }
}
