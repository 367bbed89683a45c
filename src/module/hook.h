/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Redirect or answer calls of a kernel function on ppc64le (ELFv2) with a kprobe.
 */
#ifndef KVM_PPC_COMPAT_HOOK_H
#define KVM_PPC_COMPAT_HOOK_H

#include <linux/kprobes.h>
#include <linux/types.h>

/**
 * struct hook - one hooked function
 * @symbol: the function, "module:function", or "function" where it is built in
 * @filter: looks at each call and decides. The registers are those of the function's entry: r3
 *	and up hold the arguments. It ends with the value of hook_pass(), hook_call() or
 *	hook_return(). It runs in a trap with preemption off: no sleeping, no user access, no
 *	printing.
 * @armed: whether the probe is registered; hook_arm() and hook_disarm() keep it
 * @kp: the probe while @armed
 * @ftrace_site: the instruction that tracers and livepatches make a branch of; NULL: none
 */
struct hook {
	const char *symbol;
	int (*filter)(struct kprobe *kp, struct pt_regs *regs);
	bool armed;
	struct kprobe kp;
	const kprobe_opcode_t *ftrace_site;
};

/**
 * enum hook_effect - whether calls are sent through the filter right now
 * @HOOK_EFFECTIVE: they are
 * @HOOK_NOT_ARMED: hook_arm() has not been called, or failed
 * @HOOK_SWITCHED_OFF: kprobes are switched off in debugfs, where the kernel has put the instruction
 *	back that the trap took the place of
 * @HOOK_LIVEPATCHED: a livepatch has been loaded, and ftrace is active on the function: the
 *	livepatch may have replaced it, and then the trap is never reached. (With a livepatch of
 *	other functions only, and a tracer on this one, it is.)
 */
enum hook_effect {
	HOOK_EFFECTIVE,
	HOOK_NOT_ARMED,
	HOOK_SWITCHED_OFF,
	HOOK_LIVEPATCHED,
};

extern int kvm_ppc_compat_loaded;

int hook_arm(struct hook *hook);
void hook_disarm(struct hook *hook);
enum hook_effect hook_effect(const struct hook *hook);
bool hook_symbol_exists(const char *symbol);
int hook_pass(struct kprobe *kp, struct pt_regs *regs);
int hook_selftest(void);

/**
 * hook_call() - from a filter: call @function in place of the hooked one
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
static inline int hook_call(struct pt_regs *regs, const void *function)
{
	regs->gpr[12] = (unsigned long)function;
	instruction_pointer_set(regs, (unsigned long)function);
	return 1;
}

/**
 * hook_return() - from a filter: let the hooked function return @value at once
 * @regs: as the filter got them
 * @value: what its caller gets
 *
 * Return: what the filter has to return.
 */
static inline int hook_return(struct pt_regs *regs, unsigned long value)
{
	regs->gpr[3] = value;
	instruction_pointer_set(regs, regs->link);
	return 1;
}

#endif /* KVM_PPC_COMPAT_HOOK_H */
