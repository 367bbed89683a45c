// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks by kprobe on ppc64le. This file does not depend on KVM. doc/design.md, "The place of the
 * trap", explains which instruction it probes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <asm/ppc-opcode.h>

#include "hook.h"

/*
 * A probe that has a post_handler remains a trap. The kernel can turn others into a jump, which
 * would ignore a changed NIP.
 */
static void hook_post_handler(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

/* "addis rT,rA,SI"; with rA = 0 it is "lis rT,SI" */
static bool is_addis(kprobe_opcode_t insn)
{
	return insn >> 26 == 15;
}

/* N if @insn is "stdu r1,-N(r1)", which allocates a stack frame of N bytes; else 0 */
static unsigned long frame_size(kprobe_opcode_t insn)
{
	return (insn & 0xffff8003) == 0xf8218001 ? -(s16)(insn & ~3) : 0;
}

/*
 * Whether a call can still be redirected after @insn. It can if @insn changes neither the
 * arguments nor LR, but only a scratch register, or the stack below the caller's frame.
 */
static bool can_probe_after(kprobe_opcode_t insn)
{
	unsigned int rt = insn >> 21 & 31;

	return (is_addis(insn) && (rt == 0 || (rt >= 6 && rt <= 12))) ||
	       insn == 0x7c0802a6 ||			/* mflr r0 */
	       (insn & 0xfc1f8003) == 0xf8018000 ||	/* std rS,-N(r1) */
	       frame_size(insn);
}

/*
 * Whether @insn is the first word of a prefixed instruction. When a probe on one is removed, the
 * kernel writes 0 over the second word.
 */
static bool is_prefix(kprobe_opcode_t insn)
{
	return insn >> 26 == 1;
}

/*
 * The kernel's get_kprobe(), or NULL if its address cannot be found. It must be called with
 * preemption disabled. It is not exported. register_kprobe() refuses to probe it, but only after it
 * has looked up its address.
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

/*
 * Whether there is a probe without an instruction slot on @addr. Sets @insn to the instruction
 * there, also if a probe has replaced it by a trap.
 */
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
 * hook_arm() - from now on, pass the calls of @hook->symbol to @hook->filter
 * @hook: a hook that is not armed, with symbol and filter set
 *
 * Context: process context, may sleep. The caller prevents the unloading of the module that has
 * the function.
 *
 * Return: 0, or a negative errno, which has been logged: -EBUSY if the kernel could crash because
 * of another kprobe; -EINVAL if the instruction is prefixed; else that of register_kprobe(), for
 * example -ENOENT without such a function and -EINVAL if it must not be probed.
 */
int hook_arm(struct hook *hook)
{
	struct kprobe entry = { .symbol_name = hook->symbol, .flags = KPROBE_FLAG_DISABLED };
	struct kprobe *(*get_kprobe)(void *addr) = find_get_kprobe();
	kprobe_opcode_t *addr, insn, next;
	bool after;
	int err, i;

	/* Find out where the kernel puts a probe on the symbol, perhaps on an ftrace site. */
	err = register_kprobe(&entry);
	if (err) {
		pr_err("cannot find or probe %s: %pe\n", hook->symbol, ERR_PTR(err));
		return err;
	}
	addr = entry.addr;
	hook->ftrace_site = kprobe_ftrace(&entry) ? addr++ : NULL;
	unregister_kprobe(&entry);

	/*
	 * Without an ftrace site the kernel puts the probe after the instructions that set r2,
	 * which calls from the same module skip. But it does not recognise those of the large code
	 * model, "ld r2,-8(r12); add r2,r2,r12".
	 */
	is_slotless(get_kprobe, addr, &insn);
	is_slotless(get_kprobe, addr + 1, &next);
	if (insn == 0xe84cfff8 && next == 0x7c426214)
		addr += 2;

	is_slotless(get_kprobe, addr, &insn);
	is_slotless(get_kprobe, addr + 1, &next);
	after = can_probe_after(insn) && !is_prefix(next);
	hook->frame = after ? frame_size(insn) : 0;
	addr += after;

	/*
	 * When a probe is registered, the kernel reads the slots of an existing probe there and of
	 * one on the instruction before. A probe on a function whose module was unloaded and then
	 * loaded again at the same address has no slot. Nor has a probe at an ftrace site, whose
	 * slot only kernels before 6.1 read (doc/design.md, "The place of the trap").
	 */
	for (i = 1; i >= 0; i--) {
		if (is_slotless(get_kprobe, addr - i, &insn)) {
			pr_err("cannot probe %s at %pS: another kprobe at %pS is in the way; remove it, then reload kvm_ppc_compat\n",
			       hook->symbol, addr, addr - i);
			return -EBUSY;
		}
	}

	if (is_prefix(insn)) {
		pr_err("cannot probe %s at %pS: the instruction is prefixed, and the kernel would destroy it\n",
		       hook->symbol, addr);
		return -EINVAL;
	}

	/* hook_pass() writes below the stack pointer; the trap's frame leaves this much there. */
	hook->stdu = frame_size(insn) <= KERNEL_REDZONE_SIZE ? frame_size(insn) : 0;
	hook->lis_to = 0;
	if (is_addis(insn) && !(insn >> 16 & 31)) {
		hook->lis_to = offsetof(struct pt_regs, gpr[insn >> 21 & 31]);
		hook->lis_value = (long)(s16)insn << 16;
	}

	/* register_kprobe() requires a structure without traces of an earlier use. */
	hook->kp = (struct kprobe){
		.addr = addr,
		.pre_handler = hook->filter,
		.post_handler = hook_post_handler,
	};
	err = register_kprobe(&hook->kp);
	if (err)
		pr_err("cannot probe %s at %pS: %pe\n", hook->symbol, addr, ERR_PTR(err));
	return err;
}

/**
 * hook_disarm() - undo hook_arm()
 * @hook: a hook that is armed
 *
 * When this returns, no filter is running. A function from hook_call() can still be running. The
 * module with the hooked function can already be unloaded.
 *
 * Context: process context, may sleep.
 */
void hook_disarm(struct hook *hook)
{
	unregister_kprobe(&hook->kp);
}

/**
 * hook_ineffective() - why calls do not reach the filter at present
 * @hook: a hook that is armed
 *
 * Context: any. While hook_disarm() of the hook runs, the result can be either.
 *
 * Return: the reason, or NULL if calls reach the filter.
 */
const char *hook_ineffective(const struct hook *hook)
{
	/* While kprobes are disabled, the kernel has the original instruction there. */
	if (READ_ONCE(*hook->kp.addr) != BREAKPOINT_INSTRUCTION)
		return "kprobes are disabled in /sys/kernel/debug/kprobes/enabled";
	/* A livepatch of this function looks like a tracer on it after another livepatch. */
	if (hook->ftrace_site && READ_ONCE(*hook->ftrace_site) != PPC_RAW_NOP() &&
	    test_taint(TAINT_LIVEPATCH))
		return "a livepatch may have replaced a hooked function";
	return NULL;
}

/*
 * The target of the self-test has a stack frame when it is trapped at its second instruction. It
 * adds 1 << 16 only if that has been executed. kprobe_lookup_name() searches 16 bytes for an ftrace
 * site: the target is longer, so that the site of the next function is not found.
 */
static long hook_selftest_target(long value)
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

/**
 * hook_selftest() - test whether hooks take effect on this kernel at present
 *
 * Hooks a function of this module and calls it.
 *
 * Context: process context, may sleep. Callers exclude each other.
 *
 * Return: 0; -EOPNOTSUPP if a hook was armed but has no effect, for example while kprobes are
 * disabled in debugfs; or the error of hook_arm().
 */
int hook_selftest(void)
{
	struct hook hook = {
		.symbol = KBUILD_MODNAME ":hook_selftest_target",
		.filter = hook_selftest_filter,
	};
	long (*target)(long) = hook_selftest_target;
	int err;

	err = hook_arm(&hook);
	if (err)
		return err;
	/* The compiler must not derive from the target which registers a call changes. */
	OPTIMIZER_HIDE_VAR(target);
	if (target(30) != 31 || target(31) != 33 || target(32) != 32 + (1 << 16))
		err = -EOPNOTSUPP;
	hook_disarm(&hook);
	return err;
}
