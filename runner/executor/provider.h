/*
 * provider.h - the DLL under test: loading it, its functions by name, and what is wrong with one that does not do.
 */
#ifndef WSX_PROVIDER_H
#define WSX_PROVIDER_H

#include "system.h"

#include <stdbool.h>
#include <stddef.h>

/* Loads the DLL. path is an absolute DOS path. Returns NULL if it cannot be loaded, has no WSASend, or exports a
 * function of winsock.def that is none; then message (of size bytes) holds one sentence for the user. It counts as
 * loaded only if the module's path is the one asked for: Wine gives its builtin to whoever asks for a DLL named
 * ws2_32.dll, whatever the folder. */
HMODULE wsx_load_provider(const WCHAR *path, char *message, size_t size);

/* The function of that name, also where the DLL exports it with the decoration that compilers for i686 give it
 * ("WSASend@28", "_WSASend@28"). NULL if there is none. */
FARPROC wsx_provider_function(HMODULE provider, const char *name);

#endif
