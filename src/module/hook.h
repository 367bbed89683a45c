/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Redirect or answer calls of a kernel function on ppc64le (ELFv2) with a kprobe.
 */
#ifndef KVM_PPC_COMPAT_HOOK_H
#define KVM_PPC_COMPAT_HOOK_H

#include <linux/kprobes.h>
#include <linux/types.h>

/**
 * struct hook - one hooked function, of at most three arguments
 * @symbol: the function, "module:function", or "function" where it is built in
 * @filter: looks at each call and decides. r3 to r5 hold the arguments. It ends with the value of
 *	hook_pass(), hook_call() or hook_return(). It runs in a trap with preemption off: no
 *	sleeping, no user access, no printing.
 * @armed: whether the probe is registered; hook_arm() and hook_disarm() keep it
 * @kp: the probe while @armed
 * @frame: bytes of stack that the function has taken when it comes to the probe
 * @takes: N of the trapped instruction, if that is "stdu r1,-N(r1)"; else 0
 * @lis_to: offset of rT in struct pt_regs, if it is "lis rT,SI" with a T other than 0; else 0
 * @lis_value: what that sets rT to
 * @ftrace_site: the instruction that tracers and livepatches make a branch of; NULL: none
 */
struct hook {
	const char *symbol;
	int (*filter)(struct kprobe *kp, struct pt_regs *regs);
	bool armed;
	struct kprobe kp;
	unsigned long frame;
	unsigned long takes;
	unsigned int lis_to;
	long lis_value;
	const kprobe_opcode_t *ftrace_site;
};

int hook_arm(struct hook *hook);
void hook_disarm(struct hook *hook);
const char *hook_ineffective(const struct hook *hook);
int hook_selftest(void);

/**
 * hook_call() - from a filter: call @function in place of the hooked one
 * @kp: as the filter got it
 * @regs: as the filter got them
 * @function: gets the arguments of the hooked function and returns to its caller, in the context
 *	of that call (process context, may sleep, if the hooked function may). Its text must stay
 *	until it has returned: take a module reference first.
 *
 * Only for functions whose callers restore r2 themselves, that is those which are only called
 * through a pointer: @function brings its own TOC.
 *
 * Return: what the filter has to return.
 */
static inline int hook_call(struct kprobe *kp, struct pt_regs *regs, const void *function)
{
	regs->gpr[1] += container_of(kp, struct hook, kp)->frame;
	regs->gpr[12] = (unsigned long)function;
	instruction_pointer_set(regs, (unsigned long)function);
	return 1;
}

/**
 * hook_return() - from a filter: let the hooked function return @value at once
 * @kp: as the filter got it
 * @regs: as the filter got them
 * @value: what its caller gets
 *
 * Return: what the filter has to return.
 */
static inline int hook_return(struct kprobe *kp, struct pt_regs *regs, unsigned long value)
{
	regs->gpr[1] += container_of(kp, struct hook, kp)->frame;
	regs->gpr[3] = value;
	instruction_pointer_set(regs, regs->link);
	return 1;
}

/**
 * hook_pass() - from a filter: let the call go on
 * @kp: as the filter got it
 * @regs: as the filter got them
 *
 * Does itself what the trapped instruction does, if it knows it: decoding and emulating by the
 * kernel would be a third of what the trap costs. But where others probe the same instruction it is
 * left to the kernel, which does not run handlers behind one that has done that. (A probe that is
 * alone may be on a list, too.)
 *
 * Return: what the filter has to return.
 */
static inline int hook_pass(struct kprobe *kp, struct pt_regs *regs)
{
	const struct hook *hook = container_of(kp, struct hook, kp);
	unsigned long sp = regs->gpr[1];

	if (kp->list.next != kp->list.prev)
		return 0;
	if (hook->takes) {
		regs->gpr[1] = sp - hook->takes;
		*(unsigned long *)regs->gpr[1] = sp;
	} else if (hook->lis_to) {
		*(long *)((void *)regs + hook->lis_to) = hook->lis_value;
	} else {
		return 0;
	}
	instruction_pointer_set(regs, regs->nip + sizeof(kp->opcode));
	return 1;
}

#endif /* KVM_PPC_COMPAT_HOOK_H */
