//! One call's media as a machine: SDP, ICE, DTLS, SRTP, two legs, DTMF, counters. No socket, no clock.
