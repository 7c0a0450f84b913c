#include "processes.h"

#include "winsock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors that workers inherit are high: a layer that mistakes numbers for descriptors does not meet them. */
enum { INHERITED_FROM = 200 };

struct wsx_process {
    pid_t pid;
    int memory, go, done; /* what this side holds of them */
    int status;           /* of waitpid, once it has ended */
    bool ended;
    wsx_shared *shared;
};

static int high(int fd) {
    int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, INHERITED_FROM);
    if (fd >= 0)
        close(fd);
    return moved;
}

void *wsx_section_make(size_t size, wsx_section *section) {
    int fd = high(memfd_create("wsconform", MFD_CLOEXEC));
    void *at = MAP_FAILED;
    section->handle = fd;
    if (fd >= 0 && !ftruncate(fd, (off_t)size))
        at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

/* --- the supervisor's side ------------------------------------------------------------------------------- */

/* In the child: nothing but what may be done there. Standard input and output are the supervisor's alone: a layer that
 * sends to descriptor 1 must not reach the trace. */
static _Noreturn void become_worker(char **words, const int *inherited, int n, int nothing) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < n; i++)
        fcntl(inherited[i], F_SETFD, 0);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    execv("/proc/self/exe", words);
    _exit(127);
}

wsx_process *wsx_process_start(const wsx_section *plan, const char *launch, wsx_shared **shared) {
    int go[2] = {-1, -1}, done[2] = {-1, -1}, nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    wsx_section memory = {-1};
    char numbers[4][16];
    wsx_process *p = launch ? NULL : calloc(1, sizeof *p);
    if (launch)
        errno = ENOTSUP;
    if (p && (p->shared = wsx_section_make(sizeof(wsx_shared), &memory)) && nothing >= 0 && !pipe2(go, O_CLOEXEC) &&
        !pipe2(done, O_CLOEXEC)) {
        int inherited[4] = {(int)plan->handle, (int)memory.handle, go[0] = high(go[0]), done[1] = high(done[1])};
        char *words[] = {
            (char *)"wsconform-exec", (char *)"--worker", numbers[0], numbers[1], numbers[2], numbers[3], NULL};
        for (int i = 0; i < 4; i++)
            snprintf(numbers[i], sizeof numbers[i], "%d", inherited[i]);
        p->go = go[1];
        p->done = done[0];
        p->pid = fork();
        if (p->pid == 0)
            become_worker(words, inherited, 4, nothing);
    }
    int error = errno;
    if (nothing >= 0)
        close(nothing);
    if (go[0] >= 0)
        close(go[0]);
    if (done[1] >= 0)
        close(done[1]);
    if (!p)
        return NULL;
    p->memory = (int)memory.handle;
    *shared = p->shared;
    if (p->pid > 0)
        return p;
    if (p->shared && done[0] >= 0) {
        wsx_process_release(p);
    } else {
        if (p->shared)
            munmap(p->shared, sizeof *p->shared);
        free(p);
    }
    errno = error;
    return NULL;
}

void wsx_process_release(wsx_process *p) {
    munmap(p->shared, sizeof *p->shared);
    close(p->memory);
    close(p->go);
    close(p->done);
    free(p);
}

bool wsx_process_meet(wsx_process *p) {
    (void)p;
    return true;
}

bool wsx_process_is_to_come(wsx_process *p) {
    (void)p;
    return false;
}

void wsx_process_go(wsx_process *p) {
    ssize_t n = write(p->go, "g", 1);
    (void)n; /* if it has ended that is seen soon */
}

void wsx_process_kill(wsx_process *p) {
    if (!p->ended)
        kill(p->pid, SIGKILL);
}

/* It has ended, or is about to: its status. */
static void reap(wsx_process *p) {
    while (!p->ended)
        p->ended = waitpid(p->pid, &p->status, 0) == p->pid || errno != EINTR;
}

void wsx_process_end(wsx_process *p) {
    wsx_process_kill(p);
    reap(p);
}

uint32_t wsx_process_status(const wsx_process *p) {
    return WIFSIGNALED(p->status) ? 0xE0000000u | (uint32_t)WTERMSIG(p->status) : (uint32_t)WEXITSTATUS(p->status);
}

