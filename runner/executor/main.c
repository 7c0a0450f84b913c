/* wsconform-exec.exe: runs case files against a Winsock and writes what it saw. */
#include "folder.h"
#include "supervisor.h"
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "wsconform-exec - runs cases for WSASend and writes a trace of what was seen\n"
    "\n"
    "  wsconform-exec [OPTION...] CASEFILE...\n"
    "\n"
    "A folder instead of a CASEFILE stands for all *.case files below it.\n"
    "\n"
    "  --jobs N         cases that run at the same time, each in a process of its own (1 to 16; 1 if not given)\n"
    "  --provider DLL   take every Winsock function that this DLL exports from it, the others from the system's\n"
    "                   ws2_32.dll. It must not be named ws2_32.dll: Wine then loads its builtin one instead\n"
    "  --launch COMMAND start each worker by this command, in which {} stands for the worker's own: a program that "
    "puts\n"
    "                   hooks into the process that it starts, for example\n"
    "  --limit MS       how long a call or a wait may take in a case that does not say it itself (5000)\n"
    "  --root DIR       case ids begin with the path of the file below this folder (the current folder)\n"
    "  --only FILE      run only the cases whose ids stand in FILE, one on each line\n"
    "  --name NAME      the target's name in the trace (its kind, version and architecture, and the provider's name)\n"
    "  --have WORDS     requirements that are met here (\"root netns\"); a case that requires more is told as "
    "unsupported\n"
    "  --faults WHO     who makes the faults of the network that cases ask for; one case runs at a time then. \"-\": "
    "the\n"
    "                   program at the other end, which reads the line \"# fault N: WORDS\" in the trace and answers "
    "\"N done\"\n"
    "                   or \"N failed: WHY\" on standard input; else a command, run as COMMAND WORD NUMBER..., which "
    "says by\n"
    "                   exit status 0 that it is done. The last one of a case is \"heal\"\n"
    "  --describe       print the head of a trace, which says what the target is, and end\n"
    "  --help           this text\n"
    "\n"
    "Paths may be DOS paths or, under Wine, Unix paths. The trace goes to standard output, each case in one piece as "
    "soon\n"
    "as it is complete. A call that crashes or hangs ends its case, and only its case: cases run in worker processes,\n"
    "which are replaced as needed. This program does not know what is right; give the trace to wsconform-judge.\n"
    "\n"
    "exit status: 0 every case was run, 2 bad usage or a bad case file (file:line:column on standard error),\n"
    "             3 the target cannot be run\n";

static int bad_usage(const char *what, const char *argument) {
    fprintf(stderr, "wsconform-exec: %s%s%s (--help tells more)\n", what, argument ? ": " : "",
            argument ? argument : "");
    return 2;
}

static bool number(const char *text, unsigned long least, unsigned long most, unsigned long *out) {
    char *end;
    *out = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && *out >= least && *out <= most;
}

/* Returns -1 to go on, else an exit status. */
static int parse(int argc, char **argv, wsx_options *o) {
    unsigned long n;
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strncmp(option, "--", 2) != 0) {
            o->files[o->n_files++] = argv[i];
            continue;
        }
        if (!strcmp(option, "--help")) {
            fputs(help, stdout);
            return 0;
        }
        if (!strcmp(option, "--describe")) {
            wsx_print_head(o);
            return 0;
        }
        if (!value)
            return bad_usage("this option is unknown or needs a value", option);
        i++;
        if (!strcmp(option, "--jobs")) {
            if (!number(value, 1, 16, &n))
                return bad_usage("--jobs must be 1 to 16", value);
            o->jobs = n;
        } else if (!strcmp(option, "--limit")) {
            if (!number(value, 1, 3600000, &n))
                return bad_usage("--limit must be a number of milliseconds", value);
            o->limit_ms = n;
        } else if (!strcmp(option, "--provider"))
            o->provider = value;
        else if (!strcmp(option, "--root"))
            o->root = value;
        else if (!strcmp(option, "--only"))
            o->only = value;
        else if (!strcmp(option, "--name"))
            o->name = value;
        else if (!strcmp(option, "--launch")) {
            if (!strstr(value, "{}"))
                return bad_usage("--launch must have {} where the command of a worker belongs", value);
            o->launch = value;
        } else if (!strcmp(option, "--faults"))
            o->faults = value;
        else if (!strcmp(option, "--have"))
            o->words = value;
        else
            return bad_usage("there is no option", option);
    }
    return -1;
}

static int run(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "--worker"))
        return wsx_worker(argc - 2, argv + 2);
    static wsx_options options = {.jobs = 1, .limit_ms = 5000, .words = ""};
    static wsx_jobs jobs;
    options.files = calloc((size_t)argc, sizeof(char *));
    int status = options.files ? parse(argc, argv, &options) : 3;
    if (status < 0 && !options.n_files)
        status = bad_usage("no case file given", NULL);
    if (status < 0 && (!wsx_expand_folders(&options) || !wsx_make_plan(&options, &jobs)))
        status = 2;
    if (status < 0)
        status = wsx_supervise(&options, &jobs);
    free(options.files);
    return status;
}

#ifdef _WIN32
static char *utf8(const WCHAR *text) {
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *out = size > 0 ? malloc((size_t)size) : NULL;
    if (out)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, out, size, NULL, NULL);
    return out;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 declares it nowhere */

int wmain(int argc, WCHAR **argv) {
    char **words = calloc((size_t)argc + 1, sizeof *words);
    for (int i = 0; words && i < argc; i++)
        if (!(words[i] = utf8(argv[i])))
            words = NULL;
    return words ? run(argc, words) : 3;
}
#else
int main(int argc, char **argv) {
    return run(argc, argv);
}
#endif
