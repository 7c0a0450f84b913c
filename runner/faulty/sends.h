/* sends.h - the faults of WSASend, and the odd ways of it: a part of faulty.c. Names and meanings: faults.def. */

#define ORDERLY(c)                                                                                                     \
    if (!(c)->orderly)                                                                                                 \
    return pass(c)

/* --- what comes back ---------------------------------------------------------------------------------------------- */

static int amount_one_less(const call *c) {
    int result = pass(c);
    if (!result && c->sent && *c->sent)
        --*c->sent;
    return result;
}

static int amount_one_more(const call *c) {
    int result = pass(c);
    if (!result && c->sent)
        ++*c->sent;
    return result;
}

static int amount_zero(const call *c) {
    int result = pass(c);
    if (!result && c->sent)
        *c->sent = 0;
    return result;
}

static int amount_not_written(const call *c) {
    ORDERLY(c);
    DWORD sent = 0;
    return ws.send(c->s, c->buffers, c->count, c->sent ? &sent : NULL, c->flags, c->overlapped, c->routine);
}

static int amount_first_buffer(const call *c) {
    int result = pass(c);
    if (!result && c->sent && c->count)
        *c->sent = c->buffers[0].len;
    return result;
}

static int amount_not_written_overlapped(const call *c) {
    return c->overlapped ? amount_not_written(c) : pass(c);
}

static int amount_when_pending(const call *c) {
    int result = pass(c);
    if (pending(result) && c->sent)
        *c->sent = 0;
    return result;
}

static int amount_total_when_pending(const call *c) {
    int result = pass(c);
    if (pending(result) && c->sent && c->orderly)
        *c->sent = (DWORD)c->total;
    return result;
}

static int amount_wide(const call *c) {
    int result = pass(c);
    if (!result && c->sent) {
        uint64_t wide = *c->sent;
        if (!IsBadWritePtr(c->sent, sizeof wide))
            memcpy(c->sent, &wide, sizeof wide);
    }
    return result;
}

static int returns_amount(const call *c) {
    int result = pass(c);
    return !result && c->sent && is_plain(c) ? (int)*c->sent : result;
}

static int returns_error_code(const call *c) {
    int result = pass(c);
    return result == SOCKET_ERROR ? ws.last() : result;
}

static int returns_one(const call *c) {
    int result = pass(c);
    return result ? result : 1;
}

static int last_error_cleared(const call *c) {
    int result = pass(c);
    ws.fail(0);
    return result;
}

static int pending_as_success(const call *c) {
    int result = pass(c);
    if (!pending(result))
        return result;
    if (c->sent)
        *c->sent = (DWORD)c->total;
    return 0;
}

static int pending_as_wouldblock(const call *c) {
    return instead(c, WSA_IO_PENDING, WSAEWOULDBLOCK);
}

static int pending_for_plain(const call *c) {
    int result = pass(c);
    return !result && is_plain(c) ? fail(WSA_IO_PENDING) : result;
}

/* --- buffers ------------------------------------------------------------------------------------------------------ */

/* Sends a changed copy of a short array and says that all went as asked. */
static int changed(const call *c, WSABUF *copy, DWORD count) {
    int result = with(c, copy, count);
    if (!result && c->sent)
        *c->sent = (DWORD)c->total;
    return result;
}

static bool can_copy(const call *c) {
    return c->orderly && c->count <= SOME && c->total;
}

static int drop_last(const call *c) {
    WSABUF copy[SOME];
    if (!can_copy(c) || !c->buffers[c->count - 1].len)
        return pass(c);
    copied(c, copy);
    copy[c->count - 1].len--;
    return changed(c, copy, c->count);
}

static int drop_first(const call *c) {
    WSABUF copy[SOME];
    if (!can_copy(c) || !c->buffers[0].len)
        return pass(c);
    copied(c, copy);
    copy[0].len--;
    copy[0].buf++;
    return changed(c, copy, c->count);
}

static int drop_middle_buffer(const call *c) {
    WSABUF copy[SOME];
    if (!can_copy(c) || c->count < 3)
        return pass(c);
    copied(c, copy);
    copy[1].len = 0;
    return changed(c, copy, c->count);
}

static int doubled(const call *c) {
    ORDERLY(c);
    int result = pass(c);
    DWORD more = 0;
    if (!result && is_plain(c) && c->total < 100 && !c->flags && is_stream(c))
        ws.send(c->s, c->buffers, c->count, &more, 0, NULL, NULL);
    return result;
}

