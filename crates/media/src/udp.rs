//! Batched UDP: many datagrams for one system call, in buffers made once.
//!
//! This module alone talks to the kernel through `libc`; everything above it is safe code. Measured on one core, the kernel is
//! nine tenths of the price of a relayed packet, and `recvmmsg`/`sendmmsg` in rounds of about a millisecond halve that price
//! against one call per datagram, so this is where the relay's speed is made. Load generators use the same batches.
//!
//! Linux only: `recvmmsg(2)`, `sendmmsg(2)`, `IP_PKTINFO`, `SO_RXQ_OVFL`, `eventfd(2)`, `epoll(7)`.

#![expect(unsafe_code, reason = "the batched socket calls exist only in libc; every use lies in this module and states why it holds")]

mod address;
mod inbox;
mod outbatch;
mod ready;
mod socket;
mod wait;

pub use inbox::{Arrival, Inbox};
pub use outbatch::{Flushed, Outbatch, Outlet};
pub use ready::ReadySet;
pub use socket::{SocketOptions, bind};
pub use wait::{Poll, ReadableSockets, Waker, nap_exactly, pin_to_core, thread_cpu_time, wait_readable};

/// Datagrams per system call. Beyond some dozens the gain is spent; 64 of them fit the second-level cache.
pub const BATCH: usize = 64;

