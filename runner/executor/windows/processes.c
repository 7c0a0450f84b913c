#include "processes.h"

#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that is shared has names that begin with the plan's. */
enum { NAME_SIZE = 80 };

struct wsx_process {
    HANDLE process, launcher; /* launcher: the process that we started, where that does not run cases itself */
    HANDLE section, go, done;
    wsx_shared *shared;
    bool by_launcher;
    bool launched; /* the launcher has ended, and said that all is well */
};

static WCHAR *object_name(WCHAR out[NAME_SIZE], const WCHAR *plan, unsigned worker, const WCHAR *what) {
    swprintf(out, NAME_SIZE, L"%ls-%u-%ls", plan, worker, what);
    return out;
}

static void *make_section(size_t size, const WCHAR *name, HANDLE *section) {
    *section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, (DWORD)size, name);
    return *section ? MapViewOfFile(*section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
}

void *wsx_section_make(size_t size, wsx_section *section) {
    LARGE_INTEGER now;
    HANDLE made;
    QueryPerformanceCounter(&now);
    swprintf(section->name, sizeof section->name / sizeof *section->name, L"Local\\wsconform-%lu-%llx",
             GetCurrentProcessId(), (unsigned long long)now.QuadPart);
    void *at = make_section(size, section->name, &made);
    section->handle = (intptr_t)made;
    return at;
}

/* --- the supervisor's side ------------------------------------------------------------------------------- */

/* What a worker writes to its standard output is no part of the trace: it goes where messages go. */
static STARTUPINFOW streams_of_a_worker(void) {
    static HANDLE nothing, messages;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    if (!nothing) {
        nothing = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
                              OPEN_EXISTING, 0, NULL);
        if (!DuplicateHandle(GetCurrentProcess(), GetStdHandle(STD_ERROR_HANDLE), GetCurrentProcess(), &messages, 0,
                             TRUE, DUPLICATE_SAME_ACCESS))
            messages = nothing;
        SetHandleInformation(GetStdHandle(STD_OUTPUT_HANDLE), HANDLE_FLAG_INHERIT, 0);
        SetHandleInformation(GetStdHandle(STD_INPUT_HANDLE), HANDLE_FLAG_INHERIT, 0);
    }
    return (STARTUPINFOW){.cb = sizeof(STARTUPINFOW),
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = nothing,
                          .hStdOutput = messages,
                          .hStdError = messages};
}

/* The command line of a worker, in the launcher's if there is one. */
static bool command_line(const WCHAR *plan, unsigned number, const WCHAR *launch, WCHAR *program, size_t program_size,
                         WCHAR *out, size_t size) {
    const WCHAR *braces = wcsstr(launch, L"{}");
    DWORD length = GetModuleFileNameW(NULL, program, (DWORD)program_size);
    if (!length || length == program_size)
        return false;
    int n = swprintf(out, size, L"%.*ls\"%ls\" --worker %ls %u %lu%ls", braces ? (int)(braces - launch) : 0, launch,
                     program, plan, number, GetCurrentProcessId(), braces ? braces + 2 : L"");
    return n > 0 && (size_t)n < size;
}

static bool create_process(wsx_process *p, const WCHAR *plan, unsigned number, const char *launch) {
    WCHAR program[1024], command[8192], wide[4096];
    STARTUPINFOW info = streams_of_a_worker();
    PROCESS_INFORMATION made;
    if (!command_line(plan, number, wsx_wide(launch, wide, 4096), program, 1024, command,
                      sizeof command / sizeof *command) ||
        !CreateProcessW(launch ? NULL : program, command, NULL, NULL, TRUE, DETACHED_PROCESS, NULL, NULL, &info, &made))
        return false;
    CloseHandle(made.hThread);
    p->process = made.hProcess;
    return true;
}

