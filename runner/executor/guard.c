#include "guard.h"

#include <stdbool.h>

/* What must be the same after the call, and where the assembly below finds it. */
typedef struct guard {
    ULONG_PTR stack;        /* 0 */
    ULONG_PTR registers[7]; /* 1 to 7: rbx rsi rdi r12 r13 r14 r15, or ebx esi edi */
    ULONG_PTR frame;        /* 8: rbp or ebp */
    ULONG_PTR chain;        /* 9: of exception handlers, i686 */
    ULONG_PTR broken;       /* 10: out: MOVED, CHANGED, BACKWARDS */
    ULONG_PTR floats;       /* 11: two bytes: the control word of the x87 */
    ULONG_PTR vectors;      /* 12: four bytes: that of SSE */
    ULONG_PTR unused;       /* 13 */
    char xmm[10][16];       /* 14: xmm6 to xmm15, x86_64 */
} guard;

enum { MOVED = 1, CHANGED = 2, BACKWARDS = 4, IN_THE_TEB = 64 };

/* Read by the assembly: the slot of the thread's guard: after the call no register can be trusted to lead to it. The
 * assembly reads it from the thread's environment block, as TlsGetValue would change the last error. */
DWORD wsx_guard_slot = TLS_OUT_OF_INDEXES;

/* As wsx_guarded_call, with the guard in its slot and the last error left alone. */
ULONG_PTR wsx_guarded(FARPROC function, const ULONG_PTR *arguments, guard *g);

#ifdef __x86_64__
__asm__(".globl wsx_guarded\n"
        ".def wsx_guarded; .scl 2; .type 32; .endef\n"
        ".seh_proc wsx_guarded\n"
        "wsx_guarded:\n"
        "  push %rbp\n .seh_pushreg %rbp\n"
        "  push %rbx\n .seh_pushreg %rbx\n"
        "  push %rsi\n .seh_pushreg %rsi\n"
        "  push %rdi\n .seh_pushreg %rdi\n"
        "  push %r12\n .seh_pushreg %r12\n"
        "  push %r13\n .seh_pushreg %r13\n"
        "  push %r14\n .seh_pushreg %r14\n"
        "  push %r15\n .seh_pushreg %r15\n"
        "  sub $56, %rsp\n .seh_stackalloc 56\n"
        "  mov %rsp, %rbp\n .seh_setframe %rbp, 0\n"
        "  .seh_endprologue\n"
        "  mov %rcx, %rax\n"
        "  mov %rdx, %r10\n"
        "  mov %rsp, (%r8)\n"
        "  mov %rbx, 8(%r8)\n"
        "  mov %rsi, 16(%r8)\n"
        "  mov %rdi, 24(%r8)\n"
        "  mov %r12, 32(%r8)\n"
        "  mov %r13, 40(%r8)\n"
        "  mov %r14, 48(%r8)\n"
        "  mov %r15, 56(%r8)\n"
        "  mov %rbp, 64(%r8)\n"
        "  fnstcw 88(%r8)\n"
        "  stmxcsr 96(%r8)\n"
        "  movups %xmm6, 112(%r8)\n"
        "  movups %xmm7, 128(%r8)\n"
        "  movups %xmm8, 144(%r8)\n"
        "  movups %xmm9, 160(%r8)\n"
        "  movups %xmm10, 176(%r8)\n"
        "  movups %xmm11, 192(%r8)\n"
        "  movups %xmm12, 208(%r8)\n"
        "  movups %xmm13, 224(%r8)\n"
        "  movups %xmm14, 240(%r8)\n"
        "  movups %xmm15, 256(%r8)\n"
        "  mov 32(%r10), %r11\n"
        "  mov %r11, 32(%rsp)\n"
        "  mov 40(%r10), %r11\n"
        "  mov %r11, 40(%rsp)\n"
        "  mov 48(%r10), %r11\n"
        "  mov %r11, 48(%rsp)\n"
        "  mov (%r10), %rcx\n"
        "  mov 8(%r10), %rdx\n"
        "  mov 16(%r10), %r8\n"
        "  mov 24(%r10), %r9\n"
        "  call *%rax\n"
        "  mov wsx_guard_slot(%rip), %r10d\n"
        "  mov %gs:0x1480(,%r10,8), %r10\n"
        "  xor %r11d, %r11d\n"
        "  mov $1, %ecx\n"
        "  cmp %rsp, (%r10)\n"
        "  cmovne %ecx, %r11d\n"
        "  mov (%r10), %rsp\n"
        "  mov %r11d, %edx\n"
        "  or $2, %edx\n"
        "  cmp %rbx, 8(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  cmp %rsi, 16(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  cmp %rdi, 24(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  cmp %r12, 32(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  cmp %r13, 40(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  cmp %r14, 48(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  cmp %r15, 56(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  cmp %rbp, 64(%r10)\n"
        "  cmovne %edx, %r11d\n"
        "  pushfq\n"
        "  pop %rcx\n"
        "  cld\n"
        "  shr $8, %ecx\n"
        "  and $4, %ecx\n" /* the direction flag is bit 10 */
        "  or %ecx, %r11d\n"
        "  mov %r11, 80(%r10)\n"
        "  fninit\n"
        "  fldcw 88(%r10)\n"
        "  ldmxcsr 96(%r10)\n"
        "  movups 112(%r10), %xmm6\n"
        "  movups 128(%r10), %xmm7\n"
        "  movups 144(%r10), %xmm8\n"
        "  movups 160(%r10), %xmm9\n"
        "  movups 176(%r10), %xmm10\n"
        "  movups 192(%r10), %xmm11\n"
        "  movups 208(%r10), %xmm12\n"
        "  movups 224(%r10), %xmm13\n"
        "  movups 240(%r10), %xmm14\n"
        "  movups 256(%r10), %xmm15\n"
        "  mov 64(%r10), %rbp\n"
        "  add $56, %rsp\n"
        "  pop %r15\n"
        "  pop %r14\n"
        "  pop %r13\n"
        "  pop %r12\n"
        "  pop %rdi\n"
        "  pop %rsi\n"
        "  pop %rbx\n"
        "  pop %rbp\n"
        "  ret\n"
        ".seh_endproc\n");
