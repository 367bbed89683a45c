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
 * @symbol: its name: "module:function", or "function" if it is built in
 * @filter: runs at each call, with the arguments in r3 to r5. It returns the result of hook_pass(),
 *	hook_call() or hook_return(). It runs in a trap with preemption off: it must not sleep,
 *	access user memory or print.
 * @kp: the probe. hook_arm() sets this and all of the following.
 * @frame: bytes of stack that the function has allocated before the probe
 * @stdu: N if the trapped instruction is "stdu r1,-N(r1)"; else 0
 * @lis_to: offset of rT in struct pt_regs if the trapped instruction is "lis rT,SI"; else 0
 * @lis_value: the value that this "lis" loads
 * @ftrace_site: the instruction that tracers and livepatches replace by a branch; NULL if the
 *	function has none
 */
struct hook {
	const char *symbol;
	int (*filter)(struct kprobe *kp, struct pt_regs *regs);
	struct kprobe kp;
	unsigned long frame;
	unsigned long stdu;
	unsigned int lis_to;
	long lis_value;
	const kprobe_opcode_t *ftrace_site;
};

int hook_arm(struct hook *hook);
void hook_disarm(struct hook *hook);
const char *hook_ineffective(const struct hook *hook);
int hook_selftest(void);

/**
 * hook_call() - in a filter: call @function instead of the hooked one
 * @kp: the filter's argument
 * @regs: the filter's argument
 * @function: gets the arguments of the hooked function and returns to its caller. It runs in the
 *	caller's context: it may sleep if the hooked function may. Its module must not be unloaded
 *	before it has returned: get a reference first.
 *
 * @function uses its own TOC. So this is only for functions whose callers restore r2, which are
 * those that are only called through a pointer.
 *
 * Context: a filter.
 *
 * Return: the value for the filter to return.
 */
static inline int hook_call(struct kprobe *kp, struct pt_regs *regs, const void *function)
{
	regs->gpr[1] += container_of(kp, struct hook, kp)->frame;
	regs->gpr[12] = (unsigned long)function;
	instruction_pointer_set(regs, (unsigned long)function);
	return 1;
}

/**
 * hook_return() - in a filter: make the hooked function return at once
 * @kp: the filter's argument
 * @regs: the filter's argument
 * @value: the function's result
 *
 * Context: a filter.
 *
 * Return: the value for the filter to return.
 */
static inline int hook_return(struct kprobe *kp, struct pt_regs *regs, unsigned long value)
{
	regs->gpr[1] += container_of(kp, struct hook, kp)->frame;
	regs->gpr[3] = value;
	instruction_pointer_set(regs, regs->link);
	return 1;
}

/**
 * hook_pass() - in a filter: let the call continue in the hooked function
 * @kp: the filter's argument
 * @regs: the filter's argument
 *
 * If hook_arm() has decoded the trapped instruction, this executes it: decoding and emulation by
 * the kernel would be a third of the trap's cost. If there are other probes on the instruction,
 * the kernel executes it, because it would skip their handlers otherwise.
 *
 * Context: a filter.
 *
 * Return: the value for the filter to return.
 */
static inline int hook_pass(struct kprobe *kp, struct pt_regs *regs)
{
	const struct hook *hook = container_of(kp, struct hook, kp);
	unsigned long sp = regs->gpr[1];

	/* These are equal for a single probe, whether it is on a list or not. */
	if (kp->list.next != kp->list.prev)
		return 0;
	if (hook->stdu) {
		regs->gpr[1] = sp - hook->stdu;
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