wsx_process *wsx_process_start(const wsx_section *plan, const char *launch, wsx_shared **shared) {
    static unsigned n_started;
    WCHAR name[NAME_SIZE];
    unsigned number = n_started++;
    wsx_process *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->by_launcher = launch != NULL;
    p->shared = *shared =
        make_section(sizeof(wsx_shared), object_name(name, plan->name, number, L"shared"), &p->section);
    p->go = CreateEventW(NULL, FALSE, FALSE, object_name(name, plan->name, number, L"go"));
    p->done = CreateEventW(NULL, FALSE, FALSE, object_name(name, plan->name, number, L"done"));
    if (p->shared && p->go && p->done && create_process(p, plan->name, number, launch))
        return p;
    DWORD error = GetLastError();
    wsx_process_release(p);
    SetLastError(error);
    return NULL;
}

void wsx_process_release(wsx_process *p) {
    HANDLE handles[] = {p->section, p->go, p->done, p->process, p->launcher};
    if (p->shared)
        UnmapViewOfFile(p->shared);
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
        if (handles[i])
            CloseHandle(handles[i]);
    free(p);
}

bool wsx_process_meet(wsx_process *p) {
    DWORD id = (DWORD)p->shared->process;
    if (!p->by_launcher || p->launcher)
        return true;
    HANDLE process = id ? OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION, FALSE, id) : NULL;
    if (!process)
        return false;
    p->launcher = p->process;
    p->process = process;
    return true;
}

bool wsx_process_is_to_come(wsx_process *p) {
    if (!p->by_launcher || p->launcher || (wsx_process_status(p) && !wsx_process_meet(p)))
        return false;
    wsx_process_meet(p);
    p->launched = true;
    return true;
}

void wsx_process_go(wsx_process *p) {
    SetEvent(p->go);
}

void wsx_process_kill(wsx_process *p) {
    TerminateProcess(p->process, 1);
    if (p->launcher)
        TerminateProcess(p->launcher, 1);
}

void wsx_process_end(wsx_process *p) {
    TerminateProcess(p->process, 1);
    WaitForSingleObject(p->process, INFINITE);
    if (p->launcher)
        TerminateProcess(p->launcher, 1);
}

uint32_t wsx_process_status(const wsx_process *p) {
    DWORD code = 0;
    GetExitCodeProcess(p->process, &code);
    return code;
}

wsx_news wsx_process_wait(wsx_process **ps, size_t n, uint32_t ms, size_t *which) {
    static HANDLE never;
    HANDLE handles[MAXIMUM_WAIT_OBJECTS] = {NULL};
    if (!never)
        never = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (size_t i = 0; i < n; i++) {
        handles[2 * i] = ps[i]->done; /* before the process: what it said last is heard first */
        handles[2 * i + 1] = ps[i]->launched && !ps[i]->launcher ? never : ps[i]->process;
    }
    DWORD found = WaitForMultipleObjects((DWORD)(2 * n), handles, FALSE, ms);
    if (found >= 2 * n)
        return found == WAIT_FAILED ? WSX_DEAF : WSX_SILENCE;
    *which = found / 2;
    return found % 2 ? WSX_ENDED : WSX_SPOKE;
}

/* Workers watch for the supervisor's end themselves, too, but one that is just being made does not run yet. The handle
 * of the job is never closed: that is left to the end of the process. Where there are no such jobs the watch must do.
 */
void wsx_process_end_with_me(void) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    memset(&limits, 0, sizeof limits);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (job && SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        AssignProcessToJobObject(job, GetCurrentProcess());
}

static void (*end_workers)(void);

static BOOL WINAPI interrupted(DWORD event) {
    (void)event;
    end_workers();
    TerminateProcess(GetCurrentProcess(), 130);
    return TRUE;
}

void wsx_process_on_interrupt(void (*end_them)(void)) {
    end_workers = end_them;
    SetConsoleCtrlHandler(interrupted, TRUE);
}

/* --- a worker's side ------------------------------------------------------------------------------------- */

static HANDLE go, done, supervisor;

