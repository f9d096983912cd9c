/* load: what scripts/bench-beside-rtpengine sends through each relay. Every stream sends an RTP packet of 12 + 120 bytes each 20 ms, protected with SRTP, all spread evenly;
 * what comes back is counted and timed by the header, and streams of a sample are decrypted and compared.
 *
 *   load CALLS PID STEPS [BIND]         CALLS: lines "portA portB suiteA outA inA suiteB outB inB" (keys in hex; suite "plain": no crypto)
 *                                       STEPS: "calls:seconds,…"; PID: the relay (its threads' time is read), 0: none
 * One JSON line a step. One socket, looked at each 250 µs and never waited for, as `callport bench relay` does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HDR = 12, PAY = 120, ROUND_NS = 250000, BATCH = 128, MAX_AT_ONCE = 512, SAMPLE = 32, WARM_MS = 1000, DRAIN_MS = 300, HIST = 400000 };
static const uint32_t SSRC0 = 0x10000000;

static void die(const char *what) { fprintf(stderr, "load: %s: %s\n", what, strerror(errno)); exit(1); }
static uint64_t now_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static uint64_t cpu_ns(void) { struct timespec t; clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }

/* ---- SRTP (RFC 3711, RFC 7714) ---- */
enum { PLAIN, GCM128, GCM256, CM80, CM32 };
struct srtp { int suite, tag; EVP_CIPHER_CTX *e; HMAC_CTX *h; uint8_t salt[14]; };

static int suite_of(const char *s) {
    if (!strcmp(s, "plain")) return PLAIN;
    if (!strcmp(s, "AEAD_AES_128_GCM")) return GCM128;
    if (!strcmp(s, "AEAD_AES_256_GCM")) return GCM256;
    if (!strcmp(s, "AES_CM_128_HMAC_SHA1_80")) return CM80;
    if (!strcmp(s, "AES_CM_128_HMAC_SHA1_32")) return CM32;
    fprintf(stderr, "suite %s?\n", s); exit(1);
}
static void kdf(const uint8_t *mk, int klen, const uint8_t salt14[14], int label, uint8_t *out, int n) {
    uint8_t iv[16] = {0}, zero[64] = {0}; int l;
    memcpy(iv, salt14, 14); iv[7] ^= label;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(c, klen == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(), NULL, mk, iv);
    EVP_EncryptUpdate(c, out, &l, zero, n); EVP_CIPHER_CTX_free(c);
}
static void srtp_init(struct srtp *s, int suite, const char *hex, int enc) {
    memset(s, 0, sizeof *s); s->suite = suite;
    if (suite == PLAIN) { s->tag = 16; return; }
    uint8_t m[64] = {0}, key[32], auth[20], salt14[14] = {0}; int n = strlen(hex) / 2;
    for (int i = 0; i < n; i++) { unsigned v; sscanf(hex + 2 * i, "%2x", &v); m[i] = v; }
    int klen = suite == GCM256 ? 32 : 16, slen = suite == GCM128 || suite == GCM256 ? 12 : 14;
    if (n != klen + slen) { fprintf(stderr, "key of %d bytes for suite %d\n", n, suite); exit(1); }
    memcpy(salt14, m + klen, slen);
    kdf(m, klen, salt14, 0, key, klen); kdf(m, klen, salt14, 1, auth, 20); kdf(m, klen, salt14, 2, s->salt, slen);
    s->e = EVP_CIPHER_CTX_new();
    if (slen == 12) {
        s->tag = 16;
        EVP_CipherInit_ex(s->e, klen == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL, key, NULL, enc);
    } else {
        s->tag = suite == CM80 ? 10 : 4;
        EVP_CipherInit_ex(s->e, EVP_aes_128_ctr(), NULL, key, NULL, 1);
        s->h = HMAC_CTX_new(); HMAC_Init_ex(s->h, auth, 20, EVP_sha1(), NULL);
    }
}
static void iv_of(struct srtp *s, const uint8_t *p, uint32_t roc, uint8_t iv[16]) {
    memset(iv, 0, 16);
    if (s->h) { /* salt << 16 ^ ssrc << 64 ^ index << 16 */
        memcpy(iv, s->salt, 14);
        for (int i = 0; i < 4; i++) { iv[4 + i] ^= p[8 + i]; iv[8 + i] ^= roc >> (24 - 8 * i); }
        iv[12] ^= p[2]; iv[13] ^= p[3];
    } else {
        memcpy(iv, s->salt, 12);
        for (int i = 0; i < 4; i++) { iv[2 + i] ^= p[8 + i]; iv[6 + i] ^= roc >> (24 - 8 * i); }
        iv[10] ^= p[2]; iv[11] ^= p[3];
    }
}
static void mac(struct srtp *s, const uint8_t *p, int len, uint32_t roc, uint8_t out[20]) {
    uint8_t r[4] = {roc >> 24, roc >> 16, roc >> 8, roc}; unsigned n;
    HMAC_Init_ex(s->h, NULL, 0, NULL, NULL); HMAC_Update(s->h, p, len); HMAC_Update(s->h, r, 4); HMAC_Final(s->h, out, &n);
}
static int protect(struct srtp *s, uint8_t *p, int len, uint32_t roc) {
    uint8_t iv[16], m[20]; int l;
    if (s->suite == PLAIN) { memset(p + len, 0, 16); return len + 16; }
    iv_of(s, p, roc, iv); EVP_CipherInit_ex(s->e, NULL, NULL, NULL, iv, -1);
    if (!s->h) {
        EVP_EncryptUpdate(s->e, NULL, &l, p, HDR); EVP_EncryptUpdate(s->e, p + HDR, &l, p + HDR, len - HDR);
        EVP_EncryptFinal_ex(s->e, p + len, &l); EVP_CIPHER_CTX_ctrl(s->e, EVP_CTRL_AEAD_GET_TAG, 16, p + len);
    } else { EVP_EncryptUpdate(s->e, p + HDR, &l, p + HDR, len - HDR); mac(s, p, len, roc, m); memcpy(p + len, m, s->tag); }
    return len + s->tag;
}
static int unprotect(struct srtp *s, uint8_t *p, int len, uint32_t roc) { /* length of plain packet, or -1 */
    uint8_t iv[16], m[20]; int l, n = len - s->tag;
    if (s->suite == PLAIN) return n;
    if (n < HDR) return -1;
    iv_of(s, p, roc, iv); EVP_CipherInit_ex(s->e, NULL, NULL, NULL, iv, -1);
    if (s->h) { mac(s, p, n, roc, m); if (memcmp(m, p + n, s->tag)) return -1; EVP_EncryptUpdate(s->e, p + HDR, &l, p + HDR, n - HDR); return n; }
    EVP_DecryptUpdate(s->e, NULL, &l, p, HDR); EVP_DecryptUpdate(s->e, p + HDR, &l, p + HDR, n - HDR);
    EVP_CIPHER_CTX_ctrl(s->e, EVP_CTRL_AEAD_SET_TAG, 16, p + n);
    return EVP_DecryptFinal_ex(s->e, p + n, &l) > 0 ? n : -1;
}

