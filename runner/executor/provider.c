#include "provider.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { DEPTH_MOST = 8 }; /* DLLs that need DLLs that need ... */

static const char *const names[] = {
#define WSX_WINSOCK(result, name, arguments) #name,
#define WSX_KERNEL(result, name, arguments) #name,
#define WSX_OLD(result, name, arguments, ordinal) #name,
#include "winsock.def"
#undef WSX_WINSOCK
#undef WSX_KERNEL
#undef WSX_OLD
};

/* --- what a module exports and imports ------------------------------------------------------------------- */

static const void *at(const void *module, DWORD rva) {
    return (const char *)module + rva;
}

static const void *directory(const void *module, unsigned which) {
    const IMAGE_NT_HEADERS *headers = at(module, (DWORD)((const IMAGE_DOS_HEADER *)module)->e_lfanew);
    const IMAGE_DATA_DIRECTORY *entry = &headers->OptionalHeader.DataDirectory[which];
    return which < headers->OptionalHeader.NumberOfRvaAndSizes && entry->VirtualAddress
               ? at(module, entry->VirtualAddress)
               : NULL;
}

static DWORD n_exported_names(HMODULE module) {
    const IMAGE_EXPORT_DIRECTORY *exports = directory(module, IMAGE_DIRECTORY_ENTRY_EXPORT);
    return exports ? exports->NumberOfNames : 0;
}

static const char *exported_name(HMODULE module, DWORD i) {
    const IMAGE_EXPORT_DIRECTORY *exports = directory(module, IMAGE_DIRECTORY_ENTRY_EXPORT);
    return at(module, ((const DWORD *)at(module, exports->AddressOfNames))[i]);
}

/* Is it this function's name with a decoration? */
static bool is_decorated(const char *exported, const char *name) {
    size_t length = strlen(name);
    exported += *exported == '_';
    return !strncmp(exported, name, length) && exported[length] == '@' && exported[length + 1] &&
           strspn(exported + length + 1, "0123456789") == strlen(exported + length + 1);
}

/* The name under which the module exports this function, NULL if it does not. */
static const char *export_of(HMODULE module, const char *name) {
    for (DWORD i = 0, n = n_exported_names(module); i < n; i++) {
        const char *exported = exported_name(module, i);
        if (!strcmp(exported, name) || is_decorated(exported, name))
            return exported;
    }
    return NULL;
}

FARPROC wsx_provider_function(HMODULE provider, const char *name) {
    const char *exported = export_of(provider, name);
    return exported ? GetProcAddress(provider, exported) : NULL;
}

/* The file as its image, without anything of it being run; NULL if it is none. */
static const void *map_image(const WCHAR *path) {
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE section =
        file != INVALID_HANDLE_VALUE ? CreateFileMappingW(file, NULL, PAGE_READONLY | SEC_IMAGE, 0, 0, NULL) : NULL;
    const void *image = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0) : NULL;
    if (section)
        CloseHandle(section);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return image;
}

/* The DLL that is not there among those that the file needs, directly or through others beside it. True if one was
 * found; then its name is in missing. The loader itself says only that there is one. */
static bool find_missing(const WCHAR *path, int depth, WCHAR missing[MAX_PATH]) {
    const void *image = map_image(path);
    const IMAGE_IMPORT_DESCRIPTOR *import = image ? directory(image, IMAGE_DIRECTORY_ENTRY_IMPORT) : NULL;
    WCHAR system[MAX_PATH], found[1024];
    UINT length = GetSystemDirectoryW(system, MAX_PATH);
    for (; import && import->Name; import++) {
        if (!MultiByteToWideChar(CP_ACP, 0, at(image, import->Name), -1, missing, MAX_PATH))
            continue;
        HMODULE module = LoadLibraryExW(missing, NULL, DONT_RESOLVE_DLL_REFERENCES);
        if (!module)
            return true;
        if (depth < DEPTH_MOST && GetModuleFileNameW(module, found, sizeof found / sizeof *found) &&
            _wcsnicmp(found, system, length) != 0 && find_missing(found, depth + 1, missing))
            return true;
    }
    return false;
}

/* --- what is wrong with it ------------------------------------------------------------------------------- */

static volatile LONG raised; /* the last error that was raised while the DLL was loaded */

static LONG CALLBACK note_exception(EXCEPTION_POINTERS *what) {
    if (what->ExceptionRecord->ExceptionCode >> 30 == 3)
        raised = (LONG)what->ExceptionRecord->ExceptionCode;
    return EXCEPTION_CONTINUE_SEARCH;
}

