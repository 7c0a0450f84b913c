#include "faults.h"

#include <stdio.h>
#include <string.h>

enum { LINE = 1024, COMMAND_MS = 60000 };

/* One line from standard input, without its end. False if there is none any more. */
static bool read_line(char *line, size_t size) {
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    size_t n = 0;
    DWORD got;
    char c;
    while (ReadFile(in, &c, 1, &got, NULL) && got) {
        if (c == '\n') {
            line[n] = 0;
            return true;
        }
        if (c != '\r' && n + 1 < size)
            line[n++] = c;
    }
    return false;
}

bool wsx_fault_by_driver(unsigned n, char *why, size_t size) {
    char line[LINE], done[32], failed[32];
    snprintf(done, sizeof done, "%u done", n);
    snprintf(failed, sizeof failed, "%u failed: ", n);
    if (!read_line(line, sizeof line))
        snprintf(why, size, "nobody on standard input makes faults");
    else if (!strcmp(line, done))
        return true;
    else if (!strncmp(line, failed, strlen(failed)))
        snprintf(why, size, "%s", line + strlen(failed));
    else
        snprintf(why, size, "no answer to fault %u: %.200s", n, line);
    return false;
}

/* The command with the words behind it: brackets and commas become blanks. */
static bool command_line(const WCHAR *command, const char *words, WCHAR *out, size_t size) {
    int n = swprintf(out, size, L"%ls %hs", command, words);
    if (n < 0 || (size_t)n >= size)
        return false;
    for (WCHAR *p = out + wcslen(command); *p; p++)
        if (*p == L'(' || *p == L')' || *p == L',')
            *p = L' ';
    return true;
}

bool wsx_fault_by_command(const WCHAR *command, const char *words, char *why, size_t size) {
    WCHAR line[4 * LINE];
    HANDLE output = GetStdHandle(STD_ERROR_HANDLE);
    STARTUPINFOW info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = output, .hStdError = output};
    PROCESS_INFORMATION process;
    DWORD status = 1;
    if (!command_line(command, words, line, sizeof line / sizeof *line) ||
        !CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process)) {
        snprintf(why, size, "%ls cannot be started (error %lu)", command, GetLastError());
        return false;
    }
    bool ended = WaitForSingleObject(process.hProcess, COMMAND_MS) == WAIT_OBJECT_0;
    if (ended)
        GetExitCodeProcess(process.hProcess, &status);
    else
        TerminateProcess(process.hProcess, 1);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    if (!ended)
        snprintf(why, size, "%ls took longer than %d s", command, COMMAND_MS / 1000);
    else if (status)
        snprintf(why, size, "%ls ended with status %lu", command, status);
    return ended && !status;
}