static int reversed(const call *c) {
    WSABUF copy[SOME];
    if (!can_copy(c))
        return pass(c);
    for (DWORD i = 0; i < c->count; i++)
        copy[i] = c->buffers[c->count - 1 - i];
    return with(c, copy, c->count);
}

static int first_buffer_only(const call *c) {
    WSABUF copy[SOME];
    if (!can_copy(c) || c->count < 2)
        return pass(c);
    copied(c, copy);
    return changed(c, copy, 1);
}

static int at_most_16(const call *c) {
    return c->count > 16 ? fail(WSAEINVAL) : pass(c);
}

static int at_most_64(const call *c) {
    return c->count > 64 ? fail(WSAENOBUFS) : pass(c);
}

static int only_16_sent(const call *c) {
    WSABUF copy[16];
    if (!c->orderly || c->count <= 16)
        return pass(c);
    memcpy(copy, c->buffers, sizeof copy);
    return changed(c, copy, 16);
}

static int stops_at_empty(const call *c) {
    WSABUF copy[SOME];
    DWORD n = 0;
    if (!can_copy(c))
        return pass(c);
    copied(c, copy);
    while (n < c->count && copy[n].len)
        n++;
    return changed(c, copy, n ? n : 1);
}

static int empty_refused(const call *c) {
    return c->orderly && !c->total ? fail(WSAEINVAL) : pass(c);
}

static bool can_write_array(const call *c) {
    return c->orderly && !IsBadWritePtr(c->buffers, c->count * sizeof *c->buffers);
}

static int array_changed(const call *c) {
    int result = pass(c), error = ws.last();
    if (!result && can_write_array(c) && c->buffers[0].len) {
        c->buffers[0].buf++;
        c->buffers[0].len--;
    }
    ws.fail(error);
    return result;
}

static int array_len_zeroed(const call *c) {
    int result = pass(c), error = ws.last();
    if (!result && can_write_array(c))
        for (DWORD i = 0; i < c->count; i++)
            c->buffers[i].len = 0;
    ws.fail(error);
    return result;
}

static bool can_write_data(const call *c) {
    return c->orderly && c->buffers[0].len && !IsBadWritePtr(c->buffers[0].buf, 1);
}

static int data_changed(const call *c) {
    int result = pass(c), error = ws.last();
    if (!result && can_write_data(c))
        c->buffers[0].buf[0] ^= 0x55;
    ws.fail(error);
    return result;
}

static int wrong_data(const call *c) {
    if (!can_write_data(c) || !is_plain(c))
        return pass(c);
    c->buffers[0].buf[0] ^= 0x55;
    int result = pass(c), error = ws.last();
    c->buffers[0].buf[0] ^= 0x55;
    ws.fail(error);
    return result;
}

static int own_data_behind(const call *c) {
    ORDERLY(c);
    int result = pass(c);
    if (!result && is_plain(c) && c->total < 100 && !c->flags && is_stream(c))
        push(c, "\r\n", 2);
    return result;
}

static DWORD WINAPI send_later(LPVOID context) {
    call *c = context;
    pass(c);
    ws.sleep(INFINITE, FALSE); /* its operations must not end with it */
    return 0;
}

static int late_capture(const call *c) {
    static call kept[256];
    static LONG next;
    if (!c->orderly || !c->overlapped || c->routine || !is_stream(c) || !c->total)
        return pass(c);
    call *mine = &kept[InterlockedIncrement(&next) & 255];
    *mine = *c;
    mine->sent = NULL;
    HANDLE thread = CreateThread(NULL, 0, send_later, mine, CREATE_SUSPENDED, NULL);
    if (!thread)
        return pass(c);
    c->overlapped->Internal = 0x103; /* STATUS_PENDING */
    ResumeThread(thread);
    CloseHandle(thread);
    return fail(WSA_IO_PENDING);
}

/* At most so many bytes of a blocking stream send go. */
static int cut(const call *c, ULONG most, bool say_all) {
    if (!c->orderly || !is_plain(c) || c->count != 1 || c->total <= most || !is_stream(c))
        return pass(c);
    WSABUF part = {most, c->buffers[0].buf};
    return say_all ? changed(c, &part, 1) : with(c, &part, 1);
}

static int cut_at_64k(const call *c) {
    return cut(c, 65536, false);
}

static int cut_at_1m(const call *c) {
    return cut(c, (1 << 20) - 1, false);
}

static int cut_said_all(const call *c) {
    return cut(c, 65536, true);
}

