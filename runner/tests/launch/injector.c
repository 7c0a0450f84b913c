/* injector.exe DLL COMMAND...: starts the command with the DLL in it, waits for its end and has its exit status. It
 * injects into the process that it starts and into none of that one's children, and hands no handle on, as the simplest
 * injectors do. */
#include <windows.h>

#include <stdio.h>
#include <string.h>

/* Past the first word of a command line and the blanks behind it. */
static char *behind_a_word(char *line) {
    char end = *line == '"' ? '"' : ' ';
    line = strchr(line + 1, end);
    return line ? line + 1 + strspn(line + 1, " ") : "";
}

static BOOL inject(HANDLE process, const char *dll) {
    void *copy = VirtualAllocEx(process, NULL, MAX_PATH, MEM_COMMIT, PAGE_READWRITE);
    HANDLE thread =
        copy && WriteProcessMemory(process, copy, dll, strlen(dll) + 1, NULL)
            ? CreateRemoteThread(process, NULL, 0, (LPTHREAD_START_ROUTINE)(void *)LoadLibraryA, copy, 0, NULL)
            : NULL;
    DWORD loaded = 0;
    if (thread && WaitForSingleObject(thread, 30000) == WAIT_OBJECT_0)
        GetExitCodeThread(thread, &loaded);
    return loaded != 0;
}

int main(int argc, char **argv) {
    char dll[MAX_PATH], *command = behind_a_word(behind_a_word(GetCommandLineA()));
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION made;
    DWORD status = 1;
    if (argc < 3 || !GetFullPathNameA(argv[1], sizeof dll, dll, NULL)) {
        fprintf(stderr, "injector DLL COMMAND...\n");
        return 2;
    }
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &info, &made)) {
        fprintf(stderr, "injector: cannot start %s\n", command);
        return 1;
    }
    if (!inject(made.hProcess, dll)) {
        fprintf(stderr, "injector: cannot inject %s\n", dll);
        TerminateProcess(made.hProcess, 1);
        return 1;
    }
    ResumeThread(made.hThread);
    WaitForSingleObject(made.hProcess, INFINITE);
    GetExitCodeProcess(made.hProcess, &status);
    return (int)status;
}
