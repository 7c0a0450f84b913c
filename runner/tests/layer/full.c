/* See full.h. FULL_... plants a fault. */
#include <full.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>

static _Thread_local int last_error;

int WSAGetLastError(void) {
    return last_error;
}

void WSASetLastError(int code) {
    last_error = code;
}

/* --- events ---------------------------------------------------------------------------------------------- */

struct full_event {
    int set;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

WSAEVENT WSACreateEvent(void) {
    return calloc(1, sizeof(struct full_event));
}

static BOOL become(WSAEVENT event, int set) {
    pthread_mutex_lock(&lock);
    event->set = set;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
    return 1;
}

BOOL WSASetEvent(WSAEVENT event) {
    return become(event, 1);
}

BOOL WSAResetEvent(WSAEVENT event) {
    return become(event, 0);
}

BOOL WSACloseEvent(WSAEVENT event) {
    free(event);
    return 1;
}

/* --- routines that wait for their thread ------------------------------------------------------------------ */

typedef struct waiting {
    struct waiting *next;
    full_routine routine;
    WSAOVERLAPPED *overlapped;
} waiting;

static _Thread_local waiting *first, **last;

static void queue(full_routine routine, WSAOVERLAPPED *overlapped) {
    waiting *one = calloc(1, sizeof *one);
    if (!one)
        abort();
    one->routine = routine;
    one->overlapped = overlapped;
    *(first ? last : &first) = one;
    last = &one->next;
}

static int run_queue(void) {
    int ran = 0;
    while (first) {
        waiting *one = first;
        first = one->next;
        one->routine(0, one->overlapped->transferred, one->overlapped, 0);
#ifdef FULL_ROUTINE_TWICE
        one->routine(0, one->overlapped->transferred, one->overlapped, 0);
#endif
        free(one);
        ran = 1;
    }
    return ran;
}

static DWORD signalled(DWORD n, const WSAEVENT *events, BOOL all) {
    DWORD set = 0, which = n;
    for (DWORD i = n; i-- > 0;)
        if (events[i]->set) {
            set++;
            which = i;
        }
    return all ? (set == n ? 0 : n) : which;
}

static DWORD wait_for(DWORD n, const WSAEVENT *events, BOOL all, DWORD ms, BOOL alertable) {
    struct timespec end;
    DWORD found = n;
    int late = 0;
    if (alertable && run_queue())
        return WSA_WAIT_IO_COMPLETION;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += (time_t)(ms / 1000);
    end.tv_nsec += (long)(ms % 1000) * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    while ((!n || (found = signalled(n, events, all)) == n) && !late)
        late = ms == INFINITE ? pthread_cond_wait(&change, &lock) : pthread_cond_timedwait(&change, &lock, &end);
    pthread_mutex_unlock(&lock);
    return found < n ? WSA_WAIT_EVENT_0 + found : WSA_WAIT_TIMEOUT;
}

DWORD WSAWaitForMultipleEvents(DWORD n, const WSAEVENT *events, BOOL all, DWORD ms, BOOL alertable) {
    return wait_for(n, events, all, ms, alertable);
}

DWORD SleepEx(DWORD ms, BOOL alertable) {
    DWORD how = wait_for(0, NULL, 0, ms, alertable);
    return how == WSA_WAIT_TIMEOUT ? 0 : how;
}

/* --- sockets --------------------------------------------------------------------------------------------- */

SOCKET WSASocketW(int family, int type, int protocol, void *info, unsigned group, DWORD flags) {
    (void)info;
    (void)group;
    (void)flags;
    return socket(family, type, protocol);
}

static int failed(int error) {
    last_error = error == EPIPE                               ? WSAESHUTDOWN
                 : error == EAGAIN                            ? WSAEWOULDBLOCK
                 : error == ENOTSOCK || error == EBADF        ? WSAENOTSOCK
                 : error == ENOTCONN || error == EDESTADDRREQ ? WSAENOTCONN
                 : error == EFAULT                            ? WSAEFAULT
                                                              : error;
    return SOCKET_ERROR;
}

int WSASend(SOCKET s, WSABUF *buffers, DWORD n, DWORD *sent, DWORD flags, WSAOVERLAPPED *overlapped,
            full_routine routine) {
    struct iovec *parts = n <= 4096 ? calloc(n + 1, sizeof *parts) : NULL;
    if (!parts || (!sent && !overlapped) || !buffers) {
        free(parts);
        return failed(EFAULT);
    }
    for (DWORD i = 0; i < n; i++)
        parts[i] = (struct iovec){buffers[i].buf, buffers[i].len};
    ssize_t done = sendmsg(s, &(struct msghdr){.msg_iov = parts, .msg_iovlen = n}, (int)flags | MSG_NOSIGNAL);
    int error = errno;
    free(parts);
    if (done < 0)
        return failed(error);
    if (sent)
        *sent = (DWORD)done;
    if (overlapped) {
        overlapped->transferred = (DWORD)done;
        overlapped->done = 1;
        if (routine)
            queue(routine, overlapped);
#ifndef FULL_EVENT_FORGOTTEN
        else if (overlapped->hEvent)
            become(overlapped->hEvent, 1);
#endif
    }
    return 0;
}

BOOL WSAGetOverlappedResult(SOCKET s, WSAOVERLAPPED *overlapped, DWORD *transferred, BOOL wait, DWORD *flags) {
    (void)s;
    (void)wait;
    if (!overlapped->done) {
        last_error = WSA_IO_INCOMPLETE;
        return 0;
    }
    *transferred = overlapped->transferred;
    *flags = 0;
    return 1;
}
