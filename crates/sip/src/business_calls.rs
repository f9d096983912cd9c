//! A business calls: its INVITE is admitted step by step, becomes a call of the engine, and is answered as the user does.
//!
//! The order of the checks (SIP Configuration Guide, error responses; the order is ours where it is not published): host of the request URI (404),
//! credentials (407), From's number (400), digest (403), server of the From domain and its app (403), PSTN (403), session description (403),
//! then the engine's rules.

use std::sync::Arc;
use std::time::Instant;

use callport_core::bsuid::Bsuid;
use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_core::number::PhoneNumber;
use callport_core::sip::SipHost;
use callport_engine::journal::Fact;
use callport_engine::ports::Notice;
use callport_engine::records::{Number, SipServerRecord};
use callport_engine::{Engine, Fault, NewBusinessCall, To};
use callport_sip_proto::agent::{AgentRefusal, SipSession};
use callport_sip_proto::transaction::table::ConnectionId;
use callport_sip_proto::{DigestLogin, DigestOutcome, DigestUri, SipBody, SipMessage, SipRefusal, SipUri};

use crate::calls::Deed;
use crate::edge::{Edge, Report};
use crate::lines::CallFacts;
use crate::pstn::pstn_sign;
use crate::refusals::{self, SipRefused};

/// An INVITE of a business that is no call yet.
pub(crate) struct Incoming {
    request: SipMessage,
    connection: ConnectionId,
    /// It was withdrawn while the engine placed it: its call is ended as soon as it is there.
    withdrawn: bool,
    /// Whose it is, once that is known.
    placing: Option<Placing>,
}

/// Whose an INVITE is.
pub(crate) struct Placing {
    number: Number,
    server: SipServerRecord,
}

/// A number, with the server that From's domain is of.
pub(crate) struct Admission {
    pub(crate) number: Number,
    pub(crate) server: SipServerRecord,
}

impl Edge {
    /// An INVITE with credentials came.
    pub(crate) fn invited(&mut self, session: SipSession, connection: ConnectionId, request: SipMessage) {
        let (engine, reports) = (self.engine.clone(), self.reports.clone());
        let from = request.from().ok().and_then(|from| from.sip_uri());
        self.incoming.insert(session, Incoming { request, connection, withdrawn: false, placing: None });
        self.beside.spawn(async move {
            let admission = match from {
                Some(from) => admit(&engine, &from).await,
                None => Err(SipRefused::unknown_number()),
            };
            let _ = reports.send(Report::Admitted(session, admission.map(Box::new))).await; // the edge has stopped
        });
    }

    /// The number of From is looked up: its digest is checked, and what it asks for.
    pub(crate) fn admitted(&mut self, session: SipSession, admission: Result<Admission, SipRefused>) {
        if !self.incoming.contains_key(&session) {
            return; // withdrawn meanwhile
        }
        match admission.and_then(|admission| self.authenticated(session, admission)) {
            Ok(Some(placing)) => self.place(session, placing),
            Ok(None) => drop(self.incoming.remove(&session)), // it was asked for other credentials
            Err(refused) => self.refuse(session, &refused),
        }
    }