/* ---- streams: 2c is A→B of call c, 2c+1 is B→A ---- */
struct stream { uint16_t to, from; uint32_t index; struct srtp out, in; };
static struct stream *st; static int streams;
static int fd, tfd = -1; static uint64_t t0; /* tfd: clients of a TURN server, each with an address of its own; packets are ChannelData */
static uint64_t sent, unsent, win_from, win_to, got_win, ok, bad, wrong_port, other, drops0, drops; static uint32_t *hist; static int recording;

static uint8_t obuf[BATCH][256]; static struct sockaddr_in oto[BATCH]; static struct iovec oiov[BATCH]; static struct mmsghdr omsg[BATCH]; static int on;
static uint8_t ibuf[BATCH][2048]; static struct sockaddr_in ifrom[BATCH]; static struct iovec iiov[BATCH]; static struct mmsghdr imsg[BATCH]; static char ictl[BATCH][64];

static uint8_t tbuf[BATCH][256]; static struct sockaddr_in tto[BATCH]; static struct iovec tiov[BATCH]; static struct mmsghdr tmsg[BATCH]; static int tn;
static union { struct cmsghdr h; char b[CMSG_SPACE(sizeof(struct in_pktinfo))]; } tctl[BATCH];

static uint64_t due_sent; /* sent inside the window */
static void flush_out(void) {
    int done = 0;
    while (done < on) { int n = sendmmsg(fd, omsg + done, on - done, 0); if (n <= 0) { unsent += on - done; break; } done += n; }
    on = 0;
    for (done = 0; done < tn;) { int n = sendmmsg(tfd, tmsg + done, tn - done, 0); if (n <= 0) { unsent += tn - done; break; } done += n; }
    tn = 0;
}
static void fill(uint8_t *p, uint32_t ts, uint32_t i) { memset(p + HDR, 0x5a, PAY); memcpy(p + HDR, &ts, 4); memcpy(p + HDR + 4, &i, 4); }
static void say(int i) {
    struct stream *s = &st[i]; int turn = tfd >= 0 && !(i & 1); uint8_t *p = turn ? tbuf[tn] + 4 : obuf[on];
    uint32_t ts = (now_ns() - t0) / 1000, ssrc = SSRC0 + i, ix = s->index++;
    p[0] = 0x80; p[1] = 8; p[2] = ix >> 8; p[3] = ix;
    for (int k = 0; k < 4; k++) { p[4 + k] = ts >> (24 - 8 * k); p[8 + k] = ssrc >> (24 - 8 * k); }
    fill(p, ts, i);
    int len = protect(&s->out, p, HDR + PAY, ix >> 16);
    if (turn) {
        memcpy(tbuf[tn], (uint8_t[4]){0x40, 0, len >> 8, len}, 4); tiov[tn].iov_len = len + 4; tto[tn].sin_port = htons(s->to);
        ((struct in_pktinfo *)CMSG_DATA(&tctl[tn].h))->ipi_spec_dst.s_addr = htonl(0x7f010000 + i / 2);
    } else { oiov[on].iov_len = len; oto[on].sin_port = htons(s->to); }
    if (recording) due_sent += ts >= win_from && ts < win_to;
    sent++;
    if (turn ? ++tn == BATCH : ++on == BATCH) flush_out();
}
static uint32_t est_roc(struct stream *s, uint16_t seq) { uint32_t roc = s->index >> 16; return seq > (uint16_t)(s->index + 1000) ? roc - 1 : roc; }
static void hear_on(int sock, int skip) {
    for (;;) {
        for (int i = 0; i < BATCH; i++) { imsg[i].msg_hdr.msg_controllen = sizeof ictl[i]; imsg[i].msg_hdr.msg_namelen = sizeof ifrom[i]; }
        int n = recvmmsg(sock, imsg, BATCH, MSG_DONTWAIT, NULL);
        if (n <= 0) return;
        uint32_t now = (now_ns() - t0) / 1000;
        for (int k = 0; k < n; k++) {
            uint8_t *p = ibuf[k] + skip; int len = imsg[k].msg_len - skip;
            for (struct cmsghdr *c = CMSG_FIRSTHDR(&imsg[k].msg_hdr); c; c = CMSG_NXTHDR(&imsg[k].msg_hdr, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) { uint32_t v; memcpy(&v, CMSG_DATA(c), 4); drops = v; }
            uint32_t ts = 0, ssrc = 0;
            if (len < HDR + PAY || p[0] != 0x80) { other++; continue; }
            for (int b = 0; b < 4; b++) { ts = ts << 8 | p[4 + b]; ssrc = ssrc << 8 | p[8 + b]; }
            uint32_t i = ssrc - SSRC0;
            if (i >= (uint32_t)streams) { other++; continue; }
            struct stream *s = &st[i];
            if (ntohs(ifrom[k].sin_port) != s->from) { wrong_port++; continue; }
            if (i / 2 % SAMPLE == 0) {
                uint8_t want[HDR + PAY]; fill(want, ts, i);
                int m = unprotect(&s->in, p, len, est_roc(s, p[2] << 8 | p[3]));
                if (m == HDR + PAY && !memcmp(p + HDR, want + HDR, PAY)) ok++; else { bad++; continue; }
            }
            if (ts >= win_from && ts < win_to) { got_win++; uint32_t d = now - ts; hist[d < HIST ? d : HIST - 1]++; }
        }
        if (n < BATCH) return;
    }
}
static void hear(void) { hear_on(fd, 0); if (tfd >= 0) hear_on(tfd, 4); }

/* ---- the relay's processor time ---- */
struct used { uint64_t run, wait, ticks, busiest, bwait, rss; char name[32]; };
static struct used threads_before[512]; static int tids_before[512], nbefore;
static struct used look(int pid, int before) {
    struct used sum = {0}; if (!pid) return sum;
    char path[300]; snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *d = opendir(path); if (!d) die("relay gone");
    if (before) nbefore = 0;
    for (struct dirent *e; (e = readdir(d));) {
        int tid = atoi(e->d_name); if (!tid) continue;
        struct used u = {0}; unsigned long ut = 0, stt = 0; FILE *f;
        snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", pid, tid); if (!(f = fopen(path, "r"))) continue;
        if (fscanf(f, "%lu %lu", &u.run, &u.wait) != 2) { u.run = 0; } fclose(f);
        snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid); if (!(f = fopen(path, "r"))) continue;
        char line[1024], *q = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL; fclose(f);
        if (q) sscanf(q + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &ut, &stt);
        u.ticks = ut + stt;
        snprintf(path, sizeof path, "/proc/%d/task/%d/comm", pid, tid); if ((f = fopen(path, "r"))) { if (fscanf(f, "%31[^\n]", u.name) != 1) u.name[0] = 0; fclose(f); }
        if (before && nbefore < 512) { tids_before[nbefore] = tid; threads_before[nbefore++] = u; }
        if (!before) for (int i = 0; i < nbefore; i++) if (tids_before[i] == tid) {
            uint64_t r = u.run - threads_before[i].run, w = u.wait - threads_before[i].wait;
            if (r >= sum.busiest) { sum.busiest = r; sum.bwait = w; memcpy(sum.name, u.name, 32); }
        }
        sum.run += u.run; sum.wait += u.wait; sum.ticks += u.ticks;
    }
    closedir(d);
    snprintf(path, sizeof path, "/proc/%d/statm", pid); FILE *f = fopen(path, "r"); if (f) { if (fscanf(f, "%*u %lu", &sum.rss) != 1) sum.rss = 0; fclose(f); sum.rss *= 4; }
    return sum;
}
static double quantile(double q) { uint64_t n = 0, all = 0; for (int i = 0; i < HIST; i++) all += hist[i]; for (int i = 0; i < HIST; i++) if ((n += hist[i]) >= q * all && n) return i / 1000.0; return 0; }

