// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's hook.c and hook.h with a model of kprobes: where the probe goes, what the filters' helpers do to the
 * registers, and errors. That a trap redirects a call is for a kernel to show. TAP.
 */
#include "../guest/tap.h"
#include "kprobes.h"

/* --- the kernel: what hook.c uses of it --- */

#define KERNEL_REDZONE_SIZE 288
#define BREAKPOINT_INSTRUCTION 0x7fe00008
#define PPC_RAW_NOP() 0x60000000
/* The first word of "pld" */
#define PREFIX 0x04100001
#define TAINT_LIVEPATCH 15
#define OPTIMIZER_HIDE_VAR(variable) ((void)0)
/* glibc prints the address for %pS */
#define pr_err(...) (logged++, snprintf(message, sizeof(message), __VA_ARGS__))

/* What went wrong in the use of the following; NULL: nothing */
static const char *misuse;
static unsigned int logged;
static char message[256];
static int preemption = 1;
static bool livepatched;

/* The text of a function; the ftrace site is text[1], if there is one */
static kprobe_opcode_t text[8], original[8], slot;
static bool has_ftrace_site, has_get_kprobe;
/* The error of a registration by address, and of one by symbol */
static int address_error, symbol_error;
/* The hook's probe and that of somebody else */
static struct kprobe *registered, *other;
/* How many probes are registered, also those that are disabled */
static int probes;

static unsigned long stack[64];

static void preempt_disable(void)
{
	preemption--;
}

static void preempt_enable(void)
{
	preemption++;
}

static bool test_taint(unsigned int flag)
{
	return flag == TAINT_LIVEPATCH && livepatched;
}

static struct kprobe *get_kprobe_model(void *addr)
{
	if (preemption)
		misuse = "get_kprobe() with preemption on";
	return other && other->addr == addr ? other : NULL;
}

static bool kprobe_ftrace(struct kprobe *kp)
{
	return kp->flags & KPROBE_FLAG_FTRACE;
}

static int register_kprobe(struct kprobe *kp)
{
	kprobe_opcode_t *entry = &text[1];

	if (kp->opcode || kp->list.next || kp->ainsn.insn)
		misuse = "register_kprobe() of a structure that was used";
	if (kp->symbol_name && !strcmp(kp->symbol_name, "get_kprobe")) {
		if (has_get_kprobe)
			kp->addr = (kprobe_opcode_t *)((char *)get_kprobe_model + kp->offset);
		return has_get_kprobe ? -EINVAL : -ENOENT;
	}
	if (!kp->symbol_name) {
		if (address_error)
			return address_error;
		if (registered)
			misuse = "two probes";
		kp->opcode = *kp->addr;
		*kp->addr = BREAKPOINT_INSTRUCTION;
		registered = kp;
	} else if (!strcmp(kp->symbol_name, KBUILD_MODNAME ":hook_selftest_target")) {
		kp->addr = entry;
	} else if (!strcmp(kp->symbol_name, "kvm:function")) {
		if (symbol_error)
			return symbol_error;
		kp->addr = entry;
		kp->flags |= has_ftrace_site ? KPROBE_FLAG_FTRACE : 0;
	} else {
		return -ENOENT;
	}
	if (!kp->symbol_name == !!(kp->flags & KPROBE_FLAG_DISABLED))
		misuse = "a probe by symbol that is enabled, or another one that is not";
	/* a probe that is alone is its own list */
	kp->list.next = kp->list.prev = &kp->list;
	probes++;
	return 0;
}

static void unregister_kprobe(struct kprobe *kp)
{
	if (!kp->list.next)
		misuse = "unregister_kprobe() of what is not registered";
	kp->list.next = NULL;
	probes--;
	if (registered == kp) {
		*kp->addr = kp->opcode;
		/* as the kernel does */
		if (kp->opcode >> 26 == PREFIX >> 26)
			kp->addr[1] = 0;
		registered = NULL;
	}
}

/* What does not work for the self-test's target */
static enum { NOTHING, ALL, REDIRECTION, VALUE, INSTRUCTION } broken;

static long selftest_call(long value)
{
	struct pt_regs regs = { .gpr[1] = (unsigned long)&stack[48], .gpr[3] = value, .nip = 1, .link = 2 };

	if (broken == ALL || !registered || !registered->pre_handler(registered, &regs))
		return value + (1 << 16);
	if (regs.nip == regs.link)
		return regs.gpr[3] + (broken == VALUE);
	if (regs.nip == 1 + sizeof(kprobe_opcode_t))
		return value + (1 << 16) + (broken == INSTRUCTION);
	return ((long (*)(long))regs.nip)(value) + (broken == REDIRECTION);
}