static void *view(const WCHAR *name, DWORD access) {
    HANDLE section = OpenFileMappingW(access, FALSE, name);
    void *seen = section ? MapViewOfFile(section, access, 0, 0, 0) : NULL;
    if (section)
        CloseHandle(section);
    return seen;
}

/* A handle that a provider which closes what is not its own does not close by the way. */
static HANDLE kept(HANDLE handle) {
    if (handle)
        SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    return handle;
}

bool wsx_worker_attach(int argc, char **argv, const wsx_plan **plan, wsx_shared **shared) {
    WCHAR name[NAME_SIZE], plan_name[NAME_SIZE];
    if (argc != 3)
        return false;
    unsigned number = strtoul(argv[1], NULL, 10);
    wsx_wide(argv[0], plan_name, NAME_SIZE);
    *plan = view(plan_name, FILE_MAP_READ);
    *shared = view(object_name(name, plan_name, number, L"shared"), FILE_MAP_WRITE);
    go = kept(OpenEventW(EVENT_ALL_ACCESS, FALSE, object_name(name, plan_name, number, L"go")));
    done = kept(OpenEventW(EVENT_ALL_ACCESS, FALSE, object_name(name, plan_name, number, L"done")));
    supervisor = kept(OpenProcess(SYNCHRONIZE, FALSE, strtoul(argv[2], NULL, 10)));
    if (!*plan || !*shared || !go || !done || !supervisor)
        return false;
    (*shared)->process = (LONG)GetCurrentProcessId();
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    return true;
}

void wsx_worker_exit(uint32_t code) {
    TerminateProcess(GetCurrentProcess(), code);
    for (;;) /* never reached */
        Sleep(INFINITE);
}

/* Without its supervisor this process ends, whatever its threads are doing. */
static void wait_for(HANDLE object) {
    HANDLE both[2] = {object, supervisor};
    if (WaitForMultipleObjects(2, both, FALSE, INFINITE) != WAIT_OBJECT_0)
        wsx_worker_exit(0);
}

void wsx_worker_say(void) {
    SetEvent(done);
}

void wsx_worker_await_go(void) {
    wait_for(go);
}

void wsx_worker_await_thread(HANDLE thread) {
    wait_for(thread);
}

static void (*tell_crash)(uint32_t code);

static LONG WINAPI crashed(EXCEPTION_POINTERS *what) {
    tell_crash(what->ExceptionRecord->ExceptionCode);
    wsx_worker_exit(what->ExceptionRecord->ExceptionCode);
}

void wsx_worker_on_crash(void (*told)(uint32_t code)) {
    tell_crash = told;
    SetUnhandledExceptionFilter(crashed);
}

void wsx_worker_guard_stack(void) {
    ULONG reserve = 65536; /* for the exception filter, should the stack overflow */
    SetThreadStackGuarantee(&reserve);
}

/* --- both ------------------------------------------------------------------------------------------------ */

void wsx_describe_target(wsx_target *out) {
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    const char *(CDECL * wine_version)(void) =
        (const char *(CDECL *)(void))(void (*)(void))GetProcAddress(ntdll, "wine_get_version");
    LONG(WINAPI * version_of)
    (OSVERSIONINFOW *) = (LONG(WINAPI *)(OSVERSIONINFOW *))(void (*)(void))GetProcAddress(ntdll, "RtlGetVersion");
    OSVERSIONINFOW os = {.dwOSVersionInfoSize = sizeof os};
    memset(out, 0, sizeof *out);
    if (wine_version)
        snprintf(out->version, sizeof out->version, "%s", wine_version());
    else if (version_of && !version_of(&os))
        snprintf(out->version, sizeof out->version, "%lu.%lu.%lu", os.dwMajorVersion, os.dwMinorVersion,
                 os.dwBuildNumber);
    snprintf(out->kind, sizeof out->kind, "%s", wine_version ? "wine" : "windows");
}