wsx_news wsx_process_wait(wsx_process **ps, size_t n, uint32_t ms, size_t *which) {
    struct pollfd fds[64];
    char word;
    for (size_t i = 0; i < n; i++)
        fds[i] = (struct pollfd){.fd = ps[i]->done, .events = POLLIN};
    int ready = poll(fds, (nfds_t)n, (int)ms);
    if (ready < 0 && errno != EINTR)
        return WSX_DEAF;
    for (size_t i = 0; ready > 0 && i < n; i++) {
        if (!fds[i].revents)
            continue;
        *which = i;
        if (read(ps[i]->done, &word, 1) == 1)
            return WSX_SPOKE;
        /* Its end of the pipe is closed. A layer might close what is not its own: then it cannot go on, either. */
        wsx_process_end(ps[i]);
        return WSX_ENDED;
    }
    return WSX_SILENCE;
}

void wsx_process_end_with_me(void) {
    signal(SIGPIPE, SIG_IGN); /* here; workers have it as a program has it by default */
}

static void (*end_workers)(void);

static void interrupted(int signal_number) {
    (void)signal_number;
    end_workers();
    _exit(130);
}

void wsx_process_on_interrupt(void (*end_them)(void)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = interrupted;
    end_workers = end_them;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* --- a worker's side ------------------------------------------------------------------------------------- */

static int go, done;

bool wsx_worker_attach(int argc, char **argv, const wsx_plan **plan, wsx_shared **shared) {
    int fds[4];
    wsx_plan head;
    if (argc != 4)
        return false;
    for (int i = 0; i < 4; i++) {
        fds[i] = (int)strtol(argv[i], NULL, 10);
        fcntl(fds[i], F_SETFD, FD_CLOEXEC); /* if the layer starts a program */
    }
    if (pread(fds[0], &head, sizeof head, 0) != (ssize_t)sizeof head)
        return false;
    void *all = mmap(NULL, head.size, PROT_READ, MAP_SHARED, fds[0], 0);
    void *own = mmap(NULL, sizeof **shared, PROT_READ | PROT_WRITE, MAP_SHARED, fds[1], 0);
    *plan = all == MAP_FAILED ? NULL : all;
    *shared = own == MAP_FAILED ? NULL : own;
    close(fds[0]);
    close(fds[1]);
    go = fds[2];
    done = fds[3];
    signal(SIGPIPE, SIG_DFL);
    return *plan && *shared;
}

void wsx_worker_exit(uint32_t code) {
    _exit((int)(code & 0xFF));
}

void wsx_worker_say(void) {
    ssize_t n = write(done, "d", 1);
    (void)n;
}

void wsx_worker_await_go(void) {
    char word;
    ssize_t n;
    while ((n = read(go, &word, 1)) < 0 && errno == EINTR)
        ;
    if (n != 1)
        wsx_worker_exit(0);
}

/* The end of the supervisor is the end of this process: PR_SET_PDEATHSIG. */
void wsx_worker_await_thread(HANDLE thread) {
    WaitForSingleObject(thread, INFINITE);
}

static void (*tell_crash)(uint32_t code);

/* What Windows calls it. A signal that has no such name is told by its number. */
static uint32_t exception_of(int signal_number) {
    switch (signal_number) {
    case SIGSEGV:
    case SIGBUS: return 0xC0000005u;
    case SIGILL: return 0xC000001Du;
    case SIGFPE: return 0xC0000094u;
    case SIGTRAP: return 0x80000003u;
    default: return 0xE0000000u | (uint32_t)signal_number;
    }
}

static void crashed(int signal_number) {
    tell_crash(exception_of(signal_number));
    wsx_worker_exit(3);
}

void wsx_worker_on_crash(void (*told)(uint32_t code)) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGPIPE, SIGSYS};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = crashed;
    action.sa_flags = SA_ONSTACK;
    tell_crash = told;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

void wsx_worker_guard_stack(void) {
    /* Every thread that CreateThread makes has a stack for its signals. */
}

/* --- both ------------------------------------------------------------------------------------------------ */

void wsx_describe_target(wsx_target *out) {
    memset(out, 0, sizeof *out);
    snprintf(out->kind, sizeof out->kind, "posix");
    snprintf(out->name, sizeof out->name, "%s", *wsx_layer.name ? wsx_layer.name : "layer");
    snprintf(out->version, sizeof out->version, "%s", wsx_layer.version);
}