#include <hook.c>

/* --- the tests --- */

#define LIS(rt, value) (15U << 26 | (rt) << 21 | ((value) & 0xffff))
#define ADDIS(rt, ra, value) (LIS(rt, value) | (ra) << 16)
#define STDU(size) (0xf8210001 | (-(size) & 0xfffc))
#define STD(rs, offset) (0xf8010000 | (rs) << 21 | ((offset) & 0xfffc))
#define MFLR 0x7c0802a6
#define ADDI 0x38630001

static struct hook hook;

static int filter(struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

/* A function with these two instructions, after the ftrace site if there is one */
static void function(bool ftrace_site, kprobe_opcode_t first, kprobe_opcode_t second)
{
	int i;

	for (i = 0; i < 8; i++)
		text[i] = ADDI;
	text[1] = PPC_RAW_NOP();
	text[1 + ftrace_site] = first;
	text[2 + ftrace_site] = second;
	memcpy(original, text, sizeof(text));
	has_ftrace_site = ftrace_site;
	memset(&hook, 0, sizeof(hook));
	hook.symbol = "kvm:function";
	hook.filter = filter;
	logged = 0;
}

/* Whatever was done, nothing of it is left. */
static bool clean(void)
{
	bool good = !misuse && !probes && preemption == 1 && !memcmp(text, original, sizeof(text));

	if (misuse)
		printf("# %s\n", misuse);
	misuse = NULL;
	return good;
}

static const struct {
	const char *name;
	kprobe_opcode_t first, second;
	bool after;	/* the probe is on the second */
	unsigned long frame, stdu;
	int lis_to;	/* -1: none */
	long lis_value;
} functions[] = {
	{ "an instruction of another kind", ADDI, STDU(32), false, 0, 0, -1, 0 },
	{ "mflr, then stdu", MFLR, STDU(32), true, 0, 32, -1, 0 },
	{ "nearly mflr", MFLR + 1, STDU(32), false, 0, 0, -1, 0 },
	{ "lis of a scratch register, then stdu", LIS(9, 1), STDU(64), true, 0, 64, -1, 0 },
	{ "stdu, then lis", STDU(48), LIS(10, 5), true, 48, 0, 10, 5 << 16 },
	{ "stdu, then lis of a negative value", STDU(48), LIS(10, 0x8000), true, 48, 0, 10, -0x80000000L },
	{ "stdu, then addis", STDU(48), ADDIS(10, 2, 5), true, 48, 0, -1, 0 },
	{ "stdu, then addis of another register", STDU(48), ADDIS(10, 16, 5), true, 48, 0, -1, 0 },
	{ "lis r0, then lis r31", LIS(0, 1), LIS(31, 0x7fff), true, 0, 0, 31, 0x7fff0000 },
	{ "lis r1", LIS(1, 1), ADDI, false, 0, 0, 1, 1 << 16 },
	{ "lis r2", LIS(2, 1), ADDI, false, 0, 0, 2, 1 << 16 },
	{ "lis r3", LIS(3, 1), ADDI, false, 0, 0, 3, 1 << 16 },
	{ "lis r5", LIS(5, 1), ADDI, false, 0, 0, 5, 1 << 16 },
	{ "lis r6", LIS(6, 1), ADDI, true, 0, 0, -1, 0 },
	{ "lis r12", LIS(12, 1), ADDI, true, 0, 0, -1, 0 },
	{ "lis r13", LIS(13, 1), ADDI, false, 0, 0, 13, 1 << 16 },
	{ "addis r12", ADDIS(12, 2, 1), ADDI, true, 0, 0, -1, 0 },
	{ "addi of a scratch register", 14U << 26 | 9 << 21, ADDI, false, 0, 0, -1, 0 },
	{ "std below the stack pointer", STD(31, -8), STDU(32), true, 0, 32, -1, 0 },
	{ "std of r0 below the stack pointer", STD(0, -32768), ADDI, true, 0, 0, -1, 0 },
	{ "std above the stack pointer", STD(0, 16), STDU(32), false, 0, 0, -1, 0 },
	{ "std to another register", STD(31, -8) ^ 3 << 16, ADDI, false, 0, 0, -1, 0 },
	{ "stdu of another register", STDU(32) ^ 9 << 21, ADDI, false, 0, 0, -1, 0 },
	{ "stdu that frees", 0xf8210021, ADDI, false, 0, 0, -1, 0 },
	{ "the largest stdu that is executed", MFLR, STDU(288), true, 0, 288, -1, 0 },
	{ "a larger stdu", MFLR, STDU(304), true, 0, 0, -1, 0 },
	{ "the largest frame", STDU(32768), ADDI, true, 32768, 0, -1, 0 },
	{ "stdu, then a prefixed instruction", STDU(48), PREFIX, false, 0, 48, -1, 0 },
	{ "lis, then a prefixed instruction", LIS(9, 1), PREFIX, false, 0, 0, 9, 1 << 16 },
};

static void arming(void)
{
	size_t i;
	int site;
	bool good;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		for (site = 0; site < 2; site++) {
			function(site, functions[i].first, functions[i].second);
			/* of an earlier use */
			hook.stdu = 1;
			hook.lis_to = 1;
			good = !hook_arm(&hook) && registered == &hook.kp &&
			       hook.kp.addr == &text[1 + site + functions[i].after] && hook.kp.pre_handler == filter &&
			       hook.kp.post_handler && hook.frame == functions[i].frame && hook.stdu == functions[i].stdu &&
			       hook.lis_to == (functions[i].lis_to < 0 ? 0 : offsetof(struct pt_regs, gpr[functions[i].lis_to])) &&
			       (!hook.lis_to || hook.lis_value == functions[i].lis_value) &&
			       hook.ftrace_site == (site ? &text[1] : NULL);
			hook_disarm(&hook);
			ok(good & clean(), "%s%s", functions[i].name, site ? ", after an ftrace site" : "");
		}
	}
	for (i = 0; i < 4; i++) {
		function(false, i == 1 ? ADDI : 0xe84cfff8, i == 2 ? ADDI : 0x7c426214);
		text[3] = original[3] = MFLR;
		text[4] = original[4] = i == 3 ? PREFIX : STDU(32);
		good = !hook_arm(&hook) && hook.kp.addr == &text[i == 0 ? 4 : i == 3 ? 3 : 1];
		hook_disarm(&hook);
		ok(good & clean(), "what sets r2 is skipped if it is whole, %zu", i);
	}
	function(true, MFLR, STDU(32));
	ok(!hook_arm(&hook), "arm");
	hook_disarm(&hook);
	ok(clean(), "disarm");
	ok(!hook_arm(&hook), "arm again");
	hook_disarm(&hook);
	ok(clean(), "disarm");
}

