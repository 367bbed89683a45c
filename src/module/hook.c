// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks by kprobe on ppc64le. Nothing here knows of KVM.
 *
 * The probe is a trap on an instruction after the function's ftrace site, never on the site
 * itself. A probe on the site is taken over by ftrace, and the code that returns from there treats
 * a changed NIP specially: with LIVEPATCH it calls the new NIP through a per-task stack that a
 * plain return never unwinds, with PPC_FTRACE_OUT_OF_LINE it loses the return address. A trap
 * returns like any exception, with all registers from pt_regs.
 *
 * Nor is it on the instruction right behind the site, if that can be helped: up to Linux 6.0 the
 * kernel crashes when a probe is registered there while somebody has one on the site
 * ("powerpc/kprobes: Fix null pointer reference in arch_prepare_kprobe()", in v6.1).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <asm/ppc-opcode.h>

#include "hook.h"

/* With a post_handler the kernel does not make the probe a jump, whose detour ignores a new NIP. */
static void hook_post_handler(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

/* "addis rT,rA,SI", also written "lis" */
static bool is_addis(kprobe_opcode_t insn)
{
	return insn >> 26 == 15;
}

/* Bytes that "stdu r1,-N(r1)" takes of the stack; 0: @insn is another one */
static unsigned long stack_taken(kprobe_opcode_t insn)
{
	return (insn & 0xffff8003) == 0xf8218001 ? -(s16)(insn & ~3) : 0;
}

/*
 * Whether a call can still be sent elsewhere behind @insn, because that leaves the arguments and LR
 * alone: it changes a scratch register, or the stack below the caller's frame.
 */
static bool can_be_behind(kprobe_opcode_t insn)
{
	unsigned int rt = insn >> 21 & 31;

	return (is_addis(insn) && (rt == 0 || (rt >= 6 && rt <= 12))) ||
	       insn == 0x7c0802a6 ||			/* mflr r0 */
	       (insn & 0xfc1f8003) == 0xf8018000 ||	/* std rS,-N(r1) */
	       stack_taken(insn);
}

/*
 * The kernel's get_kprobe(), to be called with preemption off; NULL: not to be had. It is not
 * exported: register_kprobe() refuses to probe it, after it has found its address.
 */
static void *find_get_kprobe(void)
{
	struct kprobe kp = {
		.symbol_name = "get_kprobe",
		.offset = sizeof(kprobe_opcode_t),
		.flags = KPROBE_FLAG_DISABLED,
	};

	if (!register_kprobe(&kp))
		unregister_kprobe(&kp);
	return kp.addr ? kp.addr - 1 : NULL;
}

/* Whether there is a probe on @addr without an instruction slot; @insn: set to what is trapped */
static bool is_slotless(struct kprobe *(*get_kprobe)(void *addr), kprobe_opcode_t *addr,
			kprobe_opcode_t *insn)
{
	struct kprobe *kp;
	bool slotless;

	preempt_disable();
	kp = get_kprobe ? get_kprobe(addr) : NULL;
	*insn = kp ? kp->opcode : READ_ONCE(*addr);
	slotless = kp && !kp->ainsn.insn;
	preempt_enable();
	return slotless;
}

/**
 * hook_arm() - start to send the calls of @hook->symbol through @hook->filter
 * @hook: with symbol and filter set
 *
 * Context: process context, may sleep. The caller keeps the module that holds the function from
 * going away meanwhile.
 *
 * Return: 0, or an error, which has been logged: -EBUSY where another kprobe is in the way; those
 * of register_kprobe(): -ENOENT without such a function, -EINVAL where it may not be probed.
 */
int hook_arm(struct hook *hook)
{
	struct kprobe entry = { .symbol_name = hook->symbol, .flags = KPROBE_FLAG_DISABLED };
	struct kprobe *(*get_kprobe)(void *addr) = find_get_kprobe();
	kprobe_opcode_t *addr, insn;
	int err, i;

	/* Where a probe on the symbol would go, and whether that is an ftrace site */
	err = register_kprobe(&entry);
	if (err) {
		pr_err("cannot find or probe %s: %pe\n", hook->symbol, ERR_PTR(err));
		return err;
	}
	addr = entry.addr;
	hook->ftrace_site = kprobe_ftrace(&entry) ? addr++ : NULL;
	unregister_kprobe(&entry);

	is_slotless(get_kprobe, addr, &insn);
	hook->frame = stack_taken(insn);
	addr += can_be_behind(insn);

	/*
	 * The kernel reads the slot of a probe that is there already, and of one on the instruction
	 * before. One that ftrace took over has none, nor has one whose function's module went, and
	 * came back to the same address.
	 */
	for (i = 1; i >= 0; i--) {
		if (is_slotless(get_kprobe, addr - i, &insn)) {
			pr_err("cannot probe %s at %pS: another kprobe at %pS is in the way: remove it, then reload kvm_ppc_compat\n",
			       hook->symbol, addr, addr - i);
			return -EBUSY;
		}
	}

	/* The frame of the trap leaves that much of the stack alone. */
	hook->takes = stack_taken(insn) <= KERNEL_REDZONE_SIZE ? stack_taken(insn) : 0;
	hook->lis_to = 0;
	if (is_addis(insn) && !(insn >> 16 & 31)) {
		hook->lis_to = offsetof(struct pt_regs, gpr[insn >> 21 & 31]);
		hook->lis_value = (long)(s16)insn << 16;
	}

	/* register_kprobe() wants a structure that has never been used */
	hook->kp = (struct kprobe){
		.addr = addr,
		.pre_handler = hook->filter,
		.post_handler = hook_post_handler,
	};
	err = register_kprobe(&hook->kp);
	if (err) {
		pr_err("cannot probe %s at %pS: %pe\n", hook->symbol, addr, ERR_PTR(err));
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
 * hook_ineffective() - why calls are not sent through the filter right now
 * @hook: the hook
 *
 * Context: any, but not concurrently with hook_arm() and hook_disarm() of the same hook.
 *
 * Return: the reason; NULL: they are.
 */
const char *hook_ineffective(const struct hook *hook)
{
	if (!hook->armed)
		return "it is not hooked";
	/* While kprobes are disabled the kernel has the instruction there that was trapped. */
	if (READ_ONCE(*hook->kp.addr) != BREAKPOINT_INSTRUCTION)
		return "kprobes are disabled in /sys/kernel/debug/kprobes/enabled";
	/*
	 * A livepatch has been loaded, and ftrace is active on the function: the trap may never be
	 * reached. Nothing tells that from a livepatch of others and a tracer on this one.
	 */
	if (hook->ftrace_site && READ_ONCE(*hook->ftrace_site) != PPC_RAW_NOP() &&
	    test_taint(TAINT_LIVEPATCH))
		return "a livepatch may have replaced a hooked function";
	return NULL;
}

/*
 * These start like the hooked functions. What they add to @value tells whether the trapped
 * instruction, the second, has been done. kprobe_lookup_name() takes an ftrace site in the 16 bytes
 * from the symbol on, which must not be that of the next function: these are longer.
 */
static noinline long hook_selftest_stdu(long value)
{
	asm volatile("lis 9,0; stdu 1,-32(1); ld 9,0(1); subf 9,1,9; addi 1,1,32; add %0,%0,9"
		     : "+r" (value) : : "r9", "memory");
	return value;
}

static noinline long hook_selftest_lis(long value)
{
	long lis;

	asm volatile("stdu 1,-32(1); lis %0,1; addi 1,1,32; nop" : "=r" (lis) : : "memory");
	return value + lis;
}

static long hook_selftest_redirected(long value)
{
	return value + 1;
}

static int hook_selftest_filter(struct kprobe *kp, struct pt_regs *regs)
{
	switch (regs->gpr[3] % 3) {
	case 0:
		return hook_call(kp, regs, hook_selftest_redirected);
	case 1:
		return hook_return(kp, regs, regs->gpr[3] + 2);
	default:
		return hook_pass(kp, regs);
	}
}

static noinline int hook_selftest_one(const char *symbol, long (*target)(long), long added)
{
	struct hook hook = { .symbol = symbol, .filter = hook_selftest_filter };
	int err;

	err = hook_arm(&hook);
	if (err)
		return err;
	if (target(30) != 31 || target(31) != 33 || target(32) != 32 + added)
		err = -EOPNOTSUPP;
	hook_disarm(&hook);
	return err;
}

/**
 * hook_selftest() - see whether hooks take effect on this kernel right now
 *
 * Hooks functions of this module and calls them.
 *
 * Context: process context, may sleep. Not to be called concurrently.
 *
 * Return: 0; -EOPNOTSUPP if a hook was armed but the call was not redirected, which is so while
 * kprobes are disabled in debugfs; the error of hook_arm().
 */
int hook_selftest(void)
{
	int err = hook_selftest_one(KBUILD_MODNAME ":hook_selftest_stdu", hook_selftest_stdu, 32);

	return err ?: hook_selftest_one(KBUILD_MODNAME ":hook_selftest_lis", hook_selftest_lis,
					1 << 16);
}