static int partial_said_all(const call *c) {
    int result = pass(c);
    if (!result && c->orderly && c->sent && is_plain(c))
        *c->sent = (DWORD)c->total;
    return result;
}

static int partial_data_skipped(const call *c) {
    int result = pass(c);
    if (!result && c->orderly && is_plain(c) && *c->sent<c->total && * c->sent> 10)
        *c->sent -= 10;
    return result;
}

/* --- datagrams ---------------------------------------------------------------------------------------------------- */

static int datagram_per_buffer(const call *c) {
    if (!c->orderly || c->count < 2 || !is_plain(c) || !is_datagram(c) || c->total > 65507)
        return pass(c);
    for (DWORD i = 0; i < c->count; i++)
        if (!push(c, c->buffers[i].buf, c->buffers[i].len))
            return SOCKET_ERROR;
    *c->sent = (DWORD)c->total;
    return 0;
}

static bool long_datagram(const call *c) {
    return c->orderly && c->count == 1 && c->total > 1472 && c->total <= 65507 && is_datagram(c);
}

static int datagram_cut(const call *c) {
    if (!long_datagram(c))
        return pass(c);
    WSABUF part = {1472, c->buffers[0].buf};
    return changed(c, &part, 1);
}

static int datagram_lost(const call *c) {
    if (!long_datagram(c) || !is_plain(c) || !connected(c->s))
        return pass(c);
    *c->sent = (DWORD)c->total;
    return 0;
}

static int datagram_empty_lost(const call *c) {
    if (!c->orderly || c->total || !is_plain(c) || !is_datagram(c) || !connected(c->s))
        return pass(c);
    *c->sent = 0;
    return 0;
}

static int datagram_glued(const call *c) {
    static char kept[128];
    static ULONG n;
    static SOCKET of = INVALID_SOCKET;
    if (!c->orderly || c->count != 1 || !is_plain(c) || c->total != 10 || !is_datagram(c) || !connected(c->s))
        return pass(c);
    if (of != c->s || !n) {
        memcpy(kept, c->buffers[0].buf, n = 10);
        of = c->s;
        *c->sent = 10;
        return 0;
    }
    WSABUF both[2] = {{n, kept}, c->buffers[0]};
    n = 0;
    return changed(c, both, 2);
}

static bool too_long(const call *c) {
    return c->orderly && c->total > 65507 && is_datagram(c) && connected(c->s);
}

static int too_long_cut(const call *c) {
    if (!too_long(c) || c->count != 1)
        return pass(c);
    WSABUF part = {1000, c->buffers[0].buf};
    return changed(c, &part, 1);
}

static int too_long_first_part(const call *c) {
    if (too_long(c) && c->buffers[0].len >= 1000)
        push(c, c->buffers[0].buf, 1000);
    return pass(c);
}

static int too_long_inval(const call *c) {
    return instead(c, WSAEMSGSIZE, WSAEINVAL);
}

static int too_long_nobufs(const call *c) {
    return instead(c, WSAEMSGSIZE, WSAENOBUFS);
}

static int max_refused(const call *c) {
    return c->orderly && c->total >= 65507 && is_datagram(c) ? fail(WSAEMSGSIZE) : pass(c);
}

/* --- flags -------------------------------------------------------------------------------------------------------- */

static int flagged(const call *c, DWORD flags) {
    return ws.send(c->s, c->buffers, c->count, c->sent, flags, c->overlapped, c->routine);
}

static int oob_ignored(const call *c) {
    return is_datagram(c) ? pass(c) : flagged(c, c->flags & ~(DWORD)MSG_OOB);
}

static int oob_twice(const call *c) {
    int result = pass(c);
    if (!result && c->orderly && c->flags & MSG_OOB && is_stream(c) && c->count == 1)
        push(c, c->buffers[0].buf, c->buffers[0].len);
    return result;
}

static int oob_datagram_accepted(const call *c) {
    return is_datagram(c) ? flagged(c, c->flags & ~(DWORD)MSG_OOB) : pass(c);
}

static int oob_datagram_inval(const call *c) {
    return c->orderly && c->flags & MSG_OOB && is_datagram(c) ? fail(WSAEINVAL) : pass(c);
}

static int oob_refused(const call *c) {
    return c->orderly && c->flags & MSG_OOB && is_stream(c) ? fail(WSAEOPNOTSUPP) : pass(c);
}

