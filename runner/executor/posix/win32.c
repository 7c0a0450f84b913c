#include "win32.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* --- what can be waited for ------------------------------------------------------------------------------- */

typedef struct object {
    bool set, manual_reset;
    /* Threads: */
    pthread_t thread;
    LPTHREAD_START_ROUTINE run;
    void *argument;
    DWORD code;
} object;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all objects */
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

/* The time so many milliseconds from now, on the clock that conditions use. */
static struct timespec in_ms(DWORD ms) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

HANDLE CreateEventW(void *attributes, BOOL manual_reset, BOOL set, const void *name) {
    object *o = calloc(1, sizeof *o);
    (void)attributes;
    (void)name;
    if (o)
        *o = (object){.set = set, .manual_reset = manual_reset};
    return o;
}

BOOL SetEvent(HANDLE event) {
    object *o = event;
    pthread_mutex_lock(&lock);
    o->set = true;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
    return TRUE;
}

DWORD WaitForMultipleObjects(DWORD n, const HANDLE *objects, BOOL all, DWORD ms) {
    struct timespec end = in_ms(ms);
    DWORD which = n;
    int late = 0;
    (void)all;
    pthread_mutex_lock(&lock);
    for (;;) {
        for (which = 0; which < n && !((object *)objects[which])->set; which++)
            ;
        if (which < n || late)
            break;
        late = ms == INFINITE ? pthread_cond_wait(&change, &lock) : pthread_cond_timedwait(&change, &lock, &end);
    }
    if (which < n && !((object *)objects[which])->manual_reset)
        ((object *)objects[which])->set = false;
    pthread_mutex_unlock(&lock);
    return which < n ? WAIT_OBJECT_0 + which : WAIT_TIMEOUT;
}

DWORD WaitForSingleObject(HANDLE one, DWORD ms) {
    return WaitForMultipleObjects(1, &one, FALSE, ms);
}

BOOL CloseHandle(HANDLE one) {
    free(one);
    return TRUE;
}

/* --- threads --------------------------------------------------------------------------------------------- */

/* Signal handlers have a stack of their own on every thread: the thread's may be what has run out. */
enum { SIGNAL_STACK = 64 << 10 };

typedef struct signal_stack {
    stack_t before;
    char room[SIGNAL_STACK];
} signal_stack;

static void leave_signal_stack(void *stack) {
    sigaltstack(&((signal_stack *)stack)->before, NULL);
    free(stack);
}

static void ended(void *thread) {
    object *o = thread;
    pthread_mutex_lock(&lock);
    o->set = true;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
}

static void *begin(void *thread) {
    object *o = thread;
    signal_stack *stack = malloc(sizeof *stack);
    if (!stack)
        abort();
    sigaltstack(&(stack_t){.ss_sp = stack->room, .ss_size = SIGNAL_STACK}, &stack->before);
    pthread_cleanup_push(ended, o); /* also if the thread ends in a function under test */
    pthread_cleanup_push(leave_signal_stack, stack);
    o->code = o->run(o->argument);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}

HANDLE CreateThread(void *attributes, size_t stack, LPTHREAD_START_ROUTINE run, void *argument, DWORD flags,
                    DWORD *id) {
    object *o = calloc(1, sizeof *o);
    pthread_attr_t detached;
    (void)attributes;
    (void)stack;
    (void)flags;
    (void)id;
    if (!o)
        return NULL;
    *o = (object){.manual_reset = true, .run = run, .argument = argument};
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&o->thread, &detached, begin, o)) {
        free(o);
        o = NULL;
    }
    pthread_attr_destroy(&detached);
    return o;
}

BOOL GetExitCodeThread(HANDLE thread, DWORD *code) {
    *code = ((object *)thread)->code;
    return TRUE;
}

void ExitThread(DWORD code) {
    (void)code;
    pthread_exit(NULL);
}

DWORD GetCurrentThreadId(void) {
    static _Thread_local DWORD id; /* asked for in a signal handler, too */
    static DWORD last;
    if (!id)
        id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
    return id;
}

void SwitchToThread(void) {
    sched_yield();
}

/* One slot is all that is used; it is no pthread key, so that a signal handler can ask. */
static _Thread_local void *slot_value;

DWORD TlsAlloc(void) {
    return 0;
}