static void why_not_loaded(const WCHAR *path, DWORD error, char *message, size_t size) {
    WCHAR folder[1024], missing[MAX_PATH];
    int n = snprintf(message, size, "the provider %ls cannot be loaded: ", path);
    if (n < 0 || (size_t)n >= size)
        return;
    message += n;
    size -= (size_t)n;
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) {
        snprintf(message, size, "there is no such file (error %lu)", error);
    } else if (error == ERROR_MOD_NOT_FOUND || error == ERROR_FILE_NOT_FOUND) {
        lstrcpynW(folder, path, sizeof folder / sizeof *folder);
        WCHAR *end = wcsrchr(folder, L'\\');
        if (end)
            *end = 0;
        SetDllDirectoryW(folder);
        if (find_missing(path, 0, missing))
            snprintf(message, size,
                     "it needs %ls, which is neither beside it nor where the system's DLLs are (error %lu)", missing,
                     error);
        else
            snprintf(message, size, "a DLL that it needs is not there (error %lu)", error);
    } else if (error == ERROR_BAD_EXE_FORMAT) {
        snprintf(message, size, "it, or a DLL that it needs, is no whole DLL for %s (error %lu)",
                 sizeof(void *) == 8 ? "x86_64" : "i686", error);
    } else if (error == ERROR_PROC_NOT_FOUND) {
        snprintf(message, size, "a DLL that it needs does not export a function that it needs (error %lu)", error);
    } else if (raised) {
        snprintf(message, size, "its DllMain, or that of a DLL that it needs, crashed with 0x%08lX (error %lu)",
                 (DWORD)raised, error);
    } else if (error == ERROR_DLL_INIT_FAILED) {
        snprintf(message, size, "its DllMain, or that of a DLL that it needs, returned FALSE (error %lu)", error);
    } else {
        snprintf(message, size, "LoadLibrary failed (error %lu)", error);
    }
}

static void why_no_send(HMODULE module, const WCHAR *path, char *message, size_t size) {
    const IMAGE_EXPORT_DIRECTORY *exports = directory(module, IMAGE_DIRECTORY_ENTRY_EXPORT);
    for (DWORD i = 0, n = n_exported_names(module); i < n; i++)
        if (strstr(exported_name(module, i), "WSASend") && strspn(exported_name(module, i), "?_Z")) {
            snprintf(message, size, "the provider %ls does not export WSASend but %.200s: declare it extern \"C\"",
                     path, exported_name(module, i));
            return;
        }
    if (exports && exports->NumberOfFunctions && !exports->NumberOfNames)
        snprintf(message, size,
                 "the provider %ls does not export WSASend by its name: what it exports (%lu) has a number alone", path,
                 exports->NumberOfFunctions);
    else
        snprintf(message, size, "the provider %ls does not export WSASend%s", path,
                 exports ? "" : ", nor anything else: declare it __declspec(dllexport) or name it in a .def file");
}

/* Whether what is exported under the names that matter are functions. One at an address where nothing is passes: the
 * call crashes, and that is what there is to see. */
static bool are_functions(HMODULE module, const WCHAR *path, char *message, size_t size) {
    enum { RUNS = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        MEMORY_BASIC_INFORMATION memory;
        const char *exported = export_of(module, names[i]);
        FARPROC function = exported ? GetProcAddress(module, exported) : NULL;
        if (exported && !function) {
            snprintf(message, size,
                     "the provider %ls exports %s as a forward to a function of another DLL that is not there", path,
                     exported);
            return false;
        }
        if (function && VirtualQuery((const void *)(ULONG_PTR)function, &memory, sizeof memory) &&
            memory.State == MEM_COMMIT && !(memory.Protect & RUNS)) {
            snprintf(message, size, "the provider %ls exports %s as data, not as a function", path, exported);
            return false;
        }
    }
    return true;
}

HMODULE wsx_load_provider(const WCHAR *path, char *message, size_t size) {
    WCHAR actual[1024];
    PVOID handler = AddVectoredExceptionHandler(1, note_exception);
    raised = 0;
    HMODULE module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    DWORD error = GetLastError();
    if (handler)
        RemoveVectoredExceptionHandler(handler);
    if (!module) {
        why_not_loaded(path, error, message, size);
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
    if (!export_of(module, "WSASend")) {
        why_no_send(module, path, message, size);
        return NULL;
    }
    return are_functions(module, path, message, size) ? module : NULL;
}
