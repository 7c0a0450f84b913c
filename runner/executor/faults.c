#include "faults.h"

#include "files.h"

#include <stdio.h>
#include <string.h>

enum { LINE = 1024, COMMAND_MS = 60000 };

/* One line from standard input, without its end. False if there is none any more. */
static bool read_line(char *line, size_t size) {
    size_t n = 0;
    int c;
    while ((c = wsx_read_input()) >= 0) {
        if (c == '\n') {
            line[n] = 0;
            return true;
        }
        if (c != '\r' && n + 1 < size)
            line[n++] = (char)c;
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
static bool command_line(const char *command, const char *words, char *out, size_t size) {
    int n = snprintf(out, size, "%s %s", command, words);
    if (n < 0 || (size_t)n >= size)
        return false;
    for (char *p = out + strlen(command); *p; p++)
        if (*p == '(' || *p == ')' || *p == ',')
            *p = ' ';
    return true;
}

bool wsx_fault_by_command(const char *command, const char *words, char *why, size_t size) {
    char line[4 * LINE];
    int status = command_line(command, words, line, sizeof line) ? wsx_run_command(line, COMMAND_MS) : -1;
    if (status == -1)
        snprintf(why, size, "%s cannot be started (error %lu)", command, wsx_system_error());
    else if (status == -2)
        snprintf(why, size, "%s took longer than %d s", command, COMMAND_MS / 1000);
    else if (status)
        snprintf(why, size, "%s ended with status %d", command, status);
    return !status;
}