static void errors(void)
{
	function(true, MFLR, STDU(32));
	hook.symbol = "kvm:nothing";
	ok(hook_arm(&hook) == -ENOENT && logged == 1 && clean(), "no such function");
	function(true, MFLR, STDU(32));
	symbol_error = -EINVAL;
	ok(hook_arm(&hook) == -EINVAL && logged == 1 && clean(), "a function that must not be probed");
	symbol_error = 0;
	function(true, PREFIX, ADDI);
	ok(hook_arm(&hook) == -EINVAL && logged == 1 && clean(), "a function that starts with a prefixed instruction");
	function(true, MFLR, STDU(32));
	address_error = -EILSEQ;
	ok(hook_arm(&hook) == -EILSEQ && logged == 1 && clean(), "an instruction that cannot be probed");
	address_error = 0;
	ok(!hook_arm(&hook), "after that");
	hook_disarm(&hook);
	ok(clean(), "disarm");
}

/* Somebody else's probe, on an instruction that it has replaced by a trap, with a slot or without */
static void beside(int at, bool has_slot, int expected, const char *name)
{
	struct kprobe kp = { .addr = &text[at], .ainsn.insn = has_slot ? &slot : NULL };
	char address[32];
	int err;

	function(true, MFLR, STDU(32));
	snprintf(address, sizeof(address), "at %pS is in the way", (void *)&text[at]);
	kp.opcode = text[at];
	text[at] = original[at] = BREAKPOINT_INSTRUCTION;
	other = &kp;
	err = hook_arm(&hook);
	ok(err == expected && logged == !!expected &&
	   (err ? !!strstr(message, address) : hook.kp.addr == &text[3] && hook.stdu == 32), "another probe %s, %s a slot", name, has_slot ? "with" : "without");
	if (!err)
		hook_disarm(&hook);
	ok(clean(), err ? "nothing is left" : "disarm");
	other = NULL;
}

static void other_probes(void)
{
	beside(1, true, 0, "on the ftrace site");
	beside(1, false, 0, "on the ftrace site");
	beside(2, true, 0, "on the first instruction");
	beside(2, false, -EBUSY, "on the first instruction");
	beside(3, true, 0, "on the same instruction");
	beside(3, false, -EBUSY, "on the same instruction");
	beside(4, true, 0, "on the next instruction");
	beside(4, false, 0, "on the next instruction");
	has_get_kprobe = false;
	function(true, MFLR, STDU(32));
	ok(!hook_arm(&hook), "a kernel without get_kprobe()");
	hook_disarm(&hook);
	ok(clean(), "disarm");
	has_get_kprobe = true;
}

