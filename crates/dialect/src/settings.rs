//! Calling settings: as GET shows them and `account_settings_update` repeats them, and as POST changes them.

use callport_core::call_hours::{self, CallHours, Date, TimeOfDay, Window, Zone};
use callport_core::call_id::Direction;
use callport_core::country::Country;
use callport_core::ids::AppId;
use callport_core::settings::{CallingSettings, Switch};
use callport_core::sip::{SipTarget, UserParam};
use callport_core::time::WallTime;
use callport_wire::Malformed;
use callport_wire::settings::view::{Audio, CallIcons, Holiday, OpenHours, Restriction, Restrictions, Sip, SipServer};
use callport_wire::settings::{self, Calling, CallingUpdate, RestrictionKind, Shown};

use crate::Twin;
use crate::calls::restriction_kind;

/// The `calling` object; `sip` is absent on a number that never had to do with SIP.
pub fn calling(settings: &CallingSettings, servers: impl IntoIterator<Item = SipServer>) -> Calling {
    let servers: Vec<_> = servers.into_iter().collect();
    let sip = settings.sip_status.is_some() || settings.sip_webhook_delivery.is_some() || !servers.is_empty();
    Calling {
        status: shown(settings.status),
        call_icon_visibility: shown(settings.call_icon_visibility),
        callback_permission_status: shown(settings.callback_permission_status),
        call_icons: settings.restrict_to_user_countries.as_ref().map(|countries| CallIcons {
            restrict_to_user_countries: countries.iter().map(|country| country.as_str().to_owned()).collect(),
        }),
        call_hours: settings.call_hours.as_ref().map(call_hours),
        audio: settings
            .additional_codecs
            .as_ref()
            .map(|codecs| Audio { additional_codecs: codecs.iter().map(|codec| codec.published()).collect() }),
        srtp_key_exchange_protocol: settings.key_exchange.map(|keys| keys.published()),
        sip: sip.then(|| Sip {
            status: settings.sip_status.unwrap_or(Switch::Disabled).published(),
            webhook_delivery: settings.sip_webhook_delivery.map(|delivery| delivery.published()),
            servers,
        }),
        ..Calling::not_set()
    }
}

fn shown<T: Twin>(value: Option<T>) -> Shown<T::Published> {
    value.map_or(Shown::NotSet, |value| Shown::Set(value.published()))
}

fn call_hours(hours: &CallHours) -> settings::CallHours {
    let open = |hours: &call_hours::OpenHours| OpenHours {
        day_of_week: hours.day.published(),
        open_time: hours.window.from.to_string(),
        close_time: hours.window.until.to_string(),
    };
    let holiday = |holiday: &call_hours::Holiday| Holiday {
        date: holiday.date.to_string(),
        start_time: holiday.window.from.to_string(),
        end_time: holiday.window.until.to_string(),
    };
    settings::CallHours {
        status: hours.status.published(),
        timezone_id: hours.zone.name().to_owned(),
        weekly_operating_hours: hours.week.iter().map(open).collect(),
        holiday_schedule: hours.holidays.iter().map(holiday).collect(),
    }
}

/// Pauses that hold at this moment; nothing when there are none. While both directions are paused, they are one entry.
pub fn restrictions(pauses: impl IntoIterator<Item = (Direction, WallTime)>, now: WallTime) -> Option<Restrictions> {
    let shown = |(direction, until): (Direction, WallTime)| {
        let whose = match direction {
            Direction::BusinessInitiated => "Outgoing calls from",
            Direction::UserInitiated => "Incoming calls to",
        };
        let reason = format!("{whose} this number are paused because users gave too much negative feedback");
        Restriction { kind: restriction_kind(direction), reason, expiration: Some(until.unix_seconds()) }
    };
    let held: Vec<_> = pauses.into_iter().filter(|(_, until)| now < *until).collect();
    let restrictions_list = match held.as_slice() {
        [(one, until), (other, end)] if one != other => vec![both(*until, *end)],
        held => held.iter().copied().map(shown).collect(),
    };
    (!restrictions_list.is_empty()).then_some(Restrictions { restrictions_list })
}

/// Both directions are paused: until the first of them is over, from when on the other one is shown by itself.
fn both(one: WallTime, other: WallTime) -> Restriction {
    Restriction {
        kind: RestrictionKind::Both,
        reason: "Calls from and to this number are paused because users gave too much negative feedback".to_owned(),
        expiration: Some(one.min(other).unix_seconds()),
    }
}

