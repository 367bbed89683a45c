// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks by kprobe on ppc64le. Nothing here knows of KVM.
 *
 * The probe is a trap on an instruction after the function's ftrace site, never on the site
 * itself. A probe on the site is taken over by ftrace, and the code that returns from there treats
 * a changed NIP specially: with LIVEPATCH it calls the new NIP through a per-task stack that a
 * plain return never unwinds, with PPC_FTRACE_OUT_OF_LINE it loses the return address. A trap
 * returns like any exception, with all registers from pt_regs. Right behind the site the arguments,
 * the stack pointer and LR are still those of the function's entry.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <asm/ppc-opcode.h>

#include "hook.h"

/*
 * Nobody uses this symbol. The kernel refuses to load a module that exports a symbol twice, and
 * thus a second copy of this one under another name, which would hook the same functions again.
 */
int kvm_ppc_compat_loaded;
EXPORT_SYMBOL_GPL(kvm_ppc_compat_loaded);

/*
 * Never does anything; its presence keeps the probe from being turned into a jump ("optimized"),
 * whose detour ignores the NIP that a filter has set.
 */
static void hook_post_handler(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

/* "addis rT,rA,SI", also written "lis" */
static bool is_addis(kprobe_opcode_t insn)
{
	return insn >> 26 == 15;
}

/* "std rS,DS(r1)" with DS < 0: below the stack pointer */
static bool is_store_below_stack(kprobe_opcode_t insn)
{
	return insn >> 26 == 62 && !(insn & 3) && (insn >> 16 & 31) == 1 && (s16)insn < 0;
}

/*
 * Which of a function's first instructions to trap, from @addr on. hook_pass() can do the work of
 * an addis, and most functions have one there, if only behind stores of registers that they are
 * to preserve. Those may be repeated or in vain.
 */
static kprobe_opcode_t *hook_choose(kprobe_opcode_t *addr)
{
	kprobe_opcode_t *choice = addr;

	while (is_store_below_stack(*choice))
		choice++;
	return is_addis(*choice) ? choice : addr;
}

/*
 * Where a probe on @symbol has to go, and the function's ftrace site, if it has one: a disabled
 * probe is registered, looked at, and removed.
 */
static int hook_locate(const char *symbol, kprobe_opcode_t **addr,
		       const kprobe_opcode_t **ftrace_site)
{
	struct kprobe kp = {
		.symbol_name = symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err;

	err = register_kprobe(&kp);
	if (err)
		return err;

	*addr = kp.addr;
	*ftrace_site = NULL;
	if (kprobe_ftrace(&kp)) {
		*ftrace_site = kp.addr;
		(*addr)++;
	}
	*addr = hook_choose(*addr);
	unregister_kprobe(&kp);
	return 0;
}

/**
 * hook_symbol_exists() - whether the running kernel has a function
 * @symbol: "module:function", or "function" where it is built in
 *
 * Context: process context, may sleep.
 *
 * Return: true if it has, and register_kprobe() takes it.
 */
bool hook_symbol_exists(const char *symbol)
{
	const kprobe_opcode_t *ftrace_site;
	kprobe_opcode_t *addr;

	return !hook_locate(symbol, &addr, &ftrace_site);
}

/**
 * hook_arm() - start to send the calls of @hook->symbol through @hook->filter
 * @hook: with symbol and filter set
 *
 * Context: process context, may sleep. The caller keeps the module that holds the function from
 * going away meanwhile.
 *
 * Return: 0, or the error of register_kprobe(), which has been logged: -ENOENT without such a
 * function, -EINVAL where it may not be probed, and others.
 */
int hook_arm(struct hook *hook)
{
	kprobe_opcode_t *addr;
	int err;

	err = hook_locate(hook->symbol, &addr, &hook->ftrace_site);
	if (err) {
		pr_err("cannot find or probe %s: error %d\n", hook->symbol, err);
		return err;
	}

	/* register_kprobe() wants a structure that has never been used */
	hook->kp = (struct kprobe){
		.addr = addr,
		.pre_handler = hook->filter,
		.post_handler = hook_post_handler,
	};
	err = register_kprobe(&hook->kp);
	if (err) {
		pr_err("cannot probe %s at %pS: error %d\n", hook->symbol, addr, err);
		return err;
	}
	hook->armed = true;
	return 0;
}

/**
 * hook_disarm() - stop what hook_arm() started; nothing to do if it is not armed
 * @hook: the hook
 *
 * Afterwards no filter runs. A function that hook_call() has sent a task to may still run. The
 * module with the hooked function may be gone or going.
 *
 * Context: process context, may sleep.
 */
void hook_disarm(struct hook *hook)
{
	if (!hook->armed)
		return;
	unregister_kprobe(&hook->kp);
	hook->armed = false;
}

/**
 * hook_pass() - in a filter: let the call go on
 * @kp: the filter's argument
 * @regs: the filter's argument
 *
 * Does itself what the trapped instruction does, if that is an addis: decoding, emulating and
 * bookkeeping by the kernel would make up a third of what the trap costs. But where others probe
 * the same instruction it is left to the kernel, which asks none behind the one that did this.
 *
 * Context: as the filter.
 *
 * Return: what the filter has to return.
 */
int hook_pass(struct kprobe *kp, struct pt_regs *regs)
{
	kprobe_opcode_t insn = kp->opcode;
	unsigned int rt = insn >> 21 & 31, ra = insn >> 16 & 31;

	if (!is_addis(insn) || !list_empty(&kp->list))
		return 0;
	regs->gpr[rt] = (ra ? regs->gpr[ra] : 0) + ((long)(s16)insn << 16);
	instruction_pointer_set(regs, regs->nip + sizeof(insn));
	return 1;
}

/**
 * hook_effect() - whether calls are sent through the filter right now
 * @hook: the hook
 *
 * Context: any, but not concurrently with hook_arm() and hook_disarm() of the same hook.
 *
 * Return: HOOK_EFFECTIVE, or why they are not.
 */
enum hook_effect hook_effect(const struct hook *hook)
{
	if (!hook->armed)
		return HOOK_NOT_ARMED;
	if (READ_ONCE(*hook->kp.addr) != BREAKPOINT_INSTRUCTION)
		return HOOK_SWITCHED_OFF;
	if (hook->ftrace_site && READ_ONCE(*hook->ftrace_site) != PPC_RAW_NOP() &&
	    test_taint(TAINT_LIVEPATCH))
		return HOOK_LIVEPATCHED;
	return HOOK_EFFECTIVE;
}

/*
 * kprobe_lookup_name() takes any ftrace site in the 16 bytes from the symbol on, which must not be
 * that of the next function: this one has to be longer than that.
 */
static noinline long hook_selftest_target(long value)
{
	asm volatile("addis %0, %0, 1; .rept 8; nop; .endr" : "+b" (value));
	return value;
}

static long hook_selftest_redirected(long value)
{
	return value + 1;
}

static int hook_selftest_filter(struct kprobe *kp, struct pt_regs *regs)
{
	switch (regs->gpr[3] % 3) {
	case 0:
		return hook_call(regs, hook_selftest_redirected);
	case 1:
		return hook_return(regs, regs->gpr[3] + 2);
	default:
		return hook_pass(kp, regs);
	}
}

/**
 * hook_selftest() - see whether hooks take effect on this kernel right now
 *
 * Hooks a function of this module and calls it.
 *
 * Context: process context, may sleep. Not to be called concurrently.
 *
 * Return: 0; -EOPNOTSUPP if a hook was armed but the call was not redirected, which is so while
 * kprobes are switched off in debugfs; the error of hook_arm().
 */
int hook_selftest(void)
{
	struct hook hook = {
		.symbol = KBUILD_MODNAME ":hook_selftest_target",
		.filter = hook_selftest_filter,
	};
	long (*target)(long) = hook_selftest_target;
	int err;

	/* so that the compiler makes a real call of it */
	OPTIMIZER_HIDE_VAR(target);

	err = hook_arm(&hook);
	if (err)
		return err;
	if (target(30) != 31 || target(31) != 33 || target(32) != 32 + (1 << 16))
		err = -EOPNOTSUPP;
	hook_disarm(&hook);
	return err;
}
