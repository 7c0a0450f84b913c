/* Verbs that are another matter where the Winsock is a library of this system. */
#include "../interpret.h"

#include <fcntl.h>
#include <unistd.h>

/* A number that is no socket's, though the system knows it: only where sockets are descriptors, too. */
void wsx_verb_handle(wsx_thread *t, const wsx_step *s) {
    int both[2], fd = -1;
    if (!wsx_sockets_are_fds() || !(wsx_has_word(s, "file") || wsx_has_word(s, "pipe"))) {
        wsx_see_unsupported(t, "there are no such handles here");
        return;
    }
    if (wsx_has_word(s, "file")) {
        fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    } else if (!pipe(both)) {
        close(both[0]);
        fd = both[1];
    }
    if (fd < 0) {
        wsx_see_unsupported(t, "no descriptor can be had");
        return;
    }
    s->results[0]->kind = WSX_HANDLE;
    s->results[0]->handle = (HANDLE)(uintptr_t)fd;
    s->results[0]->open = true;
}

#define NONE(verb, why)                                                                                                \
    void wsx_verb_##verb(wsx_thread *t, const wsx_step *s) {                                                           \
        (void)s;                                                                                                       \
        wsx_see_unsupported(t, #verb ": " why);                                                                        \
    }
NONE(ConnectEx, "the executor does not look for it on this system")
NONE(DuplicateHandle, "this system has no handles to copy")
NONE(WSADuplicateSocket, "the executor does not call it on this system")
NONE(QueueUserAPC, "this system has no APCs")
NONE(WSASetBlockingHook, "the executor does not call it on this system")
NONE(WSAUnhookBlockingHook, "the executor does not call it on this system")
NONE(WSACancelBlockingCall, "the executor does not call it on this system")
