/* echo: what the kernel costs. echo batch | echo sockets N
 * batch:   one socket 127.0.0.1:20000, recvmmsg + sendmmsg in rounds of 1 ms (as Callport's media thread, but for its shorter rounds).
 * sockets: N sockets from 127.0.0.1:20000 on, epoll (edge), recvmsg + sendmsg from the neighbour's socket (as rtpengine's worker). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
static uint64_t now_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static int udp(int port, int big) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), v = 4 << 20, probe = IP_PMTUDISC_PROBE;
    if (big) { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &v, sizeof v); setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &v, sizeof v); setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe); }
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (void *)&a, sizeof a)) { perror("bind"); exit(1); }
    return fd;
}
enum { B = 64, ROUND_NS = 1000000 };
int main(int argc, char **argv) {
    static char buf[B][2048]; static struct sockaddr_in from[B]; static struct iovec iov[B]; static struct mmsghdr m[B];
    if (argc > 1 && !strcmp(argv[1], "batch")) {
        int fd = udp(20000, 1); prctl(PR_SET_TIMERSLACK, 1);
        for (;;) {
            uint64_t t = now_ns();
            for (;;) {
                for (int i = 0; i < B; i++) { iov[i] = (struct iovec){buf[i], 2048}; m[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &iov[i], .msg_iovlen = 1}; }
                int n = recvmmsg(fd, m, B, MSG_DONTWAIT, NULL); if (n <= 0) break;
                for (int i = 0; i < n; i++) iov[i].iov_len = m[i].msg_len;
                for (int d = 0; d < n;) { int k = sendmmsg(fd, m + d, n - d, 0); if (k <= 0) break; d += k; }
                if (n < B) break;
            }
            uint64_t el = now_ns() - t; if (el < ROUND_NS) { struct timespec w = {0, ROUND_NS - el}; nanosleep(&w, NULL); }
        }
    }
    int n = argc > 2 ? atoi(argv[2]) : 200, *fds = calloc(n, sizeof *fds), ep = epoll_create1(0); struct epoll_event ev[B];
    for (int i = 0; i < n; i++) { fds[i] = udp(20000 + i, 0); ev[0] = (struct epoll_event){EPOLLIN | EPOLLET, {.u32 = i}}; epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &ev[0]); }
    for (;;) {
        int k = epoll_wait(ep, ev, B, -1);
        for (int j = 0; j < k; j++) for (int i = ev[j].data.u32;;) {
            struct sockaddr_in a; struct iovec v = {buf[0], 2048}; struct msghdr h = {.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1};
            ssize_t len = recvmsg(fds[i], &h, 0); if (len < 0) break;
            v.iov_len = len; sendmsg(fds[i ^ 1], &h, 0);
        }
    }
}
