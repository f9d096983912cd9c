//! The second home of the business line: SIP servers of businesses.

use callport_flow::Notice;

/// Tells the SIP server of a business what its calls came to. What is told needs no record: a call and its dialog live in one process.
pub trait SipLine: Send + Sync + 'static {
    /// A call that goes by SIP was placed, rings, was picked up, was declined or ended, and that is committed. Of one call the notices come in order.
    /// Returns at once.
    fn told(&self, notice: Notice);
}

/// A platform without SIP: nobody is told. Its numbers cannot be switched to SIP ([`Rules::sip`](callport_flow::Rules)).
pub struct NoSip;

impl SipLine for NoSip {
    fn told(&self, notice: Notice) {
        tracing::error!(event = notice.event(), "bug: a call goes by SIP on a platform without it");
    }
}
