//! Socket addresses between Rust and the kernel.

use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Room for an address of either family.
pub(super) type RawAddress = libc::sockaddr_in6;

/// An empty one.
pub(super) fn unset() -> RawAddress {
    // SAFETY: plain integers and byte arrays, for which all zeroes is a value.
    unsafe { zeroed() }
}

/// A message without anything. Batches write as many as they need: zeroing a whole one for each call costs more than a small batch does.
pub(super) fn empty_header() -> libc::mmsghdr {
    // SAFETY: plain integers and pointers, for which all zeroes is a value.
    unsafe { zeroed() }
}

/// Writes `address` as the kernel reads it; returns it with its length.
pub(super) fn to_raw(address: SocketAddr) -> (RawAddress, libc::socklen_t) {
    let mut raw = unset();
    match address {
        SocketAddr::V4(v4) => {
            let name = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: v4.port().to_be(),
                sin_addr: to_in_addr(*v4.ip()),
                sin_zero: [0; 8],
            };
            // SAFETY: sockaddr_in is smaller than sockaddr_in6 and both are plain data.
            unsafe { (&raw mut raw).cast::<libc::sockaddr_in>().write_unaligned(name) };
            (raw, size_of::<libc::sockaddr_in>() as libc::socklen_t)
        }
        SocketAddr::V6(v6) => {
            raw.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            raw.sin6_port = v6.port().to_be();
            raw.sin6_addr = to_in6_addr(*v6.ip());
            raw.sin6_scope_id = v6.scope_id();
            (raw, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
        }
    }
}

/// Reads an address that the kernel wrote; `None` for another family.
pub(super) fn from_raw(raw: &RawAddress) -> Option<SocketAddr> {
    match i32::from(raw.sin6_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the kernel wrote a sockaddr_in into this larger, plain struct.
            let name = unsafe { (raw as *const RawAddress).cast::<libc::sockaddr_in>().read_unaligned() };
            Some(SocketAddrV4::new(from_in_addr(name.sin_addr), u16::from_be(name.sin_port)).into())
        }
        libc::AF_INET6 => {
            let ip = Ipv6Addr::from(raw.sin6_addr.s6_addr);
            // The flow label says nothing of who sent the datagram: without it one peer stays one key of the address table.
            Some(SocketAddrV6::new(ip, u16::from_be(raw.sin6_port), 0, raw.sin6_scope_id).into())
        }
        _ => None,
    }
}

pub(super) fn to_in_addr(ip: Ipv4Addr) -> libc::in_addr {
    libc::in_addr { s_addr: u32::from(ip).to_be() }
}

pub(super) fn to_in6_addr(ip: Ipv6Addr) -> libc::in6_addr {
    libc::in6_addr { s6_addr: ip.octets() }
}

pub(super) fn from_in_addr(raw: libc::in_addr) -> Ipv4Addr {
    Ipv4Addr::from(u32::from_be(raw.s_addr))
}

/// Control messages of one datagram: room for a packet's local address and the overflow count, aligned as the kernel wants it.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Control(pub(super) [u8; CONTROL_ROOM]);

/// `CMSG_SPACE` of an `in6_pktinfo` (40) and of a `u32` (24).
pub(super) const CONTROL_ROOM: usize = 64;

impl Control {
    pub(super) const EMPTY: Control = Control([0; CONTROL_ROOM]);
}

/// What the control messages of a received datagram say.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    /// Our address that the datagram was sent to.
    pub(super) local: Option<IpAddr>,
    /// How many datagrams this socket has lost for want of room, since it was made.
    pub(super) overflow: Option<u32>,
}

/// Reads the control messages of a header that `recvmmsg` has just filled.
///
/// # Safety
/// `header.msg_control` must point to `msg_controllen` readable bytes that the kernel wrote.
pub(super) unsafe fn read_control(header: &libc::msghdr) -> Told {
    let mut told = Told::default();
    // SAFETY: the caller vouches for the buffer; the macros walk it within msg_controllen, and each payload's length was set
    // by the kernel for its kind.
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while let Some(head) = message.as_ref() {
            let data = libc::CMSG_DATA(message);
            match (head.cmsg_level, head.cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let info = data.cast::<libc::in_pktinfo>().read_unaligned();
                    // `ipi_addr` is where it was sent to; `ipi_spec_dst` is the address to answer from.
                    told.local = Some(from_in_addr(info.ipi_spec_dst).into());
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info = data.cast::<libc::in6_pktinfo>().read_unaligned();
                    told.local = Some(Ipv6Addr::from(info.ipi6_addr.s6_addr).into());
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => told.overflow = Some(data.cast::<u32>().read_unaligned()),
                _ => {}
            }
            message = libc::CMSG_NXTHDR(header, message);
        }
    }
    told
}

/// Writes "send from `source`" into `control`; returns the length to put into `msg_controllen`.
pub(super) fn write_source(control: &mut Control, source: IpAddr) -> usize {
    match source {
        IpAddr::V4(ip) => {
            let info = libc::in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: to_in_addr(ip), ipi_addr: to_in_addr(Ipv4Addr::UNSPECIFIED) };
            write_message(control, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
        }
        IpAddr::V6(ip) => {
            let info = libc::in6_pktinfo { ipi6_addr: to_in6_addr(ip), ipi6_ifindex: 0 };
            write_message(control, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info)
        }
    }
}

fn write_message<T: Copy>(control: &mut Control, level: libc::c_int, kind: libc::c_int, payload: T) -> usize {
    let size = size_of::<T>() as u32;
    // SAFETY: both macros only compute; a pktinfo of either family with its header fits CONTROL_ROOM (asserted in the tests).
    let (space, length) = unsafe { (libc::CMSG_SPACE(size) as usize, libc::CMSG_LEN(size) as usize) };
    debug_assert!(space <= CONTROL_ROOM);
    let head = control.0.as_mut_ptr().cast::<libc::cmsghdr>();
    // SAFETY: `head` is aligned (align 8), inside `control`, and `space` bytes from it lie inside `control` too.
    unsafe {
        (*head).cmsg_len = length as _;
        (*head).cmsg_level = level;
        (*head).cmsg_type = kind;
        libc::CMSG_DATA(head).cast::<T>().write_unaligned(payload);
    }
    space
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_way_there_and_back() {
        for text in ["192.0.2.1:1", "255.255.255.255:65535", "[2001:db8::5]:3480", "[fe80::1%3]:9", "[::]:0"] {
            let address: SocketAddr = text.parse().unwrap();
            let (raw, length) = to_raw(address);
            assert_eq!(from_raw(&raw), Some(address), "{text}");
            assert_eq!(length, if address.is_ipv4() { 16 } else { 28 });
        }
        assert_eq!(from_raw(&unset()), None);
    }

    #[test]
    fn a_source_of_either_family_and_the_overflow_count_fit_the_room() {
        // SAFETY: computes only.
        let room = |size: usize| unsafe { libc::CMSG_SPACE(size as u32) as usize };
        assert!(room(size_of::<libc::in6_pktinfo>()) + room(4) <= CONTROL_ROOM);
        assert!(room(size_of::<libc::in_pktinfo>()) + room(4) <= CONTROL_ROOM);
    }
}
