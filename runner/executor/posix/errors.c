#include "bridge.h"

#include <errno.h>
#include <string.h>

int wsx_errno_named(const char *name) {
    static const struct {
        const char *name;
        int value;
    } known[] = {
#define SAME(code) {"WSA" #code, code},
        SAME(EINTR) SAME(EBADF) SAME(EACCES) SAME(EFAULT) SAME(EINVAL) SAME(EMFILE) SAME(EWOULDBLOCK) SAME(EINPROGRESS)
            SAME(EALREADY) SAME(ENOTSOCK) SAME(EDESTADDRREQ) SAME(EMSGSIZE) SAME(EPROTOTYPE) SAME(ENOPROTOOPT)
                SAME(EPROTONOSUPPORT) SAME(ESOCKTNOSUPPORT) SAME(EOPNOTSUPP) SAME(EPFNOSUPPORT) SAME(EAFNOSUPPORT)
                    SAME(EADDRINUSE) SAME(EADDRNOTAVAIL) SAME(ENETDOWN) SAME(ENETUNREACH) SAME(ENETRESET)
                        SAME(ECONNABORTED) SAME(ECONNRESET) SAME(ENOBUFS) SAME(EISCONN) SAME(ENOTCONN) SAME(ESHUTDOWN)
                            SAME(ETOOMANYREFS) SAME(ETIMEDOUT) SAME(ECONNREFUSED) SAME(ELOOP) SAME(ENAMETOOLONG)
                                SAME(EHOSTDOWN) SAME(EHOSTUNREACH) SAME(ENOTEMPTY) SAME(EUSERS) SAME(EDQUOT)
                                    SAME(ESTALE) SAME(EREMOTE)
#undef SAME
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name))
            return known[i].value;
    return 0;
}
