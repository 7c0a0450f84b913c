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

static int end_read_reset(const call *c) {
    return c->orderly && marked(c->s, END_READ) && is_stream(c) ? fail(WSAECONNRESET) : pass(c);
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

static int large_waits(const call *c) {
    u_long off = 0, on = 1;
    if (!c->orderly || !is_plain(c) || !marked(c->s, NONBLOCKING) || c->total <= 1048576 || !is_stream(c))
        return pass(c);
    ws.control(c->s, FIONBIO, &off);
    int result = pass(c);
    int error = ws.last();
    ws.control(c->s, FIONBIO, &on);
    return result == SOCKET_ERROR ? fail(error) : result;
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

static int replaced(const call *c, completion own) {
    if (!really_overlapped(c) || !c->routine)
        return pass(c);
    keep_routine(c->overlapped, c->routine, c->flags, OF_SEND);
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
ROUTINE(routine_aborted, call_back(error ? error : WSA_OPERATION_ABORTED, amount, overlapped, flags))
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
        keep_routine(c->overlapped, c->routine, 0, OF_SEND);
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

/* --- more that an implementer may have read too quickly ------------------------------------------------------------
 */

static int amount_16_bits(const call *c) {
    int result = pass(c);
    if (!result && c->sent)
        *c->sent &= 0xFFFF;
    return result;
}

static int returns_one_for_errors(const call *c) {
    return pass(c) ? 1 : 0;
}

static int last_error_of_a_helper(const call *c) {
    int result = pass(c);
    if (result == SOCKET_ERROR && !pending(result))
        ws.fail(ERROR_INVALID_HANDLE);
    return result;
}

static int pending_as_incomplete(const call *c) {
    return instead(c, WSA_IO_PENDING, WSA_IO_INCOMPLETE);
}

static int page_cut(const call *c) {
    return c->orderly && c->total == 4096 ? drop_last(c) : pass(c);
}

static int readonly_data_refused(const call *c) {
    for (DWORD i = 0; c->orderly && i < c->count; i++)
        if (c->buffers[i].len && IsBadWritePtr(c->buffers[i].buf, c->buffers[i].len))
            return fail(WSAEFAULT);
    return pass(c);
}

static bool plain_nonblocking(const call *c) {
    return c->orderly && is_plain(c) && !c->flags && marked(c->s, NONBLOCKING) && is_stream(c);
}

/* Goes on with the next buffer after one that went only in part. */
static int gather_skips(const call *c) {
    if (!plain_nonblocking(c) || c->count < 2)
        return pass(c);
    DWORD all = 0;
    for (DWORD i = 0; i < c->count; i++) {
        DWORD sent = 0;
        ULONG half = c->buffers[i].len > 1000 ? c->buffers[i].len / 2 : c->buffers[i].len;
        WSABUF one = {half, c->buffers[i].buf};
        if (ws.send(c->s, &one, 1, &sent, 0, NULL, NULL))
            break;
        all += sent;
    }
    *c->sent = all;
    return all || !c->total ? 0 : SOCKET_ERROR;
}

/* Keeps a small send back until the next one has gone. */
static int overtaken(const call *c) {
    static char kept[128];
    static ULONG n;
    static SOCKET of = INVALID_SOCKET;
    if (!c->orderly || c->count != 1 || !is_plain(c) || !c->total || c->total > sizeof kept || c->flags ||
        !is_stream(c) || !connected(c->s))
        return pass(c);
    if (of != c->s || !n) {
        memcpy(kept, c->buffers[0].buf, n = c->buffers[0].len);
        of = c->s;
        *c->sent = n;
        return 0;
    }
    int result = pass(c);
    push(c, kept, n);
    n = 0;
    return result;
}

static int blocking_ignored(const call *c) {
    u_long on = 1, off = 0;
    if (!c->orderly || !is_plain(c) || !is_stream(c) || marked(c->s, NONBLOCKING) ||
        ws.control(c->s, (long)FIONBIO, &on))
        return pass(c);
    int result = pass(c), error = ws.last();
    ws.control(c->s, (long)FIONBIO, &off);
    ws.fail(error);
    return result;
}

typedef struct late_send {
    SOCKET s;
    WSABUF buffer;
} late_send;

static DWORD WINAPI send_what_is_there(LPVOID context) {
    late_send *later = context;
    DWORD sent;
    ws.sleep(20, FALSE);
    ws.send(later->s, &later->buffer, 1, &sent, 0, NULL, NULL);
    HeapFree(GetProcessHeap(), 0, later);
    return 0;
}

/* Keeps the pointer and sends later what is there by then. */
static int not_copied(const call *c) {
    if (!c->orderly || c->count != 1 || !is_plain(c) || !c->total || c->flags || !is_stream(c) || !connected(c->s))
        return pass(c);
    late_send *later = HeapAlloc(GetProcessHeap(), 0, sizeof *later);
    HANDLE thread = NULL;
    if (later) {
        later->s = c->s;
        later->buffer = c->buffers[0];
        thread = CreateThread(NULL, 0, send_what_is_there, later, 0, NULL);
    }
    if (!thread)
        return pass(c);
    CloseHandle(thread);
    *c->sent = (DWORD)c->total;
    return 0;
}

/* --- flags -------------------------------------------------------------------------------------------------------- */

static int oob_for_the_next(const call *c) {
    bool before = marked(c->s, URGENT);
    if (!c->orderly || !is_stream(c) || !connected(c->s))
        return pass(c);
    mark(c->s, URGENT, c->flags & MSG_OOB);
    return flagged(c, before ? c->flags | MSG_OOB : c->flags);
}

static int oob_last_only(const call *c) {
    if (!c->orderly || !(c->flags & MSG_OOB) || c->count != 1 || c->total < 2 || !is_stream(c))
        return pass(c);
    WSABUF last = {1, c->buffers[0].buf + c->buffers[0].len - 1};
    return changed(c, &last, 1);
}

static int flags_last_only(const call *c) {
    DWORD last = c->flags & MSG_PARTIAL ? MSG_PARTIAL : c->flags & MSG_DONTROUTE ? MSG_DONTROUTE : c->flags;
    return flagged(c, last);
}

static int dontroute_twice_inval(const call *c) {
    return c->orderly && c->flags & MSG_DONTROUTE && option(c->s, SO_DONTROUTE) ? fail(WSAEINVAL) : pass(c);
}

/* --- error codes -------------------------------------------------------------------------------------------------- */

static int aborted_timedout(const call *c) {
    return instead(c, WSAECONNABORTED, WSAETIMEDOUT);
}

static int netdown_unreachable(const call *c) {
    return instead(c, WSAENETDOWN, WSAENETUNREACH);
}

static int nobufs_early(const call *c) {
    return c->orderly && c->total > 1 << 20 ? fail(WSAENOBUFS) : pass(c);
}

/* Wine says WSAECONNREFUSED. */
static int unreachable_host(const call *c) {
    if (!is_datagram(c))
        return pass(c);
    int result = pass(c);
    return failed_with(result, WSAECONNRESET) || failed_with(result, WSAECONNREFUSED) ? fail(WSAEHOSTUNREACH) : result;
}

static int reset_once(const call *c) {
    if (marked(c->s, FAILED))
        return as_success(c, WSAECONNRESET);
    int result = pass(c);
    if (failed_with(result, WSAECONNRESET))
        mark(c->s, FAILED, true);
    return result;
}

static bool bad_overlapped(const call *c) {
    return c->overlapped && IsBadWritePtr(c->overlapped, sizeof *c->overlapped) && !marked(c->s, NOT_OVERLAPPED);
}

static int bad_overlapped_ignored(const call *c) {
    DWORD sent = 0;
    if (!bad_overlapped(c))
        return pass(c);
    return ws.send(c->s, c->buffers, c->count, c->sent ? c->sent : &sent, c->flags, NULL, NULL);
}

static int bad_overlapped_inval(const call *c) {
    return bad_overlapped(c) ? fail(WSAEINVAL) : pass(c);
}

static bool bad_routine(const call *c) {
    return c->overlapped && c->routine && IsBadCodePtr((FARPROC)(void *)c->routine) && !marked(c->s, NOT_OVERLAPPED);
}

static int bad_routine_inval(const call *c) {
    return bad_routine(c) ? fail(WSAEINVAL) : pass(c);
}

static int not_overlapped_notsupp(const call *c) {
    return really_overlapped(c) && marked(c->s, NOT_OVERLAPPED) ? fail(WSAEOPNOTSUPP) : pass(c);
}

static int intr_uncalled(const call *c) {
    return c->orderly && is_plain(c) && c->total && is_stream(c) && connected(c->s) && !marked(c->s, NONBLOCKING) &&
                   !writable(c->s)
               ? fail(WSAEINTR)
               : pass(c);
}

static int inprogress_second(const call *c) {
    static LONG calls;
    if (!is_plain(c) || !c->orderly)
        return pass(c);
    int result = InterlockedIncrement(&calls) > 1 ? fail(WSAEINPROGRESS) : pass(c), error = ws.last();
    InterlockedDecrement(&calls);
    ws.fail(error);
    return result;
}

static int unbuffered_nobufs(const call *c) {
    return c->orderly && c->overlapped && marked(c->s, UNBUFFERED) ? fail(WSAENOBUFS) : pass(c);
}

static int timeout_nonblocking(const call *c) {
    return marked(c->s, NONBLOCKING) && option(c->s, SO_SNDTIMEO) ? instead(c, WSAEWOULDBLOCK, WSAETIMEDOUT) : pass(c);
}

/* --- what overlap means ------------------------------------------------------------------------------------------- */

typedef struct expiry {
    SOCKET s;
    LPWSAOVERLAPPED overlapped;
    DWORD limit;
} expiry;

static DWORD WINAPI expire(LPVOID context) {
    expiry *x = context;
    ws.sleep(x->limit, FALSE);
    CancelIoEx((HANDLE)x->s, x->overlapped);
    HeapFree(GetProcessHeap(), 0, x);
    return 0;
}

/* A pending send is cancelled when so many milliseconds are over; 0: never. */
static int limited(const call *c, DWORD limit) {
    int result = pass(c), error = ws.last();
    expiry *x = limit && pending(result) ? HeapAlloc(GetProcessHeap(), 0, sizeof *x) : NULL;
    if (x) {
        *x = (expiry){c->s, c->overlapped, limit};
        HANDLE thread = CreateThread(NULL, 0, expire, x, 0, NULL);
        if (thread)
            CloseHandle(thread);
    }
    ws.fail(error);
    return result;
}

static int timeout_overlapped(const call *c) {
    return limited(c, (DWORD)option(c->s, SO_SNDTIMEO));
}

static int gives_up_overlapped(const call *c) {
    return limited(c, 1000);
}

static int gives_up(const call *c) {
    DWORD limit = 1000;
    if (is_plain(c) && is_stream(c) && connected(c->s) && !marked(c->s, NONBLOCKING) && !option(c->s, SO_SNDTIMEO))
        ws.setsockopt(c->s, SOL_SOCKET, SO_SNDTIMEO, (const char *)&limit, sizeof limit);
    return pass(c);
}

static int overlapped_refused(const call *c) {
    return really_overlapped(c) && connected(c->s) && !marked(c->s, NOT_OVERLAPPED) ? fail(WSAEOPNOTSUPP) : pass(c);
}

static int socket_is_plain(const call *c) {
    return marked(c->s, BY_SOCKET) ? overlapped_ignored(c) : pass(c);
}

static int flag_is_plain(const call *c) {
    return marked(c->s, BY_FLAG) ? overlapped_ignored(c) : pass(c);
}

static int eventless_is_plain(const call *c) {
    return really_overlapped(c) && !c->routine && !c->overlapped->hEvent ? overlapped_ignored(c) : pass(c);
}

static bool ignores_overlapped(const call *c) {
    return really_overlapped(c) && marked(c->s, NOT_OVERLAPPED);
}

static void CALLBACK plain_routine(ULONG_PTR overlapped) {
    routines[slot((LPWSAOVERLAPPED)overlapped)].routine(0, 10, (LPWSAOVERLAPPED)overlapped, 0);
}

static int plain_calls_routine(const call *c) {
    if (!ignores_overlapped(c) || !c->routine)
        return pass(c);
    int result = overlapped_ignored(c), error = ws.last();
    if (!result) {
        keep_routine(c->overlapped, c->routine, 0, OF_SEND);
        QueueUserAPC(plain_routine, GetCurrentThread(), (ULONG_PTR)c->overlapped);
    }
    ws.fail(error);
    return result;
}

static int plain_pending(const call *c) {
    int result = ignores_overlapped(c) ? overlapped_ignored(c) : pass(c);
    return !result && ignores_overlapped(c) ? fail(WSA_IO_PENDING) : result;
}

static int plain_does_nothing(const call *c) {
    if (!ignores_overlapped(c) || !connected(c->s))
        return pass(c);
    if (c->sent)
        *c->sent = 0;
    return 0;
}

static int wsaconnect_notconn(const call *c) {
    return c->orderly && marked(c->s, BY_WSACONNECT) && is_datagram(c) ? fail(WSAENOTCONN) : pass(c);
}

static int amount_unfilled_at_once(const call *c) {
    int result = pass(c);
    if (!result && really_overlapped(c) && !c->routine)
        c->overlapped->InternalHigh = 0;
    return result;
}

static int packet_when_failed(const call *c) {
    int result = pass(c), error = ws.last();
    HANDLE port = ports[number_of(c->s)];
    if (result == SOCKET_ERROR && error != WSA_IO_PENDING && really_overlapped(c) && port)
        PostQueuedCompletionStatus(port, 0, 0, c->overlapped);
    ws.fail(error);
    return result;
}

/* --- sends from routines ------------------------------------------------------------------------------------------ */

static int no_send_in_send_routine(const call *c) {
    if (is_inside(OF_SEND))
        return fail(WSAEINPROGRESS);
    return replaced(c, inside_routine);
}

static int no_send_in_sendto_routine(const call *c) {
    return is_inside(OF_SEND_TO) ? fail(WSAEINPROGRESS) : pass(c);
}

static int no_send_in_recv_routine(const call *c) {
    return is_inside(OF_RECEIVE) ? fail(WSAEINPROGRESS) : pass(c);
}

static int no_send_in_recvfrom_routine(const call *c) {
    return is_inside(OF_RECEIVE_FROM) ? fail(WSAEINPROGRESS) : pass(c);
}

/* The routine of a send that a routine made, and that is finished at once, is called within that routine. */
static int routine_nested(const call *c) {
    return is_inside(OF_SEND) ? routine_at_once(c) : replaced(c, inside_routine);
}

ROUTINE(routine_second_lost, routines_in_wait++ ? (void)0 : call_back(error, amount, overlapped, flags))

/* --- Windows Sockets 1.1 ------------------------------------------------------------------------------------------ */

/* A blocking send that runs the thread's hook as long as it has to wait. What it answers when it was cancelled, and
 * what a call from the hook is answered, is up to the caller. */
static int with_hook(const call *c, int cancelled, int from_hook) {
    u_long on = 1, off = 0;
    if (!hooked())
        return pass(c);
    if (hook.running)
        return from_hook ? fail(from_hook) : pass(c);
    if (!c->orderly || !is_plain(c) || !is_stream(c) || c->count != 1 || !connected(c->s) || marked(c->s, NONBLOCKING))
        return pass(c);
    DWORD all = 0;
    int error = 0;
    hook.cancelled = false;
    hook.waits = true;
    ws.control(c->s, (long)FIONBIO, &on);
    while (all < c->total && !error) {
        WSABUF rest = {c->buffers[0].len - all, c->buffers[0].buf + all};
        DWORD sent = 0;
        if (!ws.send(c->s, &rest, 1, &sent, c->flags, NULL, NULL)) {
            all += sent;
        } else if (ws.last() != WSAEWOULDBLOCK) {
            error = ws.last();
        } else {
            hook.running = true;
            if (hook.function)
                ((BOOL(WINAPI *)(void))(void *)hook.function)();
            hook.running = false;
            error = hook.cancelled ? cancelled : 0;
            if (!error && !writable(c->s))
                ws.sleep(1, FALSE);
        }
    }
    hook.waits = false;
    ws.control(c->s, (long)FIONBIO, &off);
    if (error)
        return fail(error);
    *c->sent = all;
    return 0;
}

static int hook_cancel_aborted(const call *c) {
    return with_hook(c, WSAECONNABORTED, WSAEINPROGRESS);
}

static int hook_send_wouldblock(const call *c) {
    return with_hook(c, WSAEINTR, WSAEWOULDBLOCK);
}

static int hook_send_passes(const call *c) {
    return with_hook(c, WSAEINTR, 0);
}

/* --- odd, but nothing is broken ----------------------------------------------------------------------------------- */

static int odd_hooks(const call *c) {
    return with_hook(c, WSAEINTR, WSAEINPROGRESS);
}

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

/* Leaves an amount where the call failed, of which the document says nothing. */
static int amount_on_error(const call *c, DWORD amount) {
    int result = pass(c), error = ws.last();
    if (result == SOCKET_ERROR && error != WSA_IO_PENDING && c->sent && !IsBadWritePtr(c->sent, sizeof *c->sent))
        *c->sent = amount;
    ws.fail(error);
    return result;
}

static int odd_amount_on_error(const call *c) {
    return amount_on_error(c, 0xABCDEF);
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

/* --- more odd ways ------------------------------------------------------------------------------------------------ */

static int odd_random(const call *c) {
    static ULONG seed = 1;
    if (!c->orderly || c->buffers[0].len < 2)
        return pass(c);
    seed = seed * 1664525u + 1013904223u;
    return at_most(c, 1 + (seed >> 8) % c->buffers[0].len);
}

/* As the document says: what has to wait waits alertably, and goes on when a routine or an APC has run. */
static int alertable(const call *c, bool ends) {
    if (!divisible(c) || c->count != 1 || option(c->s, SO_SNDTIMEO) || marked(c->s, NOT_OVERLAPPED))
        return pass(c);
    u_long on = 1, off = 0;
    DWORD all = 0;
    int error = 0;
    if (ws.control(c->s, (long)FIONBIO, &on))
        return pass(c);
    while (all < c->total && !error) {
        WSABUF rest = {c->buffers[0].len - all, c->buffers[0].buf + all};
        DWORD sent = 0;
        if (!ws.send(c->s, &rest, 1, &sent, 0, NULL, NULL))
            all += sent;
        else if (ws.last() == WSAEWOULDBLOCK && !marked(c->s, NONBLOCKING))
            error = ws.sleep(1, TRUE) == WAIT_IO_COMPLETION && ends ? WSAEINTR : 0;
        else
            error = ws.last();
    }
    if (!marked(c->s, NONBLOCKING))
        ws.control(c->s, (long)FIONBIO, &off);
    *c->sent = all;
    return error && !(all && error == WSAEWOULDBLOCK) ? fail(error) : 0;
}

static int odd_alertable(const call *c) {
    return alertable(c, false);
}

static int apc_ends_send(const call *c) {
    return alertable(c, true);
}

typedef struct signal {
    HANDLE own, event;
} signal;

static DWORD WINAPI signal_later(LPVOID context) {
    signal *x = context;
    WaitForSingleObject(x->own, INFINITE);
    ws.sleep(10, FALSE);
    SetEvent(x->event);
    CloseHandle(x->own);
    CloseHandle(x->event);
    HeapFree(GetProcessHeap(), 0, x);
    return 0;
}

/* The thread that sets the event of an OVERLAPPED: an application waits for the event, or polls it, by
 * WSAGetOverlappedResult, too, so that this one does not say that it is over before the event is set. */
static HANDLE late[ROUTINES];

static void keep_late(LPWSAOVERLAPPED overlapped, HANDLE thread) {
    HANDLE before = InterlockedExchangePointer(&late[slot(overlapped)], thread);
    if (before)
        CloseHandle(before);
}

static void wait_until_set(LPWSAOVERLAPPED overlapped) {
    HANDLE thread = InterlockedExchangePointer(&late[slot(overlapped)], NULL);
    if (thread) {
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
}

static int odd_late_event(const call *c) {
    HANDLE own = GetCurrentProcess(), event;
    signal *x = has_event(c) && connected(c->s) && !marked(c->s, NOT_OVERLAPPED)
                    ? HeapAlloc(GetProcessHeap(), 0, sizeof *x)
                    : NULL;
    if (!x)
        return pass(c);
    if (!DuplicateHandle(own, c->overlapped->hEvent, own, &event, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        HeapFree(GetProcessHeap(), 0, x);
        return pass(c);
    }
    *x = (signal){CreateEventW(NULL, TRUE, FALSE, NULL), event};
    int result = with_event(c, x->own), error = ws.last();
    HANDLE thread = !result || error == WSA_IO_PENDING ? CreateThread(NULL, 0, signal_later, x, 0, NULL) : NULL;
    if (thread) {
        keep_late(c->overlapped, thread);
    } else {
        CloseHandle(x->own);
        CloseHandle(x->event);
        HeapFree(GetProcessHeap(), 0, x);
    }
    ws.fail(error);
    return result;
}

/* Overlapped sends go from memory of its own, which is never given back. */
static int odd_copies(const call *c) {
    char *own =
        really_overlapped(c) && c->total && c->total <= 65536 ? HeapAlloc(GetProcessHeap(), 0, (SIZE_T)c->total) : NULL;
    ULONG at = 0;
    if (!own)
        return pass(c);
    for (DWORD i = 0; i < c->count; at += c->buffers[i++].len)
        memcpy(own + at, c->buffers[i].buf, c->buffers[i].len);
    WSABUF one = {at, own};
    return with(c, &one, 1);
}

static int odd_own_array(const call *c) {
    WSABUF copy[SOME + 1];
    if (!can_copy(c))
        return pass(c);
    copied(c, copy);
    copy[c->count] = (WSABUF){0, NULL};
    int result = with(c, copy, c->count), error = ws.last();
    memset(copy, 0x5A, sizeof copy);
    ws.fail(error);
    return result;
}

static int odd_by_sendto(const call *c) {
    if (!divisible(c))
        return pass(c);
    return ws.send_to(c->s, c->buffers, c->count, c->sent, 0, NULL, 0, NULL, NULL);
}

static int odd_amount_zero_on_error(const call *c) {
    return amount_on_error(c, 0);
}

static int odd_last_error_zero(const call *c) {
    int result = pass(c);
    if (!result)
        ws.fail(0);
    return result;
}

/* Whether what the call names is an Internet socket that has no peer, and never had one. */
static bool lonely(const call *c) {
    return (is_stream(c) || is_datagram(c)) && !connected(c->s) && !option(c->s, SO_ERROR);
}

static int odd_notconn_first(const call *c) {
    return !c->orderly && is_datagram(c) && lonely(c) ? fail(WSAENOTCONN) : pass(c);
}

static int odd_flags_first(const call *c) {
    return c->flags & MSG_OOB && is_datagram(c) ? fail(WSAEOPNOTSUPP) : pass(c);
}

static int odd_size_first(const call *c) {
    return c->orderly && c->total > 65535 && is_datagram(c) && lonely(c) ? fail(WSAEMSGSIZE) : pass(c);
}

static int odd_fault_before_notsock(const call *c) {
    bool bad = c->count == 1 && c->buffers && !IsBadReadPtr(c->buffers, sizeof *c->buffers) && c->buffers->len &&
               IsBadReadPtr(c->buffers->buf, c->buffers->len);
    return bad || (!c->sent && !c->overlapped) ? instead(c, WSAENOTSOCK, WSAEFAULT) : pass(c);
}

static int odd_dontroute_ignored(const call *c) {
    return flagged(c, c->flags & ~(DWORD)MSG_DONTROUTE);
}

static int odd_last_two_ignored(const call *c) {
    DWORD sent = 0;
    if (!ignores_overlapped(c))
        return pass(c);
    return ws.send(c->s, c->buffers, c->count, c->sent ? c->sent : &sent, c->flags, NULL, NULL);
}

static int odd_unbound_inval(const call *c) {
    struct sockaddr_storage name;
    int size = sizeof name;
    if (!c->orderly || !lonely(c) || !ws.getsockname(c->s, (struct sockaddr *)&name, &size))
        return pass(c);
    return instead(c, WSAENOTCONN, WSAEINVAL);
}

static int odd_bogus_event(const call *c) {
    bool bogus = has_event(c) && !marked(c->s, NOT_OVERLAPPED) && connected(c->s) &&
                 WaitForSingleObject(c->overlapped->hEvent, 0) == WAIT_FAILED;
    return bogus ? fail(ERROR_INVALID_HANDLE) : pass(c);
}

static int odd_routine_and_port(const call *c) {
    return really_overlapped(c) && c->routine && ports[number_of(c->s)] && connected(c->s) ? fail(WSAEINVAL) : pass(c);
}

static int odd_empty_nowhere(const call *c) {
    return c->count == 1 && c->orderly && !c->total && IsBadReadPtr(c->buffers->buf, 1) ? fail(WSAEFAULT) : pass(c);
}

/* Routines that are ready together run in reverse order: each is kept, and an APC behind them runs them all. */
typedef struct kept_routine {
    struct kept_routine *next;
    DWORD error, amount, flags;
    LPWSAOVERLAPPED overlapped;
} kept_routine;

static struct {
    DWORD thread;
    kept_routine *first;
} kept[64];

static void CALLBACK run_kept(ULONG_PTR index) {
    kept_routine *k = kept[index].first;
    kept[index].first = NULL;
    while (k) {
        kept_routine *next = k->next;
        routines[slot(k->overlapped)].routine(k->error, k->amount, k->overlapped, k->flags);
        HeapFree(GetProcessHeap(), 0, k);
        k = next;
    }
}

static void CALLBACK keep(DWORD error, DWORD amount, LPWSAOVERLAPPED overlapped, DWORD flags) {
    DWORD thread = GetCurrentThreadId(), i = 0;
    kept_routine *k = HeapAlloc(GetProcessHeap(), 0, sizeof *k);
    while (i < 64 && kept[i].thread != thread && InterlockedCompareExchange((LONG *)&kept[i].thread, (LONG)thread, 0))
        i++;
    if (!k || i == 64) {
        HeapFree(GetProcessHeap(), 0, k);
        routines[slot(overlapped)].routine(error, amount, overlapped, flags);
        return;
    }
    bool first = !kept[i].first;
    *k = (kept_routine){kept[i].first, error, amount, flags, overlapped};
    kept[i].first = k;
    if (first)
        QueueUserAPC(run_kept, GetCurrentThread(), i);
}

static int odd_routines_reversed(const call *c) {
    return replaced(c, keep);
}

static int odd_packets_reversed(const call *c) {
    return pass(c);
}
