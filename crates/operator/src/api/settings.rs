//! The `calling` object of a number, in the published shape (platform docs, Configure call settings).

use callport_core::call_hours;
use callport_core::settings::CallingSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::{CodecWord, CountryWord, DateText, DayWord, IconVisibilityWord, KeyExchangeWord, SwitchWord, TimeOfDayText, ZoneName};

/// Calling settings of a number. What is absent was never set, and stays as it is in a change.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Calling {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<SwitchWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_icon_visibility: Option<IconVisibilityWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_permission_status: Option<SwitchWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_icons: Option<CallIcons>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_hours: Option<CallHours>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<Audio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    srtp_key_exchange_protocol: Option<KeyExchangeWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sip: Option<SipSwitches>,
}

/// Calls by SIP. Servers stand at `/numbers/{phone_number_id}/sip-servers`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SipSwitches {
    /// `ENABLED`: calls of the number go by SIP, and by nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<SwitchWord>,
    /// `ENABLED`: they are told by webhooks too (`call_created`, `terminate`).
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_delivery: Option<SwitchWord>,
}

/// Where the call icon shows.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallIcons {
    /// Only to users of these countries; empty: everywhere.
    restrict_to_user_countries: Vec<CountryWord>,
}

/// When users may call. A change replaces it whole.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallHours {
    /// `DISABLED`: at any time.
    status: SwitchWord,
    timezone_id: ZoneName,
    /// Up to two windows a day, which do not overlap.
    #[schema(max_items = 14)]
    weekly_operating_hours: Vec<OpenHours>,
    /// Dates that differ, today or later: their windows replace those of the week.
    #[serde(default)]
    #[schema(max_items = 20)]
    holiday_schedule: Vec<Holiday>,
}

/// One window of each week.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenHours {
    day_of_week: DayWord,
    open_time: TimeOfDayText,
    /// Later than `open_time`; `2359` is the end of the day.
    close_time: TimeOfDayText,
}

/// One window of a date that differs from its week.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Holiday {
    date: DateText,
    start_time: TimeOfDayText,
    /// Later than `start_time`; `2359` is the end of the day.
    end_time: TimeOfDayText,
}

impl CallHours {
    fn of(hours: &call_hours::CallHours) -> Self {
        let open = |hours: &call_hours::OpenHours| OpenHours {
            day_of_week: DayWord(hours.day),
            open_time: TimeOfDayText(hours.window.from),
            close_time: TimeOfDayText(hours.window.until),
        };
        let holiday = |holiday: &call_hours::Holiday| Holiday {
            date: DateText(holiday.date),
            start_time: TimeOfDayText(holiday.window.from),
            end_time: TimeOfDayText(holiday.window.until),
        };
        Self {
            status: SwitchWord(hours.status),
            timezone_id: ZoneName(hours.zone.clone()),
            weekly_operating_hours: hours.week.iter().map(open).collect(),
            holiday_schedule: hours.holidays.iter().map(holiday).collect(),
        }
    }

    pub(crate) fn hours(self) -> call_hours::CallHours {
        let window = |from: TimeOfDayText, until: TimeOfDayText| call_hours::Window { from: from.0, until: until.0 };
        let open = |hours: OpenHours| call_hours::OpenHours { day: hours.day_of_week.0, window: window(hours.open_time, hours.close_time) };
        let holiday = |holiday: Holiday| call_hours::Holiday { date: holiday.date.0, window: window(holiday.start_time, holiday.end_time) };
        call_hours::CallHours {
            status: self.status.0,
            zone: self.timezone_id.0,
            week: self.weekly_operating_hours.into_iter().map(open).collect(),
            holidays: self.holiday_schedule.into_iter().map(holiday).collect(),
        }
    }
}

/// How audio is offered to the business.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Audio {
    /// Offered beside Opus.
    additional_codecs: Vec<CodecWord>,
}

impl Calling {
    pub(super) fn of(settings: &CallingSettings) -> Self {
        let countries = |listed: &Vec<_>| CallIcons { restrict_to_user_countries: listed.iter().copied().map(CountryWord).collect() };
        let codecs = |listed: &Vec<_>| Audio { additional_codecs: listed.iter().copied().map(CodecWord).collect() };
        Self {
            status: settings.status.map(SwitchWord),
            call_icon_visibility: settings.call_icon_visibility.map(IconVisibilityWord),
            callback_permission_status: settings.callback_permission_status.map(SwitchWord),
            call_icons: settings.restrict_to_user_countries.as_ref().map(countries),
            call_hours: settings.call_hours.as_ref().map(CallHours::of),
            audio: settings.additional_codecs.as_ref().map(codecs),
            srtp_key_exchange_protocol: settings.key_exchange.map(KeyExchangeWord),
            sip: settings.sip_status.or(settings.sip_webhook_delivery).map(|_| SipSwitches {
                status: settings.sip_status.map(SwitchWord),
                webhook_delivery: settings.sip_webhook_delivery.map(SwitchWord),
            }),
        }
    }

    pub(super) fn change(self) -> CallingSettings {
        CallingSettings {
            status: self.status.map(|word| word.0),
            call_icon_visibility: self.call_icon_visibility.map(|word| word.0),
            callback_permission_status: self.callback_permission_status.map(|word| word.0),
            restrict_to_user_countries: self.call_icons.map(|icons| once(icons.restrict_to_user_countries.into_iter().map(|word| word.0))),
            call_hours: self.call_hours.map(CallHours::hours),
            key_exchange: self.srtp_key_exchange_protocol.map(|word| word.0),
            sip_status: self.sip.as_ref().and_then(|sip| sip.status.as_ref()).map(|word| word.0),
            sip_webhook_delivery: self.sip.as_ref().and_then(|sip| sip.webhook_delivery.as_ref()).map(|word| word.0),
            additional_codecs: self.audio.map(|audio| once(audio.additional_codecs.into_iter().map(|word| word.0))),
        }
    }
}

/// Each value once, in the order of its first appearance.
fn once<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}
