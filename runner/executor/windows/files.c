#include "files.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH = 2048, LINE = 8192 };

WCHAR *wsx_wide(const char *utf8, WCHAR *out, int size) {
    if (!utf8 || !MultiByteToWideChar(CP_UTF8, 0, utf8, -1, out, size))
        out[0] = 0;
    return out;
}

static char *narrow(const WCHAR *text, char *out, size_t size) {
    return WideCharToMultiByte(CP_UTF8, 0, text, -1, out, (int)size, NULL, NULL) ? out : NULL;
}

char *wsx_full_path(const char *path, char *out, size_t size) {
    WCHAR *(CDECL * unix_to_dos)(const char *) = (WCHAR * (CDECL *)(const char *))(void (*)(void))GetProcAddress(
        GetModuleHandleW(L"kernel32.dll"), "wine_get_dos_file_name");
    WCHAR *dos = path[0] == '/' && unix_to_dos ? unix_to_dos(path) : NULL;
    WCHAR wide[PATH], full[PATH];
    DWORD n = GetFullPathNameW(dos ? dos : wsx_wide(path, wide, PATH), PATH, full, NULL);
    if (dos)
        HeapFree(GetProcessHeap(), 0, dos);
    return n && n < PATH ? narrow(full, out, size) : NULL;
}

char *wsx_read_file(const char *path, size_t *size) {
    char full[3 * PATH];
    WCHAR wide[PATH];
    LARGE_INTEGER length;
    DWORD got = 0;
    char *text = NULL;
    HANDLE file = wsx_full_path(path, full, sizeof full)
                      ? CreateFileW(wsx_wide(full, wide, PATH), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                    OPEN_EXISTING, 0, NULL)
                      : INVALID_HANDLE_VALUE;
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    if (GetFileSizeEx(file, &length) && length.QuadPart < (LONGLONG)1 << 30)
        text = malloc((size_t)length.QuadPart + 1);
    if (text && ReadFile(file, text, (DWORD)length.QuadPart, &got, NULL)) {
        text[got] = 0;
        *size = got;
    } else {
        free(text);
        text = NULL;
    }
    CloseHandle(file);
    return text;
}

bool wsx_is_folder(const char *path) {
    char full[3 * PATH];
    WCHAR wide[PATH];
    DWORD attributes = wsx_full_path(path, full, sizeof full) ? GetFileAttributesW(wsx_wide(full, wide, PATH))
                                                              : INVALID_FILE_ATTRIBUTES;
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

bool wsx_list_folder(const char *path, bool (*each)(void *context, const char *name, bool folder), void *context,
                     bool *opened) {
    char pattern[3 * PATH], name[3 * MAX_PATH];
    WCHAR wide[PATH];
    WIN32_FIND_DATAW found;
    snprintf(pattern, sizeof pattern, "%s\\*", path);
    HANDLE search = FindFirstFileW(wsx_wide(pattern, wide, PATH), &found);
    *opened = search != INVALID_HANDLE_VALUE;
    if (!*opened)
        return false;
    bool good = true;
    do {
        if (wcscmp(found.cFileName, L".") != 0 && wcscmp(found.cFileName, L"..") != 0)
            good = narrow(found.cFileName, name, sizeof name) &&
                   each(context, name, found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    } while (good && FindNextFileW(search, &found));
    FindClose(search);
    return good;
}

unsigned long wsx_system_error(void) {
    return GetLastError();
}

void wsx_temporary_name(char *out, size_t size) {
    static LONG n;
    char folder[MAX_PATH];
    if (!GetTempPathA(sizeof folder, folder))
        folder[0] = 0;
    snprintf(out, size, "%.70swsx%lu-%ld", folder, GetCurrentProcessId(), InterlockedIncrement(&n));
}

bool wsx_write_output(const char *data, size_t size) {
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD written;
    for (size_t at = 0; at < size; at += written)
        if (!WriteFile(out, data + at, (DWORD)(size - at), &written, NULL) || !written)
            return false;
    return true;
}

int wsx_read_input(void) {
    unsigned char c;
    DWORD got;
    return ReadFile(GetStdHandle(STD_INPUT_HANDLE), &c, 1, &got, NULL) && got ? c : -1;
}

int wsx_run_command(const char *line, unsigned ms) {
    WCHAR wide[LINE];
    HANDLE output = GetStdHandle(STD_ERROR_HANDLE);
    STARTUPINFOW info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = output, .hStdError = output};
    PROCESS_INFORMATION process;
    DWORD status = 1;
    if (!CreateProcessW(NULL, wsx_wide(line, wide, LINE), NULL, NULL, TRUE, 0, NULL, NULL, &info, &process))
        return -1;
    bool ended = WaitForSingleObject(process.hProcess, ms) == WAIT_OBJECT_0;
    if (ended)
        GetExitCodeProcess(process.hProcess, &status);
    else
        TerminateProcess(process.hProcess, 1);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return ended ? (int)(status & 0x7FFFFFFF) : -2;
}