#else
__asm__(".globl _wsx_guarded\n"
        ".def _wsx_guarded; .scl 2; .type 32; .endef\n"
        "_wsx_guarded:\n"
        "  push %ebp\n"
        "  push %ebx\n"
        "  push %esi\n"
        "  push %edi\n"
        "  mov 20(%esp), %eax\n"
        "  mov 24(%esp), %edx\n"
        "  mov 28(%esp), %ecx\n"
        "  mov %esp, (%ecx)\n"
        "  mov %ebx, 4(%ecx)\n"
        "  mov %esi, 8(%ecx)\n"
        "  mov %edi, 12(%ecx)\n"
        "  mov %ebp, 32(%ecx)\n"
        "  fnstcw 44(%ecx)\n"
        "  push %fs:0\n"
        "  pop 36(%ecx)\n"
        "  push 24(%edx)\n"
        "  push 20(%edx)\n"
        "  push 16(%edx)\n"
        "  push 12(%edx)\n"
        "  push 8(%edx)\n"
        "  push 4(%edx)\n"
        "  push (%edx)\n"
        "  call *%eax\n"
        "  mov _wsx_guard_slot, %ecx\n"
        "  mov %fs:0xE10(,%ecx,4), %ecx\n"
        "  xor %edx, %edx\n"
        "  cmp %esp, (%ecx)\n"
        "  je 1f\n"
        "  or $1, %edx\n"
        "1: mov (%ecx), %esp\n"
        "  cmp %ebx, 4(%ecx)\n"
        "  jne 2f\n"
        "  cmp %esi, 8(%ecx)\n"
        "  jne 2f\n"
        "  cmp %edi, 12(%ecx)\n"
        "  jne 2f\n"
        "  cmp %ebp, 32(%ecx)\n"
        "  je 3f\n"
        "2: or $2, %edx\n"
        "3: pushf\n"
        "  pop %ebx\n"
        "  cld\n"
        "  shr $8, %ebx\n"
        "  and $4, %ebx\n" /* the direction flag is bit 10 */
        "  or %ebx, %edx\n"
        "  mov %edx, 40(%ecx)\n"
        "  push 36(%ecx)\n"
        "  pop %fs:0\n"
        "  fninit\n"
        "  fldcw 44(%ecx)\n"
        "  pop %edi\n"
        "  pop %esi\n"
        "  pop %ebx\n"
        "  pop %ebp\n"
        "  ret\n");
#endif

void wsx_guard_init(void) {
    wsx_guard_slot = TlsAlloc();
}

int wsx_guarded_call(FARPROC function, const ULONG_PTR arguments[7], uint32_t *broken) {
    guard g = {.broken = 0};
    DWORD before = GetLastError();
    void *outer = TlsGetValue(wsx_guard_slot); /* a call inside a routine inside a call */
    bool set = wsx_guard_slot < IN_THE_TEB && TlsSetValue(wsx_guard_slot, &g);
    *broken = 0;
    SetLastError(before);
    if (!set)
        return ((int(WSAAPI *)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR))(
            void (*)(void))function)(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
                                     arguments[6]);
    int result = (int)wsx_guarded(function, arguments, &g);
    DWORD error = GetLastError();
    TlsSetValue(wsx_guard_slot, outer);
    SetLastError(error);
    if (g.broken)
        *broken = g.broken & MOVED ? WSX_STACK_MOVED : WSX_REGISTERS_CHANGED;
    return result;
}
