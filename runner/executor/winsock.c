#include "winsock.h"

#include "files.h"
#include "guard.h"
#include "provider.h"

#include <stdio.h>

wsx_winsock wsx_ws;

static FARPROC find(HMODULE provider, HMODULE system, const char *name) {
    FARPROC f = provider ? wsx_provider_function(provider, name) : NULL;
    return f ? f : GetProcAddress(system, name);
}

static HMODULE load_system(const WCHAR *name) {
    WCHAR path[MAX_PATH + 32];
    UINT n = GetSystemDirectoryW(path, MAX_PATH);
    if (!n || n >= MAX_PATH)
        return NULL;
    path[n] = L'\\';
    lstrcpyW(path + n + 1, name);
    return LoadLibraryW(path);
}

static FARPROC find_old(HMODULE provider, HMODULE system, const char *name, WORD ordinal) {
    static HMODULE wsock32;
    FARPROC f = find(provider, system, name);
    if (!f)
        f = GetProcAddress(system, (const char *)(ULONG_PTR)ordinal);
    if (!f && !wsock32)
        wsock32 = load_system(L"wsock32.dll");
    return !f && wsock32 ? GetProcAddress(wsock32, name) : f;
}

bool wsx_load_winsock(const char *utf8, char *message, size_t size) {
    WCHAR wide[1024], *provider = wsx_wide(utf8, wide, 1024);
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll"), system = load_system(L"ws2_32.dll"), module = NULL;
    if (!system || !kernel) {
        snprintf(message, size, "the system's ws2_32.dll cannot be loaded (error %lu)", GetLastError());
        return false;
    }
    if (provider && *provider) {
        module = wsx_load_provider(provider, message, size);
        if (!module)
            return false;
    }
#define WSX_WINSOCK(result, name, arguments)                                                                           \
    wsx_ws.name = (result(WSAAPI *) arguments)(void (*)(void))find(module, system, #name);
#define WSX_KERNEL(result, name, arguments)                                                                            \
    wsx_ws.name = (result(WINAPI *) arguments)(void (*)(void))find(module, kernel, #name);
#define WSX_OLD(result, name, arguments, ordinal)                                                                      \
    wsx_ws.name = (result(WSAAPI *) arguments)(void (*)(void))find_old(module, system, #name, ordinal);
#include "winsock.def"
#undef WSX_WINSOCK
#undef WSX_KERNEL
#undef WSX_OLD
    wsx_guard_init();
    return true;
}

int wsx_wait_for(SOCKET s, wsx_condition what, uint32_t ms) {
    struct timeval limit = {(long)(ms / 1000), (long)(ms % 1000 * 1000)};
    fd_set set = {.fd_count = 1, .fd_array = {s}};
    return wsx_ws.select(0, what == WSX_READABLE ? &set : NULL, what == WSX_WRITABLE ? &set : NULL,
                         what == WSX_EXCEPT ? &set : NULL, &limit);
}