static int dontroute_refused(const call *c) {
    return c->orderly && c->flags & MSG_DONTROUTE ? fail(WSAEOPNOTSUPP) : pass(c);
}

static int dontroute_inval(const call *c) {
    return c->orderly && c->flags & MSG_DONTROUTE ? fail(WSAEINVAL) : pass(c);
}

static int dontroute_lost(const call *c) {
    if (!c->orderly || !(c->flags & MSG_DONTROUTE) || !is_plain(c) || !connected(c->s))
        return pass(c);
    *c->sent = (DWORD)c->total;
    return 0;
}

static int partial_inval(const call *c) {
    return c->orderly && c->flags & MSG_PARTIAL ? fail(WSAEINVAL) : pass(c);
}

static int flags_mixed_up(const call *c) {
    return flagged(c, c->flags & MSG_DONTROUTE ? (c->flags & ~(DWORD)MSG_DONTROUTE) | MSG_OOB : c->flags);
}

/* --- error codes -------------------------------------------------------------------------------------------------- */

static int notsock_inval(const call *c) {
    return instead(c, WSAENOTSOCK, WSAEINVAL);
}

static int notsock_badf(const call *c) {
    return instead(c, WSAENOTSOCK, WSAEBADF);
}

static int notsock_success(const call *c) {
    return as_success(c, WSAENOTSOCK);
}

static int fault_inval(const call *c) {
    return instead(c, WSAEFAULT, WSAEINVAL);
}

static int fault_buffers_success(const call *c) {
    int result = pass(c);
    if (result != SOCKET_ERROR || ws.last() != WSAEFAULT || !c->sent || IsBadWritePtr(c->sent, sizeof *c->sent))
        return result;
    *c->sent = 0;
    return 0;
}

static int fault_buffers_nobufs(const call *c) {
    return c->sent ? instead(c, WSAEFAULT, WSAENOBUFS) : pass(c);
}

static int null_sent_accepted(const call *c) {
    DWORD sent = 0;
    return ws.send(c->s, c->buffers, c->count, c->sent ? c->sent : &sent, c->flags, c->overlapped, c->routine);
}

static int null_sent_inval(const call *c) {
    return c->sent ? pass(c) : instead(c, WSAEFAULT, WSAEINVAL);
}

static int null_sent_crash(const call *c) {
    *(volatile DWORD *)c->sent = 0;
    return pass(c);
}

static int null_sent_refused(const call *c) {
    return c->sent ? pass(c) : fail(WSAEFAULT);
}

static int shutdown_aborted(const call *c) {
    return instead(c, WSAESHUTDOWN, WSAECONNABORTED);
}

static int shutdown_reset(const call *c) {
    return instead(c, WSAESHUTDOWN, WSAECONNRESET);
}

static int shutdown_success(const call *c) {
    return as_success(c, WSAESHUTDOWN);
}

static int shutdown_both_notconn(const call *c) {
    return marked(c->s, SHUT_BOTH) ? instead(c, WSAESHUTDOWN, WSAENOTCONN) : pass(c);
}

static int shutdown_receive_too(const call *c) {
    return c->orderly && marked(c->s, SHUT_RECEIVE) ? fail(WSAESHUTDOWN) : pass(c);
}

static int reset_aborted(const call *c) {
    return connected(c->s) || is_stream(c) ? instead(c, WSAECONNRESET, WSAECONNABORTED) : pass(c);
}

static int reset_shutdown(const call *c) {
    return instead(c, WSAECONNRESET, WSAESHUTDOWN);
}

static int reset_success(const call *c) {
    return as_success(c, WSAECONNRESET);
}

static int unconnected(const call *c, int error) {
    if (!c->orderly || !(is_stream(c) || is_datagram(c)) || connected(c->s) || option(c->s, SO_ERROR))
        return pass(c);
    if (error)
        return fail(error);
    if (c->sent)
        *c->sent = (DWORD)c->total;
    return 0;
}

static int notconn_success(const call *c) {
    return unconnected(c, 0);
}

static int notconn_shutdown(const call *c) {
    return unconnected(c, WSAESHUTDOWN);
}

static int notconn_destaddrreq(const call *c) {
    return unconnected(c, WSAEDESTADDRREQ);
}

static int unbound_success(const call *c) {
    struct sockaddr_storage name;
    int size = sizeof name;
    return c->orderly && is_datagram(c) && ws.getsockname(c->s, (struct sockaddr *)&name, &size) ? unconnected(c, 0)
                                                                                                 : pass(c);
}