static void drive(int n, double from_s, double seconds, uint64_t base, uint64_t *taken, uint64_t *late) {
    uint64_t until = base + (from_s + seconds) * 1e9;
    for (;;) {
        uint64_t r = now_ns(); if (r >= until) break;
        uint64_t due = (double)(r - base) / 20e6 * n, behind = due - *taken;
        if (behind > *late) *late = behind;
        for (uint64_t k = 0; k < behind && k < MAX_AT_ONCE; k++) { say(*taken % n); ++*taken; }
        flush_out(); hear();
        uint64_t el = now_ns() - r;
        if (el < ROUND_NS && behind < MAX_AT_ONCE) { struct timespec w = {0, ROUND_NS - el}; nanosleep(&w, NULL); }
    }
}
static int step(int calls, double seconds, int pid) {
    int n = calls * 2; uint64_t taken = 0, late = 0, base = now_ns();
    memset(hist, 0, HIST * 4); got_win = due_sent = 0; recording = 1;
    uint64_t unsent0 = unsent, ok0 = ok, bad0 = bad, wrong0 = wrong_port;
    win_from = win_to = UINT64_MAX;
    drive(n, 0, WARM_MS / 1e3, base, &taken, &late);
    drops0 = drops; late = 0;
    win_from = (now_ns() - t0) / 1000; win_to = win_from + seconds * 1e6;
    struct used a = look(pid, 1); uint64_t c0 = cpu_ns(), w0 = now_ns();
    drive(n, WARM_MS / 1e3, seconds + 0.002, base, &taken, &late);
    uint64_t got_by_end = got_win; double wall = (now_ns() - w0) / 1e9;
    struct used b = look(pid, 0); uint64_t c1 = cpu_ns();
    recording = 0;
    uint64_t until = now_ns() + DRAIN_MS * 1000000ull;
    while (now_ns() < until) { hear(); struct timespec w = {0, ROUND_NS}; nanosleep(&w, NULL); }
    double per = got_by_end ? (b.run - a.run) / 1e3 / got_by_end : 0, perb = got_by_end ? b.busiest / 1e3 / got_by_end : 0;
    printf("{\"calls\": %d, \"sent\": %lu, \"received\": %lu, \"loss\": %.5f, \"cpu_us_per_packet\": %.3f, \"busiest_thread_us\": %.3f, \"by_ticks_us\": %.3f, "
           "\"core_share\": %.3f, \"kept_waiting\": %.3f, \"thread\": \"%s\", \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.1f, \"load_core\": %.3f, \"load_drops\": %lu, "
           "\"load_late_ms\": %.2f, \"unsent\": %lu, \"decrypted_ok\": %lu, \"bad\": %lu, \"wrong_leg\": %lu, \"rss_kib\": %lu}\n",
           calls, due_sent, got_win, due_sent ? 1 - (double)got_win / due_sent : 0, per, perb, got_by_end ? (b.ticks - a.ticks) * 1e4 / got_by_end : 0,
           b.busiest / 1e9 / wall, b.bwait / 1e9 / wall, b.name, quantile(.5), quantile(.99), quantile(1), (c1 - c0) / 1e9 / wall, drops - drops0,
           late * 20.0 / n, unsent - unsent0, ok - ok0, bad - bad0, wrong_port - wrong0, b.rss);
    fflush(stdout);
    return due_sent && got_win < due_sent * 0.95;
}
int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "load CALLS PID STEPS\n"); return 2; }
    FILE *f = fopen(argv[1], "r"); if (!f) die(argv[1]);
    st = calloc(40000, sizeof *st); hist = calloc(HIST, 4);
    unsigned pa, pb; char sa[40], sb[40], oa[160], ia[160], ob[160], ib[160];
    while (fscanf(f, "%u %u %39s %159s %159s %39s %159s %159s", &pa, &pb, sa, oa, ia, sb, ob, ib) == 8) {
        struct stream *x = &st[streams++], *y = &st[streams++];
        x->to = pa; x->from = pb; srtp_init(&x->out, suite_of(sa), oa, 1); srtp_init(&x->in, suite_of(sb), ib, 0);
        y->to = pb; y->from = pa; srtp_init(&y->out, suite_of(sb), ob, 1); srtp_init(&y->in, suite_of(sa), ia, 0);
    }
    fclose(f);
    fd = socket(AF_INET, SOCK_DGRAM, 0); int v = 4 << 20, one = 1, probe = IP_PMTUDISC_PROBE;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &v, sizeof v); setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &v, sizeof v);
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one); setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(40000)}; inet_pton(AF_INET, argc > 4 ? argv[4] : "127.0.0.2", &me.sin_addr);
    if (bind(fd, (void *)&me, sizeof me)) die("bind");
    for (int i = 0; i < BATCH; i++) {
        oto[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        oiov[i] = (struct iovec){obuf[i], 0}; omsg[i].msg_hdr = (struct msghdr){.msg_name = &oto[i], .msg_namelen = sizeof oto[i], .msg_iov = &oiov[i], .msg_iovlen = 1};
        iiov[i] = (struct iovec){ibuf[i], sizeof ibuf[i]};
        imsg[i].msg_hdr = (struct msghdr){.msg_name = &ifrom[i], .msg_namelen = sizeof ifrom[i], .msg_iov = &iiov[i], .msg_iovlen = 1, .msg_control = ictl[i], .msg_controllen = sizeof ictl[i]};
    }
    if (getenv("TURN")) {
        tfd = socket(AF_INET, SOCK_DGRAM, 0); setsockopt(tfd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
        setsockopt(tfd, SOL_SOCKET, SO_RCVBUF, &v, sizeof v); setsockopt(tfd, SOL_SOCKET, SO_SNDBUF, &v, sizeof v); setsockopt(tfd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(40001)}; if (bind(tfd, (void *)&any, sizeof any)) die("bind");
        for (int i = 0; i < BATCH; i++) {
            tto[i] = oto[i]; tiov[i].iov_base = tbuf[i];
            tctl[i].h = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
            tmsg[i].msg_hdr = (struct msghdr){.msg_name = &tto[i], .msg_namelen = sizeof tto[i], .msg_iov = &tiov[i], .msg_iovlen = 1, .msg_control = &tctl[i], .msg_controllen = sizeof tctl[i]};
        }
    }
    t0 = now_ns();
    for (char *s = strtok(argv[3], ","); s; s = strtok(NULL, ",")) {
        int calls = atoi(s); double sec = strchr(s, ':') ? atof(strchr(s, ':') + 1) : 4;
        if (calls * 2 > streams) { fprintf(stderr, "only %d calls\n", streams / 2); continue; }
        if (step(calls, sec, atoi(argv[2]))) { fprintf(stderr, "load: overloaded, leaving\n"); break; }
    }
}
