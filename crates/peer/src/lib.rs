//! A WebRTC voice endpoint on one UDP socket: something to say and an ear. For backends and scripted users.