/// The change that a request asks for, as far as the rules know its settings.
///
/// # Errors
/// A country, a zone, a date or a time that there is not.
pub fn change(update: CallingUpdate) -> Result<CallingSettings, Malformed> {
    let country = |text: &String| {
        Country::parse(text)
            .map_err(|error| Malformed::wrong("calling.call_icons.restrict_to_user_countries", format_args!("is wrong: {error}")))
    };
    let countries = update.call_icons.map(|icons| icons.restrict_to_user_countries.iter().map(country).collect::<Result<Vec<_>, _>>());
    Ok(CallingSettings {
        status: update.status.map(Twin::of),
        call_icon_visibility: update.call_icon_visibility.map(Twin::of),
        callback_permission_status: update.callback_permission_status.map(Twin::of),
        restrict_to_user_countries: countries.transpose()?,
        call_hours: update.call_hours.map(|hours| hours_of(&hours)).transpose()?,
        additional_codecs: update.audio.map(|audio| audio.additional_codecs.into_iter().map(Twin::of).collect()),
        key_exchange: update.srtp_key_exchange_protocol.map(Twin::of),
        sip_status: update.sip.as_ref().and_then(|sip| sip.status).map(Twin::of),
        sip_webhook_delivery: update.sip.as_ref().and_then(|sip| sip.webhook_delivery).map(Twin::of),
    })
}

/// A server as GET shows it; `password` where it was asked for.
pub fn shown_server(app: &AppId, target: &SipTarget, password: Option<&str>) -> SipServer {
    let params = target.user_params.iter().map(|param| (param.key.clone(), param.value.clone()));
    SipServer::new(app.as_str(), target.host.as_str(), target.port, params, password)
}

/// The server that a request gives its app: `None` where it says nothing of servers, inner `None` where it takes the app's away.
///
/// # Errors
/// A host, a port or a parameter that cannot be.
pub fn sip_server(update: &CallingUpdate) -> Result<Option<Option<SipTarget>>, Malformed> {
    let Some(servers) = update.sip.as_ref().and_then(|sip| sip.servers.as_ref()) else { return Ok(None) };
    let Some(server) = servers.first() else { return Ok(Some(None)) };
    let params = server.request_uri_user_params.iter().map(|(key, value)| UserParam { key: key.clone(), value: value.clone() });
    let target = SipTarget::new(&server.hostname, server.port, params.collect());
    target.map(|target| Some(Some(target))).map_err(|bad| Malformed::wrong("calling.sip.servers[0]", format_args!("is wrong: {bad}")))
}

/// Hours as the rules have them.
///
/// # Errors
/// A zone, a date or a time that there is not.
pub fn hours_of(hours: &settings::CallHours) -> Result<CallHours, Malformed> {
    const WEEK: &str = "calling.call_hours.weekly_operating_hours";
    const HOLIDAYS: &str = "calling.call_hours.holiday_schedule";
    let open = |(at, open): (usize, &OpenHours)| {
        let day = Twin::of(open.day_of_week);
        window(&format!("{WEEK}[{at}]"), ("open_time", &open.open_time), ("close_time", &open.close_time))
            .map(|window| call_hours::OpenHours { day, window })
    };
    let holiday = |(at, holiday): (usize, &Holiday)| {
        let name = format!("{HOLIDAYS}[{at}]");
        let date = Date::parse(&holiday.date).ok_or_else(|| Malformed::wrong(&format!("{name}.date"), "must be a date as YYYY-MM-DD"))?;
        window(&name, ("start_time", &holiday.start_time), ("end_time", &holiday.end_time))
            .map(|window| call_hours::Holiday { date, window })
    };
    Ok(CallHours {
        status: Twin::of(hours.status),
        zone: Zone::parse(&hours.timezone_id).map_err(|bad| Malformed::wrong("calling.call_hours.timezone_id", bad))?,
        week: hours.weekly_operating_hours.iter().enumerate().map(open).collect::<Result<_, _>>()?,
        holidays: hours.holiday_schedule.iter().enumerate().map(holiday).collect::<Result<_, _>>()?,
    })
}

fn window(name: &str, from: (&str, &str), until: (&str, &str)) -> Result<Window, Malformed> {
    let time = |(key, text): (&str, &str)| {
        TimeOfDay::parse(text).ok_or_else(|| Malformed::wrong(&format!("{name}.{key}"), "must be a time of day from 0000 to 2359, as HHMM"))
    };
    Ok(Window { from: time(from)?, until: time(until)? })
}
