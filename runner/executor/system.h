/*
 * system.h - the system that the executor itself runs on, in Windows' words: threads, events, locks, pages, time.
 *
 * On Windows these are Windows'. Elsewhere posix/win32.h has as much of them as is used here.
 */
#ifndef WSX_SYSTEM_H
#define WSX_SYSTEM_H

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN /* else <windows.h> asks for <winsock.h>, and gets ours */
#include <winsock2.h>

#include <windows.h> /* not before winsock2.h */
#include <ws2tcpip.h>
#else
#include "posix/win32.h"
#endif

#endif
