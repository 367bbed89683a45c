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
 *	and up hold the arguments. It either leaves @regs alone and returns 0, and the call goes
 *	on, or ends with the value of hook_call() or hook_return(). It runs in a trap with
 *	preemption off: no sleeping, no user access, no printing.
 * @armed: whether the probe is registered; hook_arm() and hook_disarm() keep it
 * @kp: the probe while @armed
 */
struct hook {
	const char *symbol;
	int (*filter)(struct kprobe *kp, struct pt_regs *regs);
	bool armed;
	struct kprobe kp;
};

extern int kvm_ppc_compat_loaded;

int hook_arm(struct hook *hook);
void hook_disarm(struct hook *hook);
bool hook_effective(const struct hook *hook);
bool hook_symbol_exists(const char *symbol);
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
	regs_set_return_ip(regs, (unsigned long)function);
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
	regs_set_return_ip(regs, regs->link);
	return 1;
}

#endif /* KVM_PPC_COMPAT_HOOK_H */
