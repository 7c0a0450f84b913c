/*
 * win32.h - of Windows as much as the executor uses for itself, in terms of POSIX.
 *
 * Types and numbers are Windows', so the code above is the same for both. Nothing here is under test, and no header of
 * a Winsock is ever seen together with this one: see bridge.h. Objects that can be waited for are events and threads of
 * this process; all share one lock, since waits are few.
 */
#ifndef WSX_WIN32_H
#define WSX_WIN32_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int BOOL;
typedef int32_t LONG;
typedef int64_t LONGLONG;
typedef uint16_t WORD, ADDRESS_FAMILY, USHORT;
typedef uint32_t DWORD, ULONG, UINT, ULONG;
typedef uint64_t ULONGLONG;
typedef uintptr_t ULONG_PTR, SOCKET;
typedef void *HANDLE, *LPWSABUF, *LPWSAOVERLAPPED, *LPWSAOVERLAPPED_COMPLETION_ROUTINE;
typedef void OVERLAPPED;
typedef char WSADATA[512]; /* never looked at */

#define WINAPI
#define CALLBACK
#define TRUE 1
#define FALSE 0
#define INFINITE UINT32_MAX
#define MAKEWORD(low, high) ((WORD)((low) | (high) << 8))
#define SOCKET_ERROR (-1)
#define INVALID_SOCKET UINTPTR_MAX
#define INVALID_HANDLE_VALUE ((HANDLE)INTPTR_MAX)

enum {
    AF_UNSPEC = 0,
    AF_UNIX = 1,
    AF_INET = 2,
    AF_INET6 = 23,
    SOCK_STREAM = 1,
    SOCK_DGRAM = 2,
    SOCK_RAW = 3,
    IPPROTO_ICMP = 1,
    SOL_SOCKET = 0xFFFF,
    SO_LINGER = 128,
    SO_SNDBUF = 0x1001,
    SO_RCVBUF = 0x1002,
    SO_MAX_MSG_SIZE = 0x2003,
    MSG_OOB = 1,
    WSA_FLAG_OVERLAPPED = 1,
    WSAEWOULDBLOCK = 10035,
    WSAEINPROGRESS = 10036,
    WSAEMSGSIZE = 10040,
    WSAENOBUFS = 10055,
    WSAETIMEDOUT = 10060,
    WSA_IO_INCOMPLETE = 996,
    WSA_IO_PENDING = 997,
    WSA_WAIT_EVENT_0 = 0,
    WSA_WAIT_IO_COMPLETION = 192,
    WSA_WAIT_TIMEOUT = 258,
    WSA_MAXIMUM_WAIT_EVENTS = 64,
    WAIT_OBJECT_0 = 0,
    WAIT_IO_COMPLETION = 192,
    WAIT_TIMEOUT = 258
};
#define FIONBIO 0x8004667Eu
#define SIO_KEEPALIVE_VALS 0x98000004u
#define WSA_WAIT_FAILED UINT32_MAX
#define WAIT_FAILED UINT32_MAX

/* Addresses are laid out as Windows lays them out; bridge.c makes the Winsock's of them. */
struct in_addr {
    ULONG s_addr;
};
struct in6_addr {
    unsigned char s6_addr[16];
};
struct sockaddr {
    ADDRESS_FAMILY sa_family;
    char sa_data[14];
};
struct sockaddr_in {
    ADDRESS_FAMILY sin_family;
    USHORT sin_port;
    struct in_addr sin_addr;
    char sin_zero[8];
};
struct sockaddr_in6 {
    ADDRESS_FAMILY sin6_family;
    USHORT sin6_port;
    ULONG sin6_flowinfo;
    struct in6_addr sin6_addr;
    ULONG sin6_scope_id;
};
struct sockaddr_storage {
    ADDRESS_FAMILY ss_family;
    _Alignas(8) char room[120];
};
struct linger {
    USHORT l_onoff, l_linger;
};

struct tcp_keepalive {
    ULONG onoff, keepalivetime, keepaliveinterval;
};

/* --- threads and events ---------------------------------------------------------------------------------- */

typedef DWORD (*LPTHREAD_START_ROUTINE)(void *);

/* attributes, stack, flags and id are not used. */
HANDLE CreateThread(void *attributes, size_t stack, LPTHREAD_START_ROUTINE run, void *argument, DWORD flags, DWORD *id);
BOOL GetExitCodeThread(HANDLE thread, DWORD *code);
_Noreturn void ExitThread(DWORD code);
DWORD GetCurrentThreadId(void);
HANDLE CreateEventW(void *attributes, BOOL manual_reset, BOOL set, const void *name);
BOOL SetEvent(HANDLE event);
DWORD WaitForSingleObject(HANDLE object, DWORD ms);
DWORD WaitForMultipleObjects(DWORD n, const HANDLE *objects, BOOL all, DWORD ms); /* all: never */
BOOL CloseHandle(HANDLE object); /* an event, or a thread that has ended */
void SwitchToThread(void);

#define TLS_OUT_OF_INDEXES UINT32_MAX
DWORD TlsAlloc(void);
BOOL TlsSetValue(DWORD slot, void *value);
void *TlsGetValue(DWORD slot);

typedef pthread_mutex_t CRITICAL_SECTION;
typedef pthread_cond_t CONDITION_VARIABLE;
void InitializeCriticalSection(CRITICAL_SECTION *lock);
void DeleteCriticalSection(CRITICAL_SECTION *lock);
void EnterCriticalSection(CRITICAL_SECTION *lock);
void LeaveCriticalSection(CRITICAL_SECTION *lock);
void InitializeConditionVariable(CONDITION_VARIABLE *more);
void WakeAllConditionVariable(CONDITION_VARIABLE *more);
BOOL SleepConditionVariableCS(CONDITION_VARIABLE *more, CRITICAL_SECTION *lock, DWORD ms);

#define InterlockedExchange(to, value) __atomic_exchange_n(to, value, __ATOMIC_SEQ_CST)
#define InterlockedExchangePointer(to, value) __atomic_exchange_n(to, value, __ATOMIC_SEQ_CST)

/* --- memory and time ------------------------------------------------------------------------------------- */

enum {
    PAGE_NOACCESS = 1,
    PAGE_READONLY = 2,
    PAGE_READWRITE = 4,
    MEM_COMMIT = 0x1000,
    MEM_RESERVE = 0x2000,
    MEM_DECOMMIT = 0x4000,
    MEM_RELEASE = 0x8000
};
void *VirtualAlloc(void *address, size_t size, DWORD how, DWORD protection);
BOOL VirtualFree(void *address, size_t size, DWORD how);
BOOL VirtualProtect(void *address, size_t size, DWORD protection, DWORD *old);

typedef union LARGE_INTEGER {
    LONGLONG QuadPart;
} LARGE_INTEGER;
BOOL QueryPerformanceCounter(LARGE_INTEGER *now);
BOOL QueryPerformanceFrequency(LARGE_INTEGER *frequency);
ULONGLONG GetTickCount64(void);

#endif
