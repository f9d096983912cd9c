//! Who is calling, and what they may touch.
//!
//! Platform docs, Access tokens (2026-03) and Graph API, Securing requests. Order: a token at all (104), not too many wrong ones before (4), a valid one (190), its rate (4),
//! and with the body read, its proof when one is sent (100), then reach and scope on the object (200, 10).

use std::sync::Arc;

use callport_core::ids::WabaId;
use callport_core::scope::Scope;
use callport_core::token::SecretHash;
use callport_engine::door::ClientNetwork;
use callport_engine::{Actor, Engine, OpenRequest};
use callport_wire::Code;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Graph;
use crate::answer::Refusal;
use crate::usage::UsageNotes;

/// An authenticated request's other end.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The app, and what its token grants.
    pub(crate) actor: Actor,
    /// For the usage headers.
    pub(crate) usage: UsageNotes,
    /// Where it is told for the journal what the request is about.
    pub(crate) request: Arc<OpenRequest>,
    /// Once a number was looked up: its accounts that the token reaches, the owning one first, the others by id.
    pub(crate) through: Vec<WabaId>,
}

impl Graph {
    /// Authenticates a request by its token and counts it.
    pub(crate) async fn caller(
        &self,
        token: &str,
        source: ClientNetwork,
        request: Arc<OpenRequest>,
        usage: UsageNotes,
    ) -> Result<Caller, Refusal> {
        let actor = self.known(token, source).await?;
        request.sent_by(&actor.app.id);
        let (share, within) = self.rates.of_token(SecretHash::of(token), self.engine.now());
        usage.token(share);
        within?;
        Ok(Caller { actor, usage, request, through: Vec::new() })
    }

    /// Demands one of `scopes` on `waba`, of the token and of what its app was granted.
    pub(crate) async fn demand(&self, caller: &Caller, scopes: &[Scope], waba: &WabaId) -> Result<(), Refusal> {
        let may = self.engine.scopes_on(&caller.actor, waba).await?.ok_or_else(|| Refusal::new(Code::PermissionMissing))?;
        if scopes.iter().any(|scope| may.contains(scope)) {
            return Ok(());
        }
        let names = scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" or ");
        let own = caller.actor.token.as_ref().is_some_and(|token| scopes.iter().any(|scope| token.scopes.contains(scope)));
        Err(Refusal::because(
            Code::PermissionDenied,
            match own {
                true => format!("The app was not granted the permission {names} for this WhatsApp Business Account."),
                false => format!("The access token lacks the permission {names}."),
            },
        ))
    }
}

impl Caller {
    /// The engine, for what this request asks.
    pub(crate) fn engine(&self, graph: &Graph) -> Engine {
        graph.engine.for_request(&self.request)
    }

    /// Checks the proof that was sent beside `token`.
    pub(crate) fn check_proof(&self, token: &str, proof: &str) -> Result<(), Refusal> {
        check_proof(&self.actor.app.secret, token, proof)
    }
}

/// `appsecret_proof` is HMAC-SHA256 of the access token under the app's secret, in hex.
fn check_proof(secret: &str, token: &str, proof: &str) -> Result<(), Refusal> {
    // HMAC takes keys of every length (RFC 2104 §3), so this cannot fail.
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(token.as_bytes());
    let sent = hex::decode(proof).unwrap_or_default();
    mac.verify_slice(&sent).map_err(|_| Refusal::because(Code::InvalidParameter, "Invalid appsecret_proof provided in the API argument"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_fits_its_token_and_secret_only() {
        // RFC 4231 §4.3: key "Jefe", data "what do ya want for nothing?".
        let proof = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(check_proof("Jefe", "what do ya want for nothing?", proof).is_ok());
        for (secret, token, proof) in [
            ("Jeff", "what do ya want for nothing?", proof),
            ("Jefe", "another", proof),
            ("Jefe", "what do ya want for nothing?", &proof[2..]),
            ("Jefe", "what do ya want for nothing?", "not hex"),
            ("Jefe", "what do ya want for nothing?", ""),
        ] {
            assert_eq!(check_proof(secret, token, proof).unwrap_err().0.code(), Code::InvalidParameter);
        }
    }
}
