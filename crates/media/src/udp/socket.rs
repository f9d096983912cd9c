//! Making sockets.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use socket2::{Domain, Protocol, Socket, Type};

/// How a socket is made.
#[derive(Clone, Copy, Debug)]
pub struct SocketOptions {
    /// Asked for in both directions, in bytes; the kernel caps it (`net.core.rmem_max`, `wmem_max`).
    pub buffer_bytes: usize,
}

impl Default for SocketOptions {
    /// 4 MiB: a fifth of a second of 2,000 calls, should a thread be held up.
    fn default() -> Self {
        Self { buffer_bytes: 4 << 20 }
    }
}

/// Binds a non-blocking socket; port 0 lets the kernel choose. An IPv6 socket carries IPv6 only. The kernel's drops are
/// told with each datagram, and on the wildcard address so is the local address of each.
pub fn bind(address: SocketAddr, options: SocketOptions) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_recv_buffer_size(options.buffer_bytes)?;
    socket.set_send_buffer_size(options.buffer_bytes)?;
    socket.set_nonblocking(true)?;
    switch_on(&socket, libc::SOL_SOCKET, libc::SO_RXQ_OVFL)?;
    if address.is_ipv4() {
        // Never fragmented, whatever path MTU somebody claims: nothing of ours is longer than any path of the internet lets through. And a
        // datagram that is never fragmented needs no identification, whose choice costs the kernel a twentieth of a packet.
        set(&socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE)?;
    }
    if address.ip().is_unspecified() {
        match address.ip() {
            IpAddr::V4(_) => switch_on(&socket, libc::IPPROTO_IP, libc::IP_PKTINFO)?,
            IpAddr::V6(_) => switch_on(&socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)?,
        }
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn switch_on(socket: &Socket, level: libc::c_int, option: libc::c_int) -> io::Result<()> {
    set(socket, level, option, 1)
}

fn set(socket: &Socket, level: libc::c_int, option: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: the descriptor is open, and the pointer and length describe `value`, which outlives the call.
    let result = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const value).cast(), size_of::<libc::c_int>() as libc::socklen_t)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