/* In each of these states, why calls do not reach the filter, or that they do */
static void effective(const char *name, const char *reason)
{
	const char *got = hook_ineffective(&hook);

	ok(!got == !reason && (!got || strstr(got, reason)), "%s: %s", name, reason ? reason : "effective");
}

static void ineffective(void)
{
	function(true, MFLR, STDU(32));
	hook_arm(&hook);
	effective("armed", NULL);
	livepatched = true;
	effective("a livepatch, and no tracer", NULL);
	text[1] = 0x48000001;
	effective("a livepatch, and ftrace active", "livepatch");
	livepatched = false;
	effective("ftrace active", NULL);
	text[1] = PPC_RAW_NOP();
	text[3] = STDU(32);
	effective("kprobes disabled", "kprobes are disabled");
	text[3] = BREAKPOINT_INSTRUCTION;
	hook_disarm(&hook);
	function(false, 0x48000001, STDU(32));
	hook_arm(&hook);
	livepatched = true;
	effective("a livepatch, and no ftrace site", NULL);
	livepatched = false;
	hook_disarm(&hook);
	ok(clean(), "disarm");
}

/* --- what filters do --- */

/* The registers and the stack after a filter, and as they have to be then */
static struct pt_regs regs, expected;
static unsigned long expected_stack[64];

static void trapped(kprobe_opcode_t first, kprobe_opcode_t second)
{
	int i;

	function(true, first, second);
	hook_arm(&hook);
	for (i = 0; i < 32; i++)
		regs.gpr[i] = 0x1000 + i;
	for (i = 0; i < 64; i++)
		stack[i] = expected_stack[i] = i;
	regs.gpr[1] = (unsigned long)&stack[48];
	regs.nip = (unsigned long)hook.kp.addr;
	regs.link = 0x4000;
	expected = regs;
}

static void filtered(bool good, const char *name)
{
	good &= !memcmp(&regs, &expected, sizeof(regs)) && !memcmp(stack, expected_stack, sizeof(stack));
	hook_disarm(&hook);
	ok(good & clean(), "%s", name);
}

static void passing(void)
{
	struct kprobe more;

	trapped(MFLR, STDU(32));
	expected_stack[44] = expected.gpr[1];
	expected.gpr[1] = (unsigned long)&stack[44];
	expected.nip += 4;
	filtered(hook_pass(&hook.kp, &regs) == 1, "pass: stdu is executed");

	trapped(STDU(32), LIS(10, 5));
	expected.gpr[10] = 5 << 16;
	expected.nip += 4;
	filtered(hook_pass(&hook.kp, &regs) == 1, "pass: lis is executed");

	trapped(MFLR, ADDI);
	filtered(!hook_pass(&hook.kp, &regs), "pass: another instruction is left to the kernel");

	trapped(MFLR, STDU(32));
	hook.kp.list.next = &more.list;
	filtered(!hook_pass(&hook.kp, &regs), "pass: with other probes the instruction is left to the kernel");

	trapped(MFLR, STDU(32));
	hook.kp.list.next = hook.kp.list.prev = &more.list;
	ok(hook_pass(&hook.kp, &regs) == 1, "pass: a single probe on a list");
	hook_disarm(&hook);
	ok(clean(), "disarm");
}

static void redirecting(void)
{
	trapped(STDU(32), LIS(10, 5));
	expected.gpr[1] += 32;
	expected.gpr[12] = expected.nip = 0x5000;
	filtered(hook_call(&hook.kp, &regs, (void *)0x5000) == 1, "call: the frame is freed, r12 and NIP are the function");

	trapped(STDU(32), LIS(10, 5));
	expected.gpr[1] += 32;
	expected.gpr[3] = 7;
	expected.nip = expected.link;
	filtered(hook_return(&hook.kp, &regs, 7) == 1, "return: the frame is freed, r3 is the value, NIP is the link register");
}

static void selftest(void)
{
	function(false, STDU(32), LIS(9, 1));
	ok(!hook_selftest() && clean(), "self-test");
	for (broken = ALL; broken <= INSTRUCTION; broken++)
		ok(hook_selftest() == -EOPNOTSUPP && clean(), "self-test: kprobes that do not work, %d", broken);
	broken = NOTHING;
	address_error = -EINVAL;
	ok(hook_selftest() == -EINVAL && clean(), "self-test: a probe that cannot be registered");
	address_error = 0;
}

int main(void)
{
	has_get_kprobe = true;
	arming();
	errors();
	other_probes();
	ineffective();
	passing();
	redirecting();
	selftest();
	return tap_done();
}