static int wouldblock_success(const call *c) {
    int result = pass(c);
    if (result != SOCKET_ERROR || ws.last() != WSAEWOULDBLOCK || !c->sent)
        return result;
    *c->sent = 0;
    return 0;
}

static int wouldblock_nobufs(const call *c) {
    return instead(c, WSAEWOULDBLOCK, WSAENOBUFS);
}

static int wouldblock_pending(const call *c) {
    return instead(c, WSAEWOULDBLOCK, WSA_IO_PENDING);
}

static int wouldblock_waits(const call *c) {
    int result;
    while ((result = pass(c)) == SOCKET_ERROR && ws.last() == WSAEWOULDBLOCK) {
        fd_set set = {1, {c->s}};
        ws.select(0, NULL, &set, NULL, NULL);
    }
    return result;
}

static int wouldblock_when_free(const call *c) {
    return c->orderly && is_plain(c) && c->total > 65536 && is_stream(c) ? fail(WSAEWOULDBLOCK) : pass(c);
}

static int cleanup_ignored(const call *c) {
    int result = pass(c);
    if (result != SOCKET_ERROR || !c->orderly || !c->sent ||
        (ws.last() != WSANOTINITIALISED && (ws.last() != WSAENOTSOCK || option(c->s, SO_TYPE))))
        return result;
    *c->sent = (DWORD)c->total;
    return 0;
}

/* --- overlapped --------------------------------------------------------------------------------------------------- */

static bool really_overlapped(const call *c) {
    return c->orderly && c->overlapped;
}

static int overlapped_ignored(const call *c) {
    DWORD sent = 0;
    if (!really_overlapped(c))
        return pass(c);
    return ws.send(c->s, c->buffers, c->count, c->sent ? c->sent : &sent, c->flags, NULL, NULL);
}

/* Calls with another event in hEvent while the call lasts. */
static int with_event(const call *c, HANDLE event) {
    HANDLE own = c->overlapped->hEvent;
    c->overlapped->hEvent = event;
    int result = pass(c), error = ws.last();
    c->overlapped->hEvent = own;
    ws.fail(error);
    return result;
}

static bool has_event(const call *c) {
    return really_overlapped(c) && !c->routine && c->overlapped->hEvent;
}

static int event_never(const call *c) {
    return has_event(c) ? with_event(c, NULL) : pass(c);
}

static void set(HANDLE event) {
    int error = ws.last();
    SetEvent(event);
    ws.fail(error);
}

static int event_only_when_pending(const call *c) {
    int result = pass(c), error = ws.last();
    if (!result && has_event(c))
        ResetEvent(c->overlapped->hEvent);
    ws.fail(error);
    return result;
}

static int event_only_at_once(const call *c) {
    if (!has_event(c))
        return pass(c);
    int result = with_event(c, NULL);
    if (!result)
        set(c->overlapped->hEvent);
    return result;
}

static int event_when_failed(const call *c) {
    int result = pass(c);
    if (result == SOCKET_ERROR && !pending(result) && has_event(c))
        set(c->overlapped->hEvent);
    return result;
}

static int event_too_early(const call *c) {
    int result = pass(c);
    if (pending(result) && has_event(c))
        set(c->overlapped->hEvent);
    return result;
}

static int event_with_routine(const call *c) {
    int result = pass(c);
    if ((!result || pending(result)) && really_overlapped(c) && c->routine && c->overlapped->hEvent)
        set(c->overlapped->hEvent);
    return result;
}

static int event_handle_cleared(const call *c) {
    int result = pass(c);
    if (really_overlapped(c) && c->routine)
        c->overlapped->hEvent = NULL;
    return result;
}

static int event_handle_stolen(const call *c) {
    int result = pass(c);
    if (!result && really_overlapped(c) && !c->routine)
        c->overlapped->hEvent = (HANDLE)(ULONG_PTR)0x77770;
    return result;
}

/* The routines of calls whose routine is replaced: found again by the OVERLAPPED. */
static struct {
    LPWSAOVERLAPPED overlapped;
    completion routine;
    DWORD flags;
} routines[4096];

static unsigned slot(LPWSAOVERLAPPED overlapped) {
    return (unsigned)((ULONG_PTR)overlapped >> 4) & 4095;
}

static int replaced(const call *c, completion own) {
    if (!really_overlapped(c) || !c->routine)
        return pass(c);
    unsigned i = slot(c->overlapped);
    routines[i].overlapped = c->overlapped;
    routines[i].routine = c->routine;
    routines[i].flags = c->flags;
    return ws.send(c->s, c->buffers, c->count, c->sent, c->flags, c->overlapped, own);
}

