#include "winsock.h"

#include <stdio.h>

wsx_winsock wsx_ws;

typedef WCHAR *(CDECL *unix_to_dos)(const char *);

static FARPROC find(HMODULE provider, HMODULE system, const char *name) {
    FARPROC f = provider ? GetProcAddress(provider, name) : NULL;
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

static HMODULE load_provider(const WCHAR *path, char *message, size_t size) {
    WCHAR actual[1024];
    HMODULE module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!module) {
        DWORD error = GetLastError();
        snprintf(message, size, "the provider %ls cannot be loaded: %s (error %lu)", path,
                 error == ERROR_MOD_NOT_FOUND || error == ERROR_FILE_NOT_FOUND
                     ? "the file or a DLL that it needs is not there"
                 : error == ERROR_BAD_EXE_FORMAT ? "it is no DLL of this architecture"
                                                 : "LoadLibrary failed",
                 error);
        return NULL;
    }
    if (!GetModuleFileNameW(module, actual, sizeof actual / sizeof *actual) || lstrcmpiW(actual, path)) {
        snprintf(
            message, size,
            "the provider %ls was asked for, but the loader gave %ls: a DLL of this name is replaced by a builtin one. "
            "Rename the file, or set WINEDLLOVERRIDES so that the native one is loaded",
            path, actual);
        return NULL;
    }
    return module;
}

bool wsx_load_winsock(const WCHAR *provider, char *message, size_t size) {
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll"), system = load_system(L"ws2_32.dll"), module = NULL;
    if (!system || !kernel) {
        snprintf(message, size, "the system's ws2_32.dll cannot be loaded (error %lu)", GetLastError());
        return false;
    }
    if (provider && *provider) {
        module = load_provider(provider, message, size);
        if (!module)
            return false;
        if (!GetProcAddress(module, "WSASend")) {
            snprintf(message, size, "the provider %ls does not export WSASend", provider);
            return false;
        }
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
