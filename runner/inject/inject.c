/*
 * wsconform-inject: a library for LD_PRELOAD that lets the next sends with data on Internet sockets fail with an error
 * that the driver chooses. So an implementation that stands on libc (a Wine) meets transport failures that no test can
 * bring about for real, and shows how it passes them on.
 *
 * The driver gives its orders through a file of 16 bytes, named by $WSCONFORM_INJECT, that every process maps:
 *
 *   magic   WSX_MAGIC
 *   order   errno in the upper 16 bits, how many sends are still to fail with it in the lower ones; 0: none
 *   made    sends that failed so, ever
 *   loaded  processes that have this library, ever
 *
 * Every failure uses up a part of the order, so that who tries again for ever (EINTR, EAGAIN) succeeds in the end.
 * Without the file, or with another one, everything passes. What passes goes to the kernel directly, and only functions
 * that every glibc has are used: the programs of a Wine may run with an older one than this is built with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define WSX_MAGIC 0x57534A31u

typedef struct orders {
    uint32_t magic;
    _Atomic uint32_t order, made, loaded;
} orders;

_Static_assert(sizeof(orders) == 16, "the driver writes it as four words of 32 bits");

static orders *theirs; /* NULL: nothing is to fail */

__attribute__((constructor)) static void find_orders(void) {
    const char *path = getenv("WSCONFORM_INJECT");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    if (lseek(file, 0, SEEK_END) == sizeof(orders)) {
        void *mapped = mmap(NULL, sizeof(orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (mapped != MAP_FAILED && ((orders *)mapped)->magic == WSX_MAGIC) {
            theirs = mapped;
            atomic_fetch_add(&theirs->loaded, 1);
        }
    }
    close(file);
}

static bool is_internet(int fd) {
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) && (domain == AF_INET || domain == AF_INET6);
}

/* Whether this send is to fail; errno is then set. Whoever is not meant finds errno as it was. */
static bool fails(int fd, size_t bytes) {
    if (!theirs || !bytes || !atomic_load(&theirs->order))
        return false;
    int before = errno;
    bool ours = is_internet(fd);
    errno = before;
    uint32_t order = atomic_load(&theirs->order);
    while (ours && (order & 0xFFFF))
        if (atomic_compare_exchange_weak(&theirs->order, &order, (order & 0xFFFF) == 1 ? 0 : order - 1)) {
            atomic_fetch_add(&theirs->made, 1);
            errno = (int)(order >> 16);
            return true;
        }
    return false;
}

static size_t total(const struct iovec *parts, size_t n) {
    size_t bytes = 0;
    for (size_t i = 0; theirs && i < n && !bytes; i++)
        bytes += parts[i].iov_len; /* more than none is all that matters */
    return bytes;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    if (message && fails(fd, total(message->msg_iov, message->msg_iovlen)))
        return -1;
    return syscall(SYS_sendmsg, fd, message, flags);
}

/* What programs of 32 bits that count seconds in 64 call in place of sendmsg. */
ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags);
ssize_t __sendmsg64(int fd, const struct msghdr *message, int flags) {
    return sendmsg(fd, message, flags);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t to_size) {
    if (fails(fd, size))
        return -1;
    return syscall(SYS_sendto, fd, data, size, flags, to, to_size);
}

ssize_t send(int fd, const void *data, size_t size, int flags) {
    return sendto(fd, data, size, flags, NULL, 0);
}

ssize_t writev(int fd, const struct iovec *parts, int n) {
    if (n > 0 && fails(fd, total(parts, (size_t)n)))
        return -1;
    return syscall(SYS_writev, fd, parts, n);
}
