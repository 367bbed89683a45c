/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's types that src/module/hook.h uses.
 */
#ifndef KPROBES_H
#define KPROBES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

#define KBUILD_MODNAME "kvm_ppc_compat"
#define KPROBE_FLAG_DISABLED 2
#define KPROBE_FLAG_FTRACE 8
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define ERR_PTR(error) ((void *)(long)(error))
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))
#define noinline __attribute__((noinline))

typedef __s16 s16;
typedef __u64 u64;
typedef __u32 kprobe_opcode_t;

struct pt_regs {
	unsigned long gpr[32], nip, link;
};

struct list_head {
	struct list_head *next, *prev;
};

struct kprobe {
	struct list_head list;
	const char *symbol_name;
	unsigned int offset, flags;
	unsigned long nmissed;
	kprobe_opcode_t *addr, opcode;
	struct { kprobe_opcode_t *insn; } ainsn;
	int (*pre_handler)(struct kprobe *kp, struct pt_regs *regs);
	void (*post_handler)(struct kprobe *kp, struct pt_regs *regs, unsigned long flags);
};

static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long nip)
{
	regs->nip = nip;
}

#endif /* KPROBES_H */
