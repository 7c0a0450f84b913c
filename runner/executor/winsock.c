#include "winsock.h"

#include "guard.h"
#include "provider.h"

#include <stdio.h>

wsx_winsock wsx_ws;

typedef WCHAR *(CDECL *unix_to_dos)(const char *);

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

bool wsx_load_winsock(const WCHAR *provider, char *message, size_t size) {
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

WCHAR *wsx_full_path(const WCHAR *path, WCHAR *out, DWORD size) {
    unix_to_dos convert =
        (unix_to_dos)(void (*)(void))GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_dos_file_name");
    char name[4096];
    WCHAR *dos = NULL;
    if (path[0] == L'/' && convert && WideCharToMultiByte(CP_UTF8, 0, path, -1, name, sizeof name, NULL, NULL))
        dos = convert(name);
    DWORD n = GetFullPathNameW(dos ? dos : path, size, out, NULL);
    if (dos)
        HeapFree(GetProcessHeap(), 0, dos);
    return n && n < size ? out : NULL;
}
