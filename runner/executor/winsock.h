/*
 * winsock.h - the Winsock under test, as a table of function pointers loaded at run time.
 *
 * Nothing of the executor links to ws2_32.dll: every call goes through wsx_ws. A function that neither the provider nor
 * the system exports is NULL in the table; the verb that needs it then says "unsupported".
 */
#ifndef WSX_WINSOCK_H
#define WSX_WINSOCK_H

#include <winsock2.h>

#include <windows.h> /* not before winsock2.h */
#include <ws2tcpip.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct wsx_winsock {
#define WSX_WINSOCK(result, name, arguments) result(WSAAPI *name) arguments;
#define WSX_KERNEL(result, name, arguments) result(WINAPI *name) arguments;
#define WSX_OLD(result, name, arguments, ordinal) result(WSAAPI *name) arguments;
#include "winsock.def"
#undef WSX_WINSOCK
#undef WSX_KERNEL
#undef WSX_OLD
} wsx_winsock;

/* Written once, by wsx_load_winsock, before any thread of a case exists. */
extern wsx_winsock wsx_ws;

/* Fills wsx_ws. provider is an absolute DOS path, or NULL or "" for the system's own. True on success; else message (of
 * size bytes) holds one sentence for the user. */
bool wsx_load_winsock(const WCHAR *provider, char *message, size_t size);

/* Unix paths ("/home/me/my.dll") as Wine maps them, else the full path. Returns out, or NULL if it does not fit (size
 * in characters). */
WCHAR *wsx_full_path(const WCHAR *path, WCHAR *out, DWORD size);

#endif