    fn authenticated(&mut self, session: SipSession, admission: Admission) -> Result<Option<Placing>, SipRefused> {
        let Admission { number, server } = admission;
        let outcome = self.agent.authenticate(session, number.number.digits(), &server.password, Instant::now());
        match outcome {
            Ok(DigestOutcome::Accepted) => Ok(Some(Placing { number, server })),
            Ok(DigestOutcome::WrongDigest) => Err(SipRefused::bad_digest()),
            Ok(DigestOutcome::WrongUri) => Err(SipRefused::other_uri()),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// The engine is asked to place it.
    fn place(&mut self, session: SipSession, placing: Placing) {
        let Some(incoming) = self.incoming.get_mut(&session) else { return };
        let asked = wish(&incoming.request, &placing);
        let wish = match asked {
            Ok(wish) => wish,
            Err(refused) => return self.refuse(session, &refused),
        };
        let (app, host) = (placing.server.app.clone(), placing.server.target.host.to_string());
        let number = placing.number.id.clone();
        incoming.placing = Some(placing);
        let (engine, reports) = (self.engine.clone(), self.reports.clone());
        self.beside.spawn(async move {
            let placed = engine.place_business_call(wish).await;
            let placed = placed.map_err(|why| refusals::not_placed(&why, app.as_str(), &host, number.as_str()));
            let _ = reports.send(Report::Placed(session, placed)).await; // the edge has stopped
        });
    }

    /// The engine placed it, or did not.
    pub(crate) fn placed(&mut self, session: SipSession, placed: Result<CallId, SipRefused>) {
        let Some(incoming) = self.incoming.remove(&session) else { return };
        let call = match placed {
            Ok(call) => call,
            Err(refused) => {
                self.incoming.insert(session, incoming);
                return self.refuse(session, &refused);
            }
        };
        let told = self.early.remove(&call).unwrap_or_default();
        let Some(Notice::Connect { parties, sdp, .. }) = told.first().cloned() else {
            tracing::error!(call = call.short(), "bug: a business's call was placed, and its line was not told");
            return self.refuse(session, &SipRefused::unavailable());
        };
        let facts = CallFacts { parties, wacid: call.as_str().to_owned(), cta_payload: None, deeplink_payload: None };
        let early = incoming.request.call_id().map(|dialog| self.traces.know(&dialog, &call)).unwrap_or_default();
        let known = self.new_call(call.clone(), Direction::BusinessInitiated, facts, sdp);
        early.into_iter().for_each(|fact| known.ask(Deed::Note(fact)));
        known.server = incoming.placing.map(|placing| placing.server);
        if incoming.withdrawn {
            known.ask(Deed::Terminate);
        } else {
            known.session = Some(session);
            self.sessions.insert(session, call);
        }
        told.into_iter().skip(1).for_each(|notice| self.told(notice));
    }

    /// The user picked up: 200 with our answer.
    pub(crate) fn picked_up(&mut self, call: &CallId) {
        let Some(known) = self.calls.get_mut(call) else { return };
        let Some(session) = known.session else { return };
        let outline = self.lines.answer(&known.facts);
        let body = SipBody::sdp(known.sdp.as_bytes());
        let business = known.facts.parties.number.digits();
        let login = known.server.as_ref().map(|server| DigestLogin::new(business, &*server.password, DigestUri::WithoutParameters));
        match self.agent.answer(session, &outline, Some(&body), login, Instant::now()) {
            Ok(()) => known.answered = true,
            Err(why) => tracing::debug!(call = call.short(), %why, "a CANCEL was faster than the user"),
        }
    }

    /// The business withdrew its INVITE.
    pub(crate) fn withdrawn(&mut self, session: SipSession) {
        if let Some(incoming) = self.incoming.get_mut(&session) {
            incoming.withdrawn = true;
            if incoming.placing.is_none() {
                self.incoming.remove(&session);
            }
            return;
        }
        let Some(call) = self.sessions.remove(&session) else { return };
        if let Some(known) = self.calls.get_mut(&call) {
            known.session = None;
            known.ask(Deed::Terminate);
        }
    }

    fn refuse(&mut self, session: SipSession, refused: &SipRefused) {
        if let Some(incoming) = self.incoming.remove(&session)
            && self.traces.refusal_has_entry(Instant::now())
        {
            let peer = self.connections.peer(incoming.connection).map(|peer| peer.to_string()).unwrap_or_default();
            let fact = Fact::SipRefused { status: refused.status, says: refused.phrase.clone(), peer };
            let (engine, number) = (self.engine.clone(), incoming.placing.map(|placing| placing.number.id));
            self.beside.spawn(async move {
                if let Err(fault) = engine.note_sip_refused(number.as_ref(), fact).await {
                    tracing::error!(%fault, "a refused INVITE has no entry");
                }
            });
        }
        let refusal = SipRefusal::new(refused.status, refused.phrase.clone()).warning(refused.phrase.clone());
        tracing::info!(status = refused.status, phrase = refused.phrase, "an INVITE of a business was refused");
        let _ = self.agent.reject(session, &refusal, &self.lines.refusal(), Instant::now()); // a CANCEL was faster
    }

    /// A call that the user has not taken is over.
    pub(crate) fn refuse_ringing(&mut self, session: SipSession, reason: EndReason, now: Instant) -> Result<(), AgentRefusal> {
        self.sessions.remove(&session);
        let (status, phrase) = match reason {
            EndReason::Declined => (486, "User declined the call"),
            EndReason::UserBusy => (486, "Busy Here"),
            EndReason::BusinessTerminated => (487, "Request Terminated"),
            EndReason::NotPickedUp | EndReason::UserHungUp | EndReason::OperatorHungUp => (480, "Temporarily Unavailable"),
            EndReason::BusinessNeverConnected => (408, "Connect timeout"),
            _ => (503, "Service Unavailable"),
        };
        self.agent.reject(session, &SipRefusal::new(status, phrase), &self.lines.refusal(), now)
    }
}

/// What an authenticated INVITE asks for.
fn wish(request: &SipMessage, placing: &Placing) -> Result<NewBusinessCall, SipRefused> {
    if let Some(sign) = pstn_sign(request, Some(&placing.number.number)) {
        return Err(SipRefused::new(403, format!("Forbidden: {sign}")));
    }
    let Some(sdp) = request.sdp() else { return Err(SipRefused::bad_description("the INVITE has no session description")) };
    let uri = request.request_uri().and_then(|uri| SipUri::parse(&uri).ok()).ok_or_else(SipRefused::not_found)?;
    let user = uri.user_name().unwrap_or_default();
    let to = match (PhoneNumber::parse(&user), Bsuid::parse(&user)) {
        (Ok(number), _) => To::Number(number),
        (_, Ok(bsuid)) => To::Bsuid(bsuid),
        // A parent id is one of nobody here, as every number is that has no user.
        _ if user.contains(".ENT.") => return Err(refusals::unknown_user()),
        _ => return Err(SipRefused::not_found()),
    };
    Ok(NewBusinessCall {
        number: placing.number.clone(),
        account: placing.number.waba.clone(),
        to,
        offer: String::from_utf8_lossy(sdp).into_owned(),
        opaque: None,
        sip: Some(placing.server.app.clone()),
    })
}

/// Whose an INVITE is, by its From alone: nothing is shown to be true yet.
async fn admit(engine: &Arc<Engine>, from: &SipUri) -> Result<Admission, SipRefused> {
    let user = from.user_name().unwrap_or_default();
    let number = PhoneNumber::parse(&user).map_err(|_| SipRefused::unknown_number())?;
    let found = look_up(engine, &number, &from.host).await.map_err(|fault| {
        tracing::error!(%fault, "the business of an INVITE could not be looked up");
        SipRefused::unavailable()
    })?;
    let (number, server, may_call) = found?;
    let server = server.ok_or_else(|| SipRefused::unknown_server(&from.host, number.id.as_str()))?;
    if !may_call {
        let details = "Conversation routing gives the calls of this phone number to another business";
        return Err(SipRefused::new(403, format!("Not the Call primary: {details}")));
    }
    Ok(Admission { number, server })
}

type Found = Result<(Number, Option<SipServerRecord>, bool), SipRefused>;

async fn look_up(engine: &Arc<Engine>, number: &PhoneNumber, domain: &str) -> Result<Found, Fault> {
    let store = engine.store();
    let Some(number) = store.number_by_digits(number).await? else { return Ok(Err(SipRefused::unknown_number())) };
    let domain = SipHost::parse(domain).ok();
    let mut servers: Vec<SipServerRecord> = store.sip_servers(&number.id).await?;
    servers.retain(|server| domain.as_ref().is_some_and(|domain| server.target.host.speaks_for(domain)));
    // The very host before its parents.
    servers.sort_by_key(|server| domain.as_ref() != Some(&server.target.host));
    let Some(server) = servers.into_iter().next() else { return Ok(Ok((number, None, true))) };
    let may_call = match store.app(&server.app).await? {
        Some(app) => engine.may_call(&app, &number).await?,
        None => false,
    };
    Ok(Ok((number, Some(server), may_call)))
}