/// Room for one datagram, in bytes. More than any path's MTU on the internet; a longer one is dropped and counted.
pub const ROOM: usize = 2048;

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr, UdpSocket};
    use std::os::fd::AsFd as _;
    use std::time::Duration;

    use super::*;

    const LOOPBACKS: [&str; 2] = ["127.0.0.1:0", "[::1]:0"];
    const ENOUGH: Option<Duration> = Some(Duration::from_secs(10));

    fn local(text: &str) -> UdpSocket {
        bind(text.parse().unwrap(), SocketOptions::default()).unwrap()
    }

    /// Waits until something can be received, then takes one batch.
    fn receive(inbox: &mut Inbox, socket: &UdpSocket) -> usize {
        wait_readable(&[socket.as_fd()], ENOUGH);
        inbox.receive(socket).unwrap()
    }

    fn flush(batch: &mut Outbatch, socket: &UdpSocket) -> Flushed {
        let is_v4 = socket.local_addr().unwrap().is_ipv4();
        batch.flush(|outlet| (outlet.is_v4 == is_v4).then_some(socket))
    }

    #[test]
    fn a_full_batch_travels_in_one_call_each_way() {
        for address in LOOPBACKS {
            let (here, there) = (local(address), local(address));
            let to = there.local_addr().unwrap();
            let mut batch = Outbatch::default();
            for number in 0..BATCH {
                assert!(batch.push(&[number as u8; 160], to));
            }
            assert!(batch.is_full() && !batch.push(&[1], to), "a full batch takes no more");
            let sent = flush(&mut batch, &here);
            assert_eq!(sent, Flushed { datagrams: BATCH as u64, calls: 1, ..Flushed::default() });
            assert!(batch.is_empty());

            let mut inbox = Inbox::default();
            assert_eq!(receive(&mut inbox, &there), BATCH);
            for (number, arrival) in inbox.arrivals().enumerate() {
                assert_eq!((arrival.remote, arrival.local), (here.local_addr().unwrap(), None));
                assert_eq!(arrival.bytes, [number as u8; 160]);
            }
            assert_eq!(inbox.receive(&there).unwrap(), 0, "nothing more waits");
            assert_eq!(inbox.arrivals().count(), 0);
        }
    }

    #[test]
    fn both_families_leave_from_one_batch() {
        let (v4, v6) = (local(LOOPBACKS[0]), local(LOOPBACKS[1]));
        let mut batch = Outbatch::default();
        for number in 0..10 {
            let to = if number % 2 == 0 { &v4 } else { &v6 }.local_addr().unwrap();
            assert!(batch.push(&[number], to));
        }
        let sent = batch.flush(|outlet| Some(if outlet.is_v4 { &v4 } else { &v6 }));
        assert_eq!(sent, Flushed { datagrams: 10, calls: 2, ..Flushed::default() });
        let mut inbox = Inbox::default();
        for (socket, first) in [(&v4, 0), (&v6, 1)] {
            assert_eq!(receive(&mut inbox, socket), 5);
            assert!(inbox.arrivals().map(|arrival| arrival.bytes[0]).eq((first..10).step_by(2)));
        }
    }

    #[test]
    fn each_datagram_leaves_by_its_own_port_in_order_and_those_of_a_port_together() {
        let (here, there) = ([(); 3].map(|()| local(LOOPBACKS[0])), local(LOOPBACKS[0]));
        let to = there.local_addr().unwrap();
        let mut batch = Outbatch::default();
        for number in 0..BATCH {
            batch.room()[0] = number as u8;
            assert!(batch.commit(1, (number % 4) as u32, to, None));
        }
        let sent = batch.flush(|outlet| here.get(outlet.port as usize));
        assert_eq!(sent, Flushed { datagrams: 48, refused: 16, calls: 3, ..Flushed::default() }, "there is no fourth port");
        let (mut inbox, mut from) = (Inbox::default(), [(); 3].map(|()| vec![]));
        while from.iter().map(Vec::len).sum::<usize>() < 48 {
            receive(&mut inbox, &there);
            for arrival in inbox.arrivals() {
                let port = here.iter().position(|socket| socket.local_addr().unwrap() == arrival.remote).unwrap();
                from[port].push(arrival.bytes[0]);
            }
        }
        for (port, numbers) in from.into_iter().enumerate() {
            assert!(numbers.into_iter().eq((0..16).map(|turn| turn * 4 + port as u8)));
        }
    }

    #[test]
    fn a_datagram_of_a_family_without_socket_is_refused_and_the_rest_leaves() {
        let v4 = local(LOOPBACKS[0]);
        let mut batch = Outbatch::default();
        assert!(batch.push(b"6", "[::1]:9".parse().unwrap()));
        assert!(batch.push(b"4", v4.local_addr().unwrap()));
        assert_eq!(flush(&mut batch, &v4), Flushed { datagrams: 1, refused: 1, calls: 1, ..Flushed::default() });
    }

    #[test]
    fn a_datagram_that_the_kernel_refuses_does_not_stop_those_behind_it() {
        let v4 = local(LOOPBACKS[0]);
        let to = v4.local_addr().unwrap();
        let mut batch = Outbatch::default();
        for remote in [to, "127.0.0.1:0".parse().unwrap(), to] {
            assert!(batch.push(b"x", remote));
        }
        let sent = flush(&mut batch, &v4);
        assert_eq!((sent.datagrams, sent.refused), (2, 1), "port 0 is nobody's");
    }

    #[test]
    fn a_closed_port_does_not_stop_a_connected_socket() {
        let gone = local(LOOPBACKS[0]).local_addr().unwrap();
        let socket = local(LOOPBACKS[0]);
        socket.connect(gone).unwrap();
        let mut batch = Outbatch::default();
        let mut total = Flushed::default();
        for _ in 0..8 {
            assert!(batch.push(b"x", gone));
            total += flush(&mut batch, &socket);
            assert_eq!(Inbox::default().receive(&socket).unwrap(), 0);
        }
        assert_eq!((total.datagrams, total.refused), (8, 0));
    }

    #[test]
    fn too_long_a_datagram_is_left_out_and_counted() {
        let (here, there) = (local(LOOPBACKS[0]), local(LOOPBACKS[0]));
        let to = there.local_addr().unwrap();
        here.send_to(&[7; ROOM + 1], to).unwrap();
        here.send_to(&[8; ROOM], to).unwrap();
        let mut inbox = Inbox::default();
        let mut seen = Vec::new();
        while seen.is_empty() {
            receive(&mut inbox, &there);
            seen.extend(inbox.arrivals().map(|arrival| (arrival.bytes[0], arrival.bytes.len())));
        }
        assert_eq!(seen, [(8, ROOM)]);
        assert_eq!((inbox.take_too_long(), inbox.take_too_long()), (1, 0));
    }

    #[test]
    fn a_wildcard_socket_tells_where_a_datagram_was_sent_to_and_answers_from_there() {
        for (wildcard, loopback, ours) in [("0.0.0.0:0", "127.0.0.1:0", "127.0.0.7"), ("[::]:0", "[::1]:0", "::1")] {
            let (server, client) = (local(wildcard), local(loopback));
            let ours: IpAddr = ours.parse().unwrap();
            let port = server.local_addr().unwrap().port();
            client.send_to(b"ping", (ours, port)).unwrap();
            let mut inbox = Inbox::default();
            assert_eq!(receive(&mut inbox, &server), 1);
            let arrival = inbox.arrivals().next().unwrap();
            assert_eq!(arrival.local, Some(ours));

            let mut batch = Outbatch::default();
            batch.room()[..4].copy_from_slice(b"pong");
            assert!(batch.commit(4, 0, arrival.remote, arrival.local));
            flush(&mut batch, &server);
            assert_eq!(receive(&mut inbox, &client), 1);
            assert_eq!(inbox.arrivals().next().unwrap().remote, SocketAddr::new(ours, port));
        }
    }

    #[test]
    fn datagrams_lost_for_want_of_room_are_told() {
        let there = bind("127.0.0.1:0".parse().unwrap(), SocketOptions { buffer_bytes: 4096 }).unwrap();
        let here = local(LOOPBACKS[0]);
        for _ in 0..200 {
            here.send_to(&[0; 1000], there.local_addr().unwrap()).unwrap();
        }
        // The count travels with the datagrams that come after the loss.
        let mut inbox = Inbox::default();
        while inbox.receive(&there).unwrap() > 0 {}
        here.send_to(&[0; 1000], there.local_addr().unwrap()).unwrap();
        receive(&mut inbox, &there);
        assert!(inbox.overflow() > Some(0));
    }

    #[test]
    fn a_wake_is_kept_until_the_next_wait_and_forgotten_after_a_reset() {
        let waker = Waker::new().unwrap();
        waker.wake();
        waker.wake();
        wait_readable(&[waker.as_fd()], None);
        waker.reset();
        wait_readable(&[waker.as_fd()], Some(Duration::ZERO));
        let other = waker.clone();
        let thread = std::thread::spawn(move || other.wake());
        wait_readable(&[waker.as_fd()], None);
        thread.join().unwrap();
    }

    #[test]
    fn a_poll_tells_which_sockets_can_be_read_and_a_nap_ends_for_the_waker_only() {
        let (waker, sockets) = (Waker::new().unwrap(), [(); 3].map(|()| local(LOOPBACKS[0])));
        let mut poll = Poll::new(&[waker.as_fd()], sockets.iter().map(|socket| socket.as_fd()));
        assert_eq!(poll.look(), 0);
        let here = local(LOOPBACKS[0]);
        for index in [0, 2] {
            here.send_to(b"x", sockets[index].local_addr().unwrap()).unwrap();
        }
        let mut seen = 0;
        while seen != 0b101 {
            seen |= poll.wait(ENOUGH);
            assert_eq!(seen & !0b101, 0);
        }
        Inbox::default().receive(&sockets[0]).unwrap();
        assert_eq!(poll.look(), 0b100);
        poll.nap(Duration::ZERO);
        waker.wake();
        poll.nap(Duration::MAX);
        waker.reset();
        Inbox::default().receive(&sockets[2]).unwrap();
        waker.wake();
        assert_eq!(poll.wait(None), 0, "woken, and nothing to read");
    }

    #[test]
    fn of_many_sockets_those_that_can_be_read_are_told_by_their_keys() {
        let sockets = [(); 200].map(|()| local(LOOPBACKS[0]));
        let mut set = ReadySet::new().unwrap();
        for (key, socket) in (1000..).zip(&sockets) {
            set.watch(socket.as_fd(), key).unwrap();
        }
        assert_eq!(set.look(), 0);
        let here = local(LOOPBACKS[0]);
        let expected: Vec<u64> = vec![1003, 1150, 1199];
        for key in &expected {
            here.send_to(b"x", sockets[*key as usize - 1000].local_addr().unwrap()).unwrap();
        }
        wait_readable(&[set.as_fd()], ENOUGH);
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 3 {
            let count = set.look();
            seen.extend((0..count).map(|index| set.key(index)));
        }
        assert!(seen.into_iter().eq(expected));
        let mut inbox = Inbox::default();
        for key in [3, 150, 199] {
            assert_eq!(inbox.receive_up_to(&sockets[key], 4).unwrap(), 1);
            assert_eq!(inbox.arrivals().next().unwrap().bytes, b"x");
        }
        assert_eq!(set.look(), 0);
        here.send_to(b"y", sockets[7].local_addr().unwrap()).unwrap();
        wait_readable(&[set.as_fd()], ENOUGH);
        drop(sockets);
        assert_eq!(set.look(), 0, "one that is closed is watched no more");
        assert_eq!(set.key(5), 0);
    }

    #[test]
    fn a_short_batch_takes_no_more_than_it_may() {
        let (here, there) = (local(LOOPBACKS[0]), local(LOOPBACKS[0]));
        for number in 0..10 {
            here.send_to(&[number], there.local_addr().unwrap()).unwrap();
        }
        let (mut inbox, mut seen) = (Inbox::default(), Vec::new());
        while seen.len() < 10 {
            wait_readable(&[there.as_fd()], ENOUGH);
            assert!(inbox.receive_up_to(&there, 4).unwrap() <= 4);
            seen.extend(inbox.arrivals().map(|arrival| arrival.bytes[0]));
        }
        assert!(seen.into_iter().eq(0..10));
    }

    #[test]
    fn a_thread_can_be_kept_on_a_core_and_told_its_time() {
        std::thread::spawn(|| {
            let allowed = (0..1024).find(|&core| pin_to_core(core).is_ok());
            assert!(allowed.is_some());
            assert!(pin_to_core(1023).is_err(), "no machine of ours has that many");
            assert!(thread_cpu_time() > Duration::ZERO);
        })
        .join()
        .unwrap();
    }
}
