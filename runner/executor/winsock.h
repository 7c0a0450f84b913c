/*
 * winsock.h - the Winsock under test, as a table of function pointers loaded at run time.
 *
 * Nothing of the executor links to ws2_32.dll: every call goes through wsx_ws. A function that neither the provider nor
 * the system exports is NULL in the table; the verb that needs it then says "unsupported".
 */
#ifndef WSX_WINSOCK_H
#define WSX_WINSOCK_H

#include "system.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef _WIN32
typedef enum wsx_condition { WSX_READABLE, WSX_WRITABLE, WSX_EXCEPT } wsx_condition;

typedef struct wsx_winsock {
#define WSX_WINSOCK(result, name, arguments) result(WSAAPI *name) arguments;
#define WSX_KERNEL(result, name, arguments) result(WINAPI *name) arguments;
#define WSX_OLD(result, name, arguments, ordinal) result(WSAAPI *name) arguments;
#include "winsock.def"
#undef WSX_WINSOCK
#undef WSX_KERNEL
#undef WSX_OLD
} wsx_winsock;
#else
#include "posix/winsock.h"
#endif

/* Written once, by wsx_load_winsock, before any thread of a case exists. */
extern wsx_winsock wsx_ws;

/* Fills wsx_ws. provider is an absolute path in UTF-8, or NULL or "" for the system's own. True on success; else
 * message (of size bytes) holds one sentence for the user. */
bool wsx_load_winsock(const char *provider, char *message, size_t size);

/* Waits until the socket can be read, can be written, or has urgent data: 1 yes, 0 the time is over, SOCKET_ERROR. */
int wsx_wait_for(SOCKET s, wsx_condition what, uint32_t ms);

#ifdef _WIN32
/* WSABUF, OVERLAPPED and DWORD as the functions under test have them. */
#define WSX_BUFFER_SIZE sizeof(WSABUF)
#define WSX_OVERLAPPED_SIZE sizeof(OVERLAPPED)
#define WSX_NUMBER_SIZE sizeof(DWORD)
#define WSX_ONLY_ITS_OWN false /* what is no socket and no event must not be given to it */
enum { WSX_BUFFER_MOST = sizeof(WSABUF), WSX_OVERLAPPED_MOST = sizeof(OVERLAPPED) };

static inline void wsx_put_buffer(void *at, uint32_t len, char *buf) {
    memcpy(at, &(WSABUF){len, buf}, sizeof(WSABUF));
}

static inline void wsx_put_overlapped(void *at, uint32_t internal, HANDLE event) {
    OVERLAPPED block;
    memset(&block, 0, sizeof block);
    block.Internal = block.InternalHigh = internal;
    block.hEvent = event;
    memcpy(at, &block, sizeof block);
}

static inline HANDLE wsx_event_of(const void *overlapped) {
    OVERLAPPED block;
    memcpy(&block, overlapped, sizeof block);
    return block.hEvent;
}

/* Of a kernel function. */
static inline uint32_t wsx_kernel_error(void) {
    return GetLastError();
}

/* Is the event set: 1 or 0; -1: it cannot be told. */
static inline int wsx_event_is_set(HANDLE event) {
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

/* Why a function that was called since wsx_nothing_lacks is missing, or NULL; here verbs look themselves. */
static inline const char *wsx_lacking(void) {
    return NULL;
}

static inline void wsx_nothing_lacks(void) {}

/* Whether there is a WSAStartup: a layer may have nothing to begin. */
static inline bool wsx_has_startup(void) {
    return true;
}

/* Why starting up and cleaning up cannot be tested, or NULL. */
static inline const char *wsx_no_startup(void) {
    return NULL;
}

/* Can the address of a socket under test be asked for? */
static inline bool wsx_has_getsockname(void) {
    return true;
}

static inline void wsx_exit_thread(void) {
    wsx_ws.ExitThread(0);
}

/* One that is neither a socket nor an event. */
static inline void wsx_close_handle(HANDLE handle) {
    CloseHandle(handle);
}

/* A socket for the other end of a connection. */
static inline SOCKET wsx_peer_socket(int family, int type) {
    return wsx_ws.socket(family, type, 0);
}
#endif

#endif