BOOL TlsSetValue(DWORD slot, void *value) {
    (void)slot;
    slot_value = value;
    return TRUE;
}

void *TlsGetValue(DWORD slot) {
    (void)slot;
    return slot_value;
}

/* --- locks ----------------------------------------------------------------------------------------------- */

void InitializeCriticalSection(CRITICAL_SECTION *section) {
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(section, &recursive);
    pthread_mutexattr_destroy(&recursive);
}

void DeleteCriticalSection(CRITICAL_SECTION *section) {
    pthread_mutex_destroy(section);
}

void EnterCriticalSection(CRITICAL_SECTION *section) {
    pthread_mutex_lock(section);
}

void LeaveCriticalSection(CRITICAL_SECTION *section) {
    pthread_mutex_unlock(section);
}

void InitializeConditionVariable(CONDITION_VARIABLE *more) {
    pthread_cond_init(more, NULL);
}

void WakeAllConditionVariable(CONDITION_VARIABLE *more) {
    pthread_cond_broadcast(more);
}

BOOL SleepConditionVariableCS(CONDITION_VARIABLE *more, CRITICAL_SECTION *section, DWORD ms) {
    struct timespec end = in_ms(ms);
    return !pthread_cond_timedwait(more, section, &end);
}

/* --- memory ---------------------------------------------------------------------------------------------- */

static int protection_of(DWORD protection) {
    return protection == PAGE_READWRITE ? PROT_READ | PROT_WRITE : protection == PAGE_READONLY ? PROT_READ : PROT_NONE;
}

/* munmap wants the size, too: it stands in a list, since these pieces are few and large. */
static struct {
    void *at;
    size_t size;
} * pieces;
static size_t n_pieces, piece_capacity;
static pthread_mutex_t piece_lock = PTHREAD_MUTEX_INITIALIZER;

static bool note_piece(void *at, size_t size) {
    pthread_mutex_lock(&piece_lock);
    if (n_pieces == piece_capacity) {
        size_t capacity = piece_capacity ? 2 * piece_capacity : 64;
        void *grown = realloc(pieces, capacity * sizeof *pieces);
        if (grown) {
            pieces = grown;
            piece_capacity = capacity;
        }
    }
    bool room = n_pieces < piece_capacity;
    if (room) {
        pieces[n_pieces].at = at;
        pieces[n_pieces++].size = size;
    }
    pthread_mutex_unlock(&piece_lock);
    return room;
}

static size_t forget_piece(const void *at) {
    size_t size = 0;
    pthread_mutex_lock(&piece_lock);
    for (size_t i = n_pieces; i-- > 0 && !size;)
        if (pieces[i].at == at) {
            size = pieces[i].size;
            pieces[i] = pieces[--n_pieces];
        }
    pthread_mutex_unlock(&piece_lock);
    return size;
}

void *VirtualAlloc(void *address, size_t size, DWORD how, DWORD protection) {
    int access = how & MEM_COMMIT ? protection_of(protection) : PROT_NONE;
    void *at = mmap(address, size, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    if (!note_piece(at, size)) {
        munmap(at, size);
        return NULL;
    }
    return at;
}

BOOL VirtualFree(void *address, size_t size, DWORD how) {
    if (how == MEM_DECOMMIT)
        return !mprotect(address, size, PROT_NONE);
    size = forget_piece(address);
    return size && !munmap(address, size);
}

/* Whole pages around what is given, as Windows does it. */
BOOL VirtualProtect(void *address, size_t size, DWORD protection, DWORD *old) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)address & ~(page - 1);
    *old = 0;
    return !mprotect((char *)address - ((uintptr_t)address - from), size + ((uintptr_t)address - from),
                     protection_of(protection));
}

/* --- time ------------------------------------------------------------------------------------------------ */

BOOL QueryPerformanceCounter(LARGE_INTEGER *now) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    now->QuadPart = (LONGLONG)t.tv_sec * 1000000000 + t.tv_nsec;
    return TRUE;
}

BOOL QueryPerformanceFrequency(LARGE_INTEGER *frequency) {
    frequency->QuadPart = 1000000000;
    return TRUE;
}

ULONGLONG GetTickCount64(void) {
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    return (ULONGLONG)now.QuadPart / 1000000;
}