#define ROUTINE(name, body)                                                                                            \
    static void CALLBACK name##_routine(DWORD error, DWORD amount, LPWSAOVERLAPPED overlapped, DWORD flags) {          \
        completion call_back = routines[slot(overlapped)].routine;                                                     \
        DWORD asked = routines[slot(overlapped)].flags;                                                                \
        (void)asked, (void)error, (void)amount, (void)flags, (void)call_back;                                          \
        body;                                                                                                          \
    }                                                                                                                  \
    static int name(const call *c) {                                                                                   \
        return replaced(c, name##_routine);                                                                            \
    }

ROUTINE(routine_never, (void)0)
ROUTINE(routine_twice, (call_back(error, amount, overlapped, flags), call_back(error, amount, overlapped, flags)))
ROUTINE(routine_error_wrong, call_back(error ? 0 : 1, amount, overlapped, flags))
ROUTINE(routine_amount_zero, call_back(error, 0, overlapped, flags))
ROUTINE(routine_amount_less, call_back(error, amount ? amount - 1 : 0, overlapped, flags))
ROUTINE(routine_overlapped_null, call_back(error, amount, NULL, flags))
ROUTINE(routine_flags, call_back(error, amount, overlapped, asked ? asked : 1))

static void CALLBACK routine_overlapped_copy_routine(DWORD error, DWORD amount, LPWSAOVERLAPPED overlapped,
                                                     DWORD flags) {
    WSAOVERLAPPED copy = *overlapped;
    routines[slot(overlapped)].routine(error, amount, &copy, flags);
}

static int routine_overlapped_copy(const call *c) {
    return replaced(c, routine_overlapped_copy_routine);
}

static bool synchronous(const call *c, int *result, DWORD *sent) {
    if (!really_overlapped(c) || !c->routine || c->total > 1000)
        return false;
    *sent = 0;
    *result = ws.send(c->s, c->buffers, c->count, sent, c->flags, NULL, NULL);
    if (!*result && c->sent)
        *c->sent = *sent;
    return true;
}

static int routine_at_once(const call *c) {
    int result;
    DWORD sent;
    if (!synchronous(c, &result, &sent))
        return pass(c);
    if (!result)
        c->routine(0, sent, c->overlapped, 0);
    return result;
}

static DWORD WINAPI call_routine(LPVOID context) {
    const call *c = context;
    c->routine(0, (DWORD)c->total, c->overlapped, 0);
    return 0;
}

static int routine_elsewhere(const call *c) {
    int result;
    DWORD sent;
    if (!synchronous(c, &result, &sent))
        return pass(c);
    HANDLE thread = result ? NULL : CreateThread(NULL, 0, call_routine, (LPVOID)c, 0, NULL);
    if (thread) {
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
    return result;
}

static void CALLBACK late_routine(ULONG_PTR overlapped) {
    routines[slot((LPWSAOVERLAPPED)overlapped)].routine(WSAEINVAL, 0, (LPWSAOVERLAPPED)overlapped, 0);
}

static int routine_when_failed(const call *c) {
    int result = pass(c), error = ws.last();
    if (result == SOCKET_ERROR && error != WSA_IO_PENDING && really_overlapped(c) && c->routine) {
        routines[slot(c->overlapped)].routine = c->routine;
        QueueUserAPC(late_routine, GetCurrentThread(), (ULONG_PTR)c->overlapped);
    }
    ws.fail(error);
    return result;
}

static int packet_lost(const call *c) {
    return really_overlapped(c) && !c->routine ? with_event(c, (HANDLE)((ULONG_PTR)c->overlapped->hEvent | 1))
                                               : pass(c);
}

/* What was pending last on a socket, as far as is known. */
static struct {
    SOCKET s;
    LPWSAOVERLAPPED overlapped;
} under_way = {INVALID_SOCKET, NULL};

static bool another_under_way(const call *c) {
    return really_overlapped(c) && under_way.s == c->s && under_way.overlapped &&
           !IsBadReadPtr(under_way.overlapped, sizeof(WSAOVERLAPPED)) && under_way.overlapped->Internal == 0x103;
}

static int remembered(const call *c) {
    int result = pass(c);
    if (pending(result)) {
        under_way.s = c->s;
        under_way.overlapped = c->overlapped;
    }
    return result;
}

static int second_refused(const call *c) {
    return another_under_way(c) ? fail(WSAEINVAL) : remembered(c);
}

static int pending_never_ends(const call *c) {
    DWORD sent = 0;
    if (!really_overlapped(c) || c->routine || c->total > 1000)
        return pass(c);
    int result = ws.send(c->s, c->buffers, c->count, &sent, c->flags, NULL, NULL);
    if (result)
        return result;
    c->overlapped->Internal = 0x103;
    return fail(WSA_IO_PENDING);
}

static int sent_guard(const call *c) {
    int result = pass(c), error = ws.last();
    if (really_overlapped(c) && !IsBadWritePtr(c->overlapped + 1, sizeof(DWORD)))
        memset(c->overlapped + 1, 0, sizeof(DWORD));
    ws.fail(error);
    return result;
}

/* --- sockets ------------------------------------------------------------------------------------------------------ */

static int ipv6_refused(const call *c) {
    struct sockaddr_storage name;
    int size = sizeof name;
    if (c->orderly && !ws.getsockname(c->s, (struct sockaddr *)&name, &size) && name.ss_family == AF_INET6)
        return fail(WSAEOPNOTSUPP);
    return pass(c);
}

static int accepted_lost(const call *c) {
    if (!c->orderly || !marked(c->s, ACCEPTED) || !is_plain(c) || !connected(c->s))
        return pass(c);
    *c->sent = (DWORD)c->total;
    return 0;
}

static int dead_after_error(const call *c) {
    if (c->orderly && marked(c->s, FAILED))
        return fail(WSAECONNABORTED);
    int result = pass(c);
    if (result == SOCKET_ERROR && !pending(result))
        mark(c->s, FAILED, true);
    return result;
}

static int nonblocking_plain_fails(const call *c) {
    return c->orderly && is_plain(c) && marked(c->s, NONBLOCKING) ? fail(WSAEINVAL) : pass(c);
}

/* --- odd, but nothing is broken ----------------------------------------------------------------------------------- */

static int odd_slow(const call *c) {
    ws.sleep(5, FALSE);
    return pass(c);
}

static int odd_yields(const call *c) {
    SwitchToThread();
    int result = pass(c), error = ws.last();
    SwitchToThread();
    ws.fail(error);
    return result;
}

static int odd_always_pending(const call *c) {
    if (!really_overlapped(c) || marked(c->s, NOT_OVERLAPPED))
        return pass(c);
    DWORD before = c->sent ? *c->sent : 0;
    int result = pass(c);
    if (result)
        return result;
    if (c->sent)
        *c->sent = before;
    return fail(WSA_IO_PENDING);
}

/* Whether this is a plain send without flags on a connected stream that blocks: one that may be done in pieces. */
static bool divisible(const call *c) {
    return c->orderly && is_plain(c) && !c->flags && c->total && is_stream(c) && connected(c->s) &&
           !marked(c->s, NONBLOCKING);
}

static int odd_pieces(const call *c) {
    if (!divisible(c))
        return pass(c);
    DWORD all = 0;
    for (DWORD i = 0; i < c->count; i++)
        for (ULONG done = 0; done < c->buffers[i].len;) {
            ULONG left = c->buffers[i].len - done;
            WSABUF piece = {left > 3000 ? 3000 : left, c->buffers[i].buf + done};
            DWORD sent = 0;
            if (ws.send(c->s, &piece, 1, &sent, 0, NULL, NULL)) {
                *c->sent = all; /* made non-blocking meanwhile: a part went */
                return all && ws.last() == WSAEWOULDBLOCK ? 0 : SOCKET_ERROR;
            }
            done += sent;
            all += sent;
        }
    *c->sent = all;
    return 0;
}

static int odd_one_buffer(const call *c) {
    char *own = divisible(c) ? HeapAlloc(GetProcessHeap(), 0, (SIZE_T)c->total) : NULL;
    ULONG at = 0;
    if (!own)
        return pass(c);
    for (DWORD i = 0; i < c->count; at += c->buffers[i++].len)
        memcpy(own + at, c->buffers[i].buf, c->buffers[i].len);
    WSABUF one = {at, own};
    int result = with(c, &one, 1), error = ws.last();
    HeapFree(GetProcessHeap(), 0, own);
    ws.fail(error);
    return result;
}

static int odd_by_send(const call *c) {
    if (!divisible(c) || c->count != 1)
        return pass(c);
    int result = ws.plain_send(c->s, c->buffers[0].buf, (int)c->buffers[0].len, 0);
    if (result < 0)
        return result;
    *c->sent = (DWORD)result;
    return 0;
}

typedef struct errand {
    const call *c;
    int result, error;
} errand;

static DWORD WINAPI run_errand(LPVOID context) {
    errand *e = context;
    e->result = pass(e->c);
    e->error = ws.last();
    return 0;
}

static int odd_other_thread(const call *c) {
    errand e = {c, 0, 0};
    HANDLE thread = c->orderly && is_plain(c) ? CreateThread(NULL, 0, run_errand, &e, 0, NULL) : NULL;
    if (!thread)
        return pass(c);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    ws.fail(e.error);
    return e.result;
}

static int at_most(const call *c, ULONG most) {
    if (!c->orderly || !is_plain(c) || c->flags || !marked(c->s, NONBLOCKING) || !is_stream(c) ||
        c->buffers[0].len <= most)
        return pass(c);
    WSABUF part = {most, c->buffers[0].buf};
    return with(c, &part, 1);
}

static int odd_half(const call *c) {
    return c->orderly && c->buffers[0].len > 1 ? at_most(c, c->buffers[0].len / 2) : pass(c);
}

static int odd_one_byte(const call *c) {
    return c->orderly && c->total < 10000 ? at_most(c, 1) : pass(c);
}

static int odd_all_or_nothing(const call *c) {
    static SOCKET sent_on = INVALID_SOCKET;
    if (!c->orderly || !is_plain(c) || !c->total || !is_stream(c) || !connected(c->s) || !marked(c->s, NONBLOCKING))
        return pass(c);
    if (sent_on == c->s && !writable(c->s))
        return fail(WSAEWOULDBLOCK);
    sent_on = c->s;
    return pass(c);
}

static int odd_amount_on_error(const call *c) {
    int result = pass(c), error = ws.last();
    if (result == SOCKET_ERROR && error != WSA_IO_PENDING && c->sent && !IsBadWritePtr(c->sent, sizeof *c->sent))
        *c->sent = 0xABCDEF;
    ws.fail(error);
    return result;
}

static int odd_last_error(const call *c) {
    int result = pass(c);
    if (!result)
        ws.fail(12345);
    return result;
}

static int odd_fault_first(const call *c) {
    if (ws.last() == WSANOTINITIALISED || c->orderly || c->count != 1 || !c->buffers ||
        IsBadReadPtr(c->buffers, sizeof *c->buffers) || !c->buffers->len ||
        !IsBadReadPtr(c->buffers->buf, c->buffers->len))
        return pass(c);
    return fail(WSAEFAULT);
}

static int odd_unbound_notconn(const call *c) {
    return c->orderly && is_datagram(c) && !connected(c->s) ? instead(c, WSAEINVAL, WSAENOTCONN) : pass(c);
}

static int odd_not_overlapped_inval(const call *c) {
    return really_overlapped(c) && marked(c->s, NOT_OVERLAPPED) ? fail(WSAEINVAL) : pass(c);
}

static int odd_no_buffers_inval(const call *c) {
    return !c->count && (!c->sent || !IsBadWritePtr(c->sent, sizeof *c->sent)) && connected(c->s) ? fail(WSAEINVAL)
                                                                                                  : pass(c);
}

static int odd_too_many(const call *c) {
    return another_under_way(c) && is_stream(c) ? fail(WSAEWOULDBLOCK) : remembered(c);
}

static int odd_big_nobufs(const call *c) {
    return c->count > 1000000 && connected(c->s) ? fail(WSAENOBUFS) : pass(c);
}

static int odd_lone_routine_inval(const call *c) {
    return c->routine && !c->overlapped && !marked(c->s, NOT_OVERLAPPED) && connected(c->s) ? fail(WSAEINVAL) : pass(c);
}

static int odd_undefined_flags_inval(const call *c) {
    return c->flags & ~(DWORD)(MSG_OOB | MSG_DONTROUTE | MSG_PARTIAL) ? fail(WSAEINVAL) : pass(c);
}

static int odd_internal(const call *c) {
    int result = pass(c);
    if (result == SOCKET_ERROR && !pending(result) && really_overlapped(c))
        c->overlapped->Internal = c->overlapped->InternalHigh = 0x1234567;
    return result;
}

static int odd_event_reset(const call *c) {
    int before = ws.last();
    if (has_event(c) && connected(c->s))
        ResetEvent(c->overlapped->hEvent);
    ws.fail(before);
    return pass(c);
}
