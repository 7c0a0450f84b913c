/* One of the ways, chosen with -DNAME, in which a provider can misbehave without regard for the process that it is in.
 * Each must cost its own case at most. */
#include "provider.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile void *sink;

#ifdef FILTER
static LONG WINAPI filter(EXCEPTION_POINTERS *what) {
    (void)what;
    return FILTER;
}
#endif

#ifdef HANDLER
static LONG WINAPI handler(EXCEPTION_POINTERS *what) {
    if (what->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION)
        ExitProcess(0);
    return EXCEPTION_CONTINUE_SEARCH;
}
#endif

#if defined THREADS || defined CHILD
static DWORD WINAPI stays(LPVOID s) {
    for (;;) {
        char byte = 1;
        Sleep(20);
        send((SOCKET)s + 1000, &byte, 1, 0);
    }
    return 0;
}
#endif

#ifdef CHILD
__declspec(dllexport) void CALLBACK Sleeper(HWND window, HINSTANCE module, LPSTR line, int show);
__declspec(dllexport) void CALLBACK Sleeper(HWND window, HINSTANCE module, LPSTR line, int show) {
    (void)window, (void)module, (void)line, (void)show;
    stays(NULL);
}
#endif

#if defined HANG_AT_PROCESS_END || defined HANG_AT_THREAD_END
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved) {
    (void)module, (void)reserved;
#ifdef HANG_AT_PROCESS_END
    if (reason == DLL_PROCESS_DETACH)
#else
    if (reason == DLL_THREAD_DETACH)
#endif
        Sleep(INFINITE);
    return TRUE;
}
#endif

#ifdef LONGJMP
static jmp_buf where;

static __attribute__((noinline)) void keep(void) {
    char room[4096];
    sink = room;
    if (setjmp(where))
        abort();
}
#endif

#if defined WIPE || defined WIPE_SECTIONS
#ifndef WITH
#define WITH 0x55
#endif
static void wipe(DWORD type) {
    MEMORY_BASIC_INFORMATION m;
    char *here = (char *)&m;
    for (char *p = NULL; VirtualQuery(p, &m, sizeof m); p = (char *)m.BaseAddress + m.RegionSize)
        if (m.State == MEM_COMMIT && m.Type & type && m.Protect == PAGE_READWRITE &&
            !(here >= (char *)m.BaseAddress && here < (char *)m.BaseAddress + m.RegionSize))
            memset(m.BaseAddress, WITH, m.RegionSize);
}
#endif

static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    int result = 0;
#ifdef LONGJMP
    keep();
    longjmp(where, 1);
#endif
#ifdef RAISE
    RaiseException(RAISE, EXCEPTION_NONCONTINUABLE, 0, NULL);
#endif
#ifdef STACK
    for (volatile char *p = (volatile char *)&result, *end = p + 2000; p < end;)
        *p++ = 0x41;
#endif
#ifdef WIPE
    wipe(MEM_PRIVATE | MEM_MAPPED | MEM_IMAGE);
#endif
#ifdef WIPE_SECTIONS
    result = next(s, buffers, count, sent, flags, overlapped, routine);
    wipe(MEM_MAPPED);
    return result;
#endif
#ifdef CLOSE
    for (ULONG_PTR handle = 4; handle < 0x1000; handle += 4)
        CloseHandle((HANDLE)handle);
#endif
#ifdef JUMP
    ((void (*)(void))JUMP)();
#endif
#ifdef FLAG
    result = next(s, buffers, count, sent, flags, overlapped, routine);
    __asm__ volatile("std");
    return result;
#endif
#ifdef FLOATS
    unsigned short word = 0x027F ^ 0x0F00;
    unsigned control = 0x1F80 ^ 0x6000;
    __asm__ volatile("fld1; fld1; fld1; fldcw %0; ldmxcsr %1" ::"m"(word), "m"(control));
#endif
#ifdef REGISTERS /* the compiler is not told, and so does not put it right */
    result = next(s, buffers, count, sent, flags, overlapped, routine);
#ifdef __x86_64__
    __asm__ volatile("mov $0x5555, %r15");
#else
    __asm__ volatile("mov $0x5555, %edi");
#endif
    return result;
#endif
#ifdef PRINT
    static const char text[] = "case \"forged\"\nend\nx\n";
    DWORD written;
    fputs(text, stdout);
    fflush(stdout);
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, sizeof text - 1, &written, NULL);
#endif
#ifdef READ
    while (getchar() != EOF)
        ;
#endif
#ifdef FOLDER
    SetCurrentDirectoryA("C:\\windows");
#endif
#ifdef FILTER
    SetUnhandledExceptionFilter(filter);
    *(volatile int *)16 = 1;
#endif
#ifdef HANDLER
    AddVectoredExceptionHandler(1, handler);
    *(volatile int *)16 = 1;
#endif
#ifdef THREADS
    for (int i = 0; i < 20; i++)
        CloseHandle(CreateThread(NULL, 0, stays, (LPVOID)s, 0, NULL));
#endif
#ifdef CHILD
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION made;
    HMODULE self;
    char path[600], line[700];
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCSTR)(void *)stays, &self);
    GetModuleFileNameA(self, path, sizeof path);
    snprintf(line, sizeof line, "rundll32 %s,Sleeper", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &made))
        abort();
#endif
#ifdef CONSOLE
    FreeConsole();
    AllocConsole();
#endif
#ifdef EXIT
    exit(EXIT);
#endif
    result = next(s, buffers, count, sent, flags, overlapped, routine);
    return result;
}
