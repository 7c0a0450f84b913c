/* Writes a jump over the beginning of the system's WSASend as soon as it is in a process: a send of 7 bytes then says
 * that it sent 6, one of 9 bytes crashes, one of 11 hangs. To pass a call on it takes the jump away for a moment:
 * nothing here calls WSASend on two threads. */
#include <winsock2.h>

#include <string.h>
#include <windows.h> /* after winsock2.h */

#ifdef _WIN64
typedef struct __attribute__((packed)) jump {
    unsigned char mov[2];
    void *to;
    unsigned char jmp[2];
} jump;
#define JUMP(to)                                                                                                       \
    {                                                                                                                  \
        {0x48, 0xB8}, to, {                                                                                            \
            0xFF, 0xE0                                                                                                 \
        }                                                                                                              \
    } /* mov rax, to; jmp rax */
#else
typedef struct __attribute__((packed)) jump {
    unsigned char mov;
    void *to;
    unsigned char jmp[2];
} jump;
#define JUMP(to)                                                                                                       \
    {                                                                                                                  \
        0xB8, to, {                                                                                                    \
            0xFF, 0xE0                                                                                                 \
        }                                                                                                              \
    } /* mov eax, to; jmp eax */
#endif

static unsigned char *entry, original[sizeof(jump)];

static void write_entry(const void *code) {
    DWORD before;
    VirtualProtect(entry, sizeof(jump), PAGE_EXECUTE_READWRITE, &before);
    memcpy(entry, code, sizeof(jump));
    VirtualProtect(entry, sizeof(jump), before, &before);
    FlushInstructionCache(GetCurrentProcess(), entry, sizeof(jump));
}

static int WSAAPI hooked(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, LPWSAOVERLAPPED overlapped,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    const jump here = JUMP((void *)hooked);
    DWORD length = count == 1 && buffers ? buffers->len : 0;
    if (length == 9)
        *(volatile int *)16 = 1;
    if (length == 11)
        Sleep(INFINITE);
    write_entry(original);
    int result = WSASend(s, buffers, count, sent, flags, overlapped, routine);
    int error = WSAGetLastError();
    write_entry(&here);
    if (!result && sent && length == 7)
        *sent = 6;
    WSASetLastError(error);
    return result;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved);
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved) {
    const jump here = JUMP((void *)hooked);
    (void)module, (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        entry = (unsigned char *)(void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSASend");
        memcpy(original, entry, sizeof original);
        write_entry(&here);
    }
    return TRUE;
}
