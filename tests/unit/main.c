// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's main.c with a model of the rest: what it calls, in which order, in each state, and what it undoes after an
 * error. TAP.
 */
#include <stdarg.h>

#include "../guest/tap.h"
#include "kprobes.h"

/* --- the trace: what main.c has called, a word for each call --- */

static char trace[1024], message[512];

__attribute__((format(printf, 1, 2)))
static void traced(const char *format, ...)
{
	size_t length = strlen(trace);
	va_list args;

	va_start(args, format);
	if (length)
		trace[length++] = ' ';
	vsnprintf(trace + length, sizeof(trace) - length, format, args);
	va_end(args);
}

__attribute__((format(printf, 1, 2)))
static void logged(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	message[strcspn(message, "\n")] = '\0';
}

/* --- the kernel --- */

#define unlikely(x) (x)
#define __init
#define __exit
#define __user
#define module_init(function)
#define module_exit(function)
#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)
#define MODULE_ALIAS(name)
#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)
#define MODULE_VERSION(text)
#define EXPORT_SYMBOL_GPL(symbol)
#define KVM_PPC_COMPAT_VERSION "1.2.3"
#define UTS_RELEASE "6.12"
#define NOTIFY_DONE 0
#define NOTIFY_BAD 0x8002
#define H_GUEST_GET_CAPABILITIES 0x460
#define pr_info(...) logged(__VA_ARGS__)
#define pr_notice(...) (logged(__VA_ARGS__), traced("notice"))
#define pr_err(...) logged(__VA_ARGS__)

enum { MODULE_STATE_LIVE, MODULE_STATE_COMING, MODULE_STATE_GOING };

struct kobject { int unused; };
struct module_kobject { struct kobject kobj; };
struct module {
	int state, references;
	const char *name;
	bool dying;
	struct module_kobject mkobj;
};

static struct module this_module = { .name = KBUILD_MODNAME }, kvm_hv = { .name = "kvm_hv" };
#define THIS_MODULE (&this_module)

static bool try_module_get(struct module *mod)
{
	mod->references += !mod->dying;
	return !mod->dying;
}

static void module_put(struct module *mod)
{
	if (mod)
		mod->references--;
}

static int module_refcount(struct module *mod)
{
	return mod->references;
}

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long event, void *data);
};

static struct notifier_block *notifier;
static int notifier_error, sysfs_error;
static bool races;

static int register_module_notifier(struct notifier_block *nb)
{
	traced("notifier");
	notifier = notifier_error ? NULL : nb;
	/* kvm_hv becomes live before the module can look for it */
	if (races)
		nb->notifier_call(nb, MODULE_STATE_LIVE, &kvm_hv);
	return notifier_error;
}

static int unregister_module_notifier(struct notifier_block *nb)
{
	traced("no-notifier");
	notifier = NULL;
	return 0;
}

struct mutex { int unused; };
#define DEFINE_MUTEX(name) struct mutex name
static bool locked, rcu;

static void mutex_lock(struct mutex *mutex)
{
	if (locked)
		traced("DEADLOCK");
	locked = true;
}

static void mutex_unlock(struct mutex *mutex)
{
	if (!locked)
		traced("NOT-LOCKED");
	locked = false;
}

/* Counted, so that a missing one is noticed. */
static unsigned int asserted;

static void lockdep_assert_held(struct mutex *mutex)
{
	asserted++;
	if (!locked)
		traced("UNLOCKED");
}

static void rcu_read_lock_sched(void)
{
	rcu = true;
}

static void rcu_read_unlock_sched(void)
{
	rcu = false;
}

static void synchronize_rcu_tasks(void)
{
	traced("rcu-tasks");
}

typedef struct { long value; } atomic_long_t;
#define ATOMIC_LONG_INIT(initial) { initial }

/* In get_compat_caps(), which must not touch the module after its module_put() */
static bool calling;

static void atomic_long_inc(atomic_long_t *counter)
{
	if (calling && !this_module.references)
		traced("AFTER-PUT");
	counter->value++;
}

static long atomic_long_read(atomic_long_t *counter)
{
	return counter->value;
}

struct attribute { const char *name; };
struct module_attribute {
	struct attribute attr;
	ssize_t (*show)(struct module_attribute *attr, struct module_kobject *mk, char *buf);
};
struct attribute_group { struct attribute **attrs; };
#define __ATTR_RO(file) { .attr = { #file }, .show = file##_show }
#define sysfs_emit(buf, ...) sprintf(buf, __VA_ARGS__)

static const struct attribute_group *files;

static int sysfs_create_group(struct kobject *kobj, const struct attribute_group *group)
{
	traced("files");
	files = sysfs_error ? NULL : group;
	return sysfs_error;
}

static void sysfs_remove_group(struct kobject *kobj, const struct attribute_group *group)
{
	traced("no-files");
	files = NULL;
}

static const char *release = "6.12";
struct utsname_model { const char *release; };
static struct utsname_model *init_utsname(void)
{
	static struct utsname_model name;

	name.release = release;
	return &name;
}

/* --- KVM --- */

struct file;
struct kvm { bool hv; };
struct kvmppc_ops { struct module *owner; };
static struct kvmppc_ops ops = { .owner = &kvm_hv }, *ops_pointer;
/* kvm_hv's pointer is to be read under RCU, or while its module cannot be unloaded. */
#define kvmppc_hv_ops (*(rcu || filtering ? &ops_pointer : (traced("NO-RCU"), &ops_pointer)))
static bool filtering, pseries = true, nestedv2, has_ioctl, built_in;
static int native_probes;

static bool is_kvmppc_hv_enabled(struct kvm *kvm)
{
	return kvm->hv;
}

static bool kvmhv_on_pseries(void)
{
	return pseries;
}

static bool kvmhv_is_nestedv2(void)
{
	return nestedv2;
}

static int register_kprobe(struct kprobe *kp)
{
	if (strcmp(kp->symbol_name, "kvm_hv:kvmppc_get_compat_caps") || !(kp->flags & KPROBE_FLAG_DISABLED))
		traced("PROBE");
	native_probes += has_ioctl;
	return has_ioctl ? 0 : -ENOENT;
}

static void unregister_kprobe(struct kprobe *kp)
{
	native_probes--;
}

#define IS_BUILTIN(option) 0
#include <compat.h>
#undef IS_BUILTIN
#define IS_BUILTIN(option) built_in

/* --- the other files of the module --- */

#include <hook.h>

static int arm_error[2], selftest_error, caps_error;
static bool armed[2];
static long ioctl_result;
static const char *no_effect[2];
static unsigned int ioctl_command;

/* 0: the ioctl's hook, 1: the capability's */
static int number(const struct hook *hook)
{
	return !strcmp(hook->symbol, "kvm:kvm_vm_ioctl_check_extension");
}

int hook_arm(struct hook *hook)
{
	traced("arm-%d", number(hook));
	if (armed[number(hook)])
		traced("TWICE");
	armed[number(hook)] = !arm_error[number(hook)];
	return arm_error[number(hook)];
}

void hook_disarm(struct hook *hook)
{
	traced("disarm-%d%s", number(hook), armed[number(hook)] ? "" : "-TWICE");
	armed[number(hook)] = false;
}

const char *hook_ineffective(const struct hook *hook)
{
	if (!armed[number(hook)])
		traced("effective-%d-UNARMED", number(hook));
	return no_effect[number(hook)];
}

int hook_selftest(void)
{
	traced("selftest");
	return selftest_error;
}

int caps_init(void)
{
	traced("caps");
	return caps_error;
}

void caps_exit(void)
{
	traced("no-caps");
}

void caps_negotiate(void)
{
	traced("negotiate");
}

u64 caps_get(void)
{
	return 0x6000000000000000;
}

long vm_ioctl_get_compat_caps(unsigned int ioctl, void *argp)
{
	ioctl_command = ioctl;
	return argp == (void *)0x1234 ? ioctl_result : -EILSEQ;
}

#include <main.c>

/* --- the tests --- */

static char page[4096];

/* The contents of a file in sysfs, or the errno */
static const char *file(const char *name)
{
	struct attribute **attr;
	ssize_t size;

	for (attr = files ? files->attrs : NULL; attr && *attr; attr++) {
		if (strcmp((*attr)->name, name))
			continue;
		size = container_of(*attr, struct module_attribute, attr)->show(NULL, NULL, page);
		if (size < 0)
			sprintf(page, "%zd", size);
		page[strcspn(page, "\n")] = '\0';
		return page;
	}
	return "no such file";
}

/* What was called since the last time; nothing remains locked, and nobody has used what is protected. */
static void called(const char *name, const char *expected)
{
	bool good = !strcmp(trace, expected) && !locked && !rcu && !native_probes;

	ok(good, "%s: %s", name, expected);
	if (!good)
		printf("# got: %s%s\n", trace, locked || rcu ? ", locked" : "");
	trace[0] = '\0';
	locked = rcu = false;
}

static void shows(const char *state, const char *reason, const char *backend)
{
	unsigned int before = asserted;

	is("state", file("state"), state);
	is("reason", file("reason"), reason);
	is("backend", file("backend"), backend);
	ok(asserted == before + 2, "the lock is checked");
}

/* A module as it is before it is loaded, with kvm_hv loaded or not */
static void fresh(bool kvm_hv_loaded)
{
	this_module = (struct module){ .name = KBUILD_MODNAME, .state = MODULE_STATE_COMING };
	kvm_hv = (struct module){ .name = "kvm_hv" };
	ops_pointer = kvm_hv_loaded ? &ops : NULL;
	attach_state = WAITING;
	message[0] = trace[0] = '\0';
}

static void loads(const char *name, int expected, const char *calls)
{
	int err = kvm_ppc_compat_init();

	ok(err == expected, "%s: init returns %d", name, expected);
	if (err != expected)
		printf("# got: %d\n", err);
	called(name, calls);
	this_module.state = MODULE_STATE_LIVE;
	ok(err ? !notifier && !files && !armed[0] && !armed[1] : !!files,
	   "%s: %s", name, err ? "nothing remains" : "there are files");
	ok(!kvm_hv.references, "%s: no reference on kvm_hv remains", name);
}

#define ATTACH "negotiate arm-0 arm-1"
#define EXIT "no-files no-notifier disarm-1 disarm-0 rcu-tasks no-caps"

static void exits(const char *calls)
{
	kvm_ppc_compat_exit();
	called("exit", calls);
}

static void event(const char *name, struct module *mod, unsigned long event, const char *calls)
{
	message[0] = '\0';
	ok(notifier->notifier_call(notifier, event, mod) == NOTIFY_DONE, "%s: the next notifier is called", name);
	called(name, calls);
}

static void init_errors(void)
{
	fresh(true);
	release = "6.12.1";
	loads("another kernel", -ENOEXEC, "");
	is("message", message, "not loading: built for Linux 6.12, and this is 6.12.1; rebuild it with dkms or make");
	release = "6.12";
	enable = false;
	loads("enable=0", -ENODEV, "");
	is("message", message, "not loading: disabled by enable=0");
	enable = true;
	pseries = false;
	loads("bare metal", -ENODEV, "");
	is("message", message, "not loading: bare metal has no compatibility mode");
	pseries = true;
	message[0] = '\0';
	selftest_error = -EINVAL;
	loads("self-test fails", -EINVAL, "selftest");
	is("message", message, "");
	selftest_error = -EOPNOTSUPP;
	loads("kprobes have no effect", -EOPNOTSUPP, "selftest");
	ok(!!strstr(message, "kprobes have no effect"), "message: kprobes have no effect");
	selftest_error = 0;
	caps_error = -ENOMEM;
	loads("caps_init() fails", -ENOMEM, "selftest caps");
	caps_error = 0;
	notifier_error = -EEXIST;
	loads("no notifier", -EEXIST, "selftest caps notifier no-caps");
	notifier_error = 0;
	arm_error[0] = -ENOENT;
	fresh(true);
	loads("no hook for the ioctl", -ENOENT, "selftest caps notifier negotiate arm-0 no-notifier no-caps");
	arm_error[0] = 0;
	arm_error[1] = -ENOENT;
	fresh(true);
	loads("no hook for the capability", -ENOENT, "selftest caps notifier " ATTACH " disarm-0 no-notifier no-caps");
	arm_error[1] = 0;
	sysfs_error = -ENOMEM;
	fresh(true);
	loads("no files", -ENOMEM, "selftest caps notifier " ATTACH " files no-notifier disarm-1 disarm-0 no-caps");
	ok(!!strstr(message, "cannot create files"), "message: cannot create files");
	sysfs_error = 0;
	has_ioctl = true;
	fresh(true);
	loads("a native kernel", -ENODEV, "selftest caps notifier no-notifier no-caps");
	is("message", message, "not needed: this kernel provides KVM_PPC_GET_COMPAT_CAPS");
	fresh(true);
	kvm_hv.references = 1;
	ok(kvm_ppc_compat_init() == -ENODEV, "a native kernel with VMs");
	called("without a notice", "selftest caps notifier no-notifier no-caps");
	has_ioctl = false;
}

static void attaching(void)
{
	unsigned int before = asserted;

	fresh(true);
	loads("kvm_hv is loaded", 0, "selftest caps notifier " ATTACH " files");
	ok(asserted == before + 2, "attach() checks the lock");
	ok(strstr(message, "attached to kvm_hv, nested API v1, modes 0x6000000000000000; version 1.2.3, Linux 6.12, hooks at ") == message &&
	   !strchr(message, ':'), "message: attached");
	shows("attached", "", "v1");
	event("kvm_hv becomes live again", &kvm_hv, MODULE_STATE_LIVE, "");
	event("another module is unloaded", &this_module, MODULE_STATE_GOING, "");
	nestedv2 = true;
	shows("attached", "", "v2");
	nestedv2 = false;
	no_effect[0] = "reason 0";
	shows("off", "reason 0", "v1");
	no_effect[0] = NULL;
	no_effect[1] = "reason 1";
	shows("off", "reason 1", "v1");
	no_effect[1] = NULL;
	exits(EXIT);

	fresh(true);
	kvm_hv.references = 1;
	kvm_ppc_compat_init();
	called("there are VMs", "selftest caps notifier " ATTACH " notice files");
	ok(kvm_hv.references == 1, "the references of VMs remain");
	exits(EXIT);

	fresh(true);
	no_effect[0] = "reason 0";
	loads("without effect", 0, "selftest caps notifier " ATTACH " files");
	ok(strstr(message, "hooked kvm_hv, but off, ") == message && strstr(message, ": reason 0"), "message: off");
	no_effect[0] = NULL;
	exits(EXIT);

	fresh(true);
	races = true;
	loads("kvm_hv is loaded meanwhile", 0, "selftest caps notifier " ATTACH " files");
	races = false;
	exits(EXIT);

	fresh(true);
	built_in = true;
	ops.owner = NULL;
	loads("KVM is built in", 0, "selftest caps notifier " ATTACH " files");
	exits(EXIT);
	fresh(false);
	loads("KVM is built in, and kvm_hv does not work", 0, "selftest caps notifier files");
	exits("no-files no-notifier rcu-tasks no-caps");
	built_in = false;
	ops.owner = &kvm_hv;
}

static void waiting(void)
{
	fresh(false);
	loads("kvm_hv is not loaded", 0, "selftest caps notifier files");
	is("message", message, "waiting for kvm_hv to be loaded");
	shows("waiting", "kvm_hv is not loaded", "none");
	event("another module is loaded", &this_module, MODULE_STATE_LIVE, "");
	event("kvm_hv is coming", &kvm_hv, MODULE_STATE_COMING, "");
	kvm_hv.references = 2;
	event("kvm_hv is loaded, and there is a VM", &kvm_hv, MODULE_STATE_LIVE, ATTACH " notice");
	event("kvm_hv is unloaded", &kvm_hv, MODULE_STATE_GOING, "disarm-1 disarm-0");
	/* that of the task that loads it */
	kvm_hv.references = 1;
	event("kvm_hv is loaded", &kvm_hv, MODULE_STATE_LIVE, ATTACH);
	kvm_hv.references = 0;
	shows("attached", "", "v1");
	event("kvm_hv is unloaded", &kvm_hv, MODULE_STATE_GOING, "disarm-1 disarm-0");
	is("message", message, "detaching: kvm_hv is being unloaded");
	shows("waiting", "kvm_hv is not loaded", "none");
	event("kvm_hv failed to load", &kvm_hv, MODULE_STATE_GOING, "");
	is("message", message, "");
	arm_error[1] = -EBUSY;
	event("kvm_hv cannot be hooked", &kvm_hv, MODULE_STATE_LIVE, ATTACH " disarm-0");
	shows("off", "could not hook kvm_hv; see the kernel log, then reload this module", "none");
	arm_error[1] = 0;
	event("kvm_hv becomes live again", &kvm_hv, MODULE_STATE_LIVE, "");
	event("kvm_hv is unloaded", &kvm_hv, MODULE_STATE_GOING, "");
	shows("waiting", "kvm_hv is not loaded", "none");
	has_ioctl = true;
	event("a native kvm_hv is loaded", &kvm_hv, MODULE_STATE_LIVE, "");
	is("message", message, "not needed: this kernel provides KVM_PPC_GET_COMPAT_CAPS");
	shows("native", "this kernel provides KVM_PPC_GET_COMPAT_CAPS", "none");
	has_ioctl = false;
	exits("no-files no-notifier rcu-tasks no-caps");

	fresh(true);
	kvm_hv.state = MODULE_STATE_COMING;
	loads("kvm_hv is in its init", 0, "selftest caps notifier files");
	kvm_hv.state = MODULE_STATE_LIVE;
	event("kvm_hv is loaded", &kvm_hv, MODULE_STATE_LIVE, ATTACH);
	exits(EXIT);
	fresh(true);
	kvm_hv.dying = true;
	loads("kvm_hv is being unloaded", 0, "selftest caps notifier files");
	exits("no-files no-notifier rcu-tasks no-caps");
	fresh(true);
	ops.owner = NULL;
	loads("kvm_hv has no owner", 0, "selftest caps notifier files");
	ops.owner = &kvm_hv;
	exits("no-files no-notifier rcu-tasks no-caps");
}

/* The filter's decision, for r3 to r5: "pass", "call" or the value that is returned */
static const char *filtered(struct hook *hook, unsigned long r3, unsigned long r4, unsigned long r5)
{
	struct pt_regs regs = { .gpr = { [3] = r3, [4] = r4, [5] = r5 }, .nip = 0x100, .link = 0x200 };
	static char value[32];
	int ret;

	hook->kp.list.next = hook->kp.list.prev = &hook->kp.list;
	filtering = true;
	ret = hook->filter(&hook->kp, &regs);
	filtering = false;
	if (!ret)
		return "pass";
	if (regs.nip == (unsigned long)get_compat_caps)
		return "call";
	if (regs.nip != regs.link)
		return "neither";
	sprintf(value, "%lu", regs.gpr[3]);
	return value;
}

static const char *ioctl_filter(unsigned long command)
{
	return filtered(&hook_vm_ioctl, 0, command, 0x1234);
}

static const char *extension(struct kvm *kvm, long ext)
{
	return filtered(&hook_check_extension, (unsigned long)kvm, ext, 0);
}

static void ioctls(void)
{
	static const unsigned int commands[] = {
		KVM_PPC_GET_COMPAT_CAPS, KVM_PPC_GET_COMPAT_CAPS_DRAFT, KVM_PPC_GET_COMPAT_CAPS_IOWR_DRAFT,
	};
	size_t i;

	fresh(true);
	ok(!strcmp(ioctl_filter(KVM_PPC_GET_COMPAT_CAPS), "pass"), "before the module is loaded, calls are passed on");
	loads("attach", 0, "selftest caps notifier " ATTACH " files");
	is("counted", file("refused"), "1");
	is("none answered", file("hits"), "0");
	for (i = 0; i < 3; i++) {
		is("our command", ioctl_filter(commands[i]), "call");
		ok(this_module.references == 1, "with a reference on the module");
		ioctl_result = i ? -EFAULT : 0;
		calling = true;
		ok(get_compat_caps(NULL, commands[i], 0x1234) == ioctl_result && ioctl_command == commands[i], "it is handled");
		calling = false;
		called("the call", "");
		ok(!this_module.references, "the reference is dropped");
		is("another command of that number", ioctl_filter(commands[i] ^ 1U << 16), "pass");
		is("another number", ioctl_filter(commands[i] ^ 1), "pass");
	}
	is("counted", file("hits"), "3");
	is("none refused since", file("refused"), "1");
	this_module.dying = true;
	is("without a reference", ioctl_filter(KVM_PPC_GET_COMPAT_CAPS), "pass");
	is("counted", file("refused"), "2");
	this_module.dying = false;
	this_module.state = MODULE_STATE_GOING;
	is("while it is being unloaded", ioctl_filter(KVM_PPC_GET_COMPAT_CAPS), "pass");
	ok(!this_module.references, "no reference is taken");
	this_module.state = MODULE_STATE_LIVE;
	hook_vm_ioctl.kp.nmissed = 5;
	hook_check_extension.kp.nmissed = 2;
	is("missed", file("nmissed"), "7");
	exits(EXIT);
}

static void capability(void)
{
	struct kvm hv = { .hv = true }, pr = { .hv = false };

	fresh(true);
	is("capability before the module is loaded", extension(NULL, 250), "pass");
	loads("attach", 0, "selftest caps notifier " ATTACH " files");
	is("on /dev/kvm", extension(NULL, 250), "1");
	is("on a VM", extension(&hv, 250), "1");
	is("on a VM of KVM-PR", extension(&pr, 250), "pass");
	is("another capability", extension(NULL, 251), "pass");
	is("the draft's", extension(NULL, 249), "pass");
	draft_cap = true;
	is("the draft's, draft_cap=1", extension(NULL, 249), "1");
	is("on a VM of KVM-PR", extension(&pr, 249), "pass");
	is("another capability", extension(NULL, 251), "pass");
	draft_cap = false;
	no_effect[0] = "reason";
	is("without the ioctl", extension(NULL, 250), "pass");
	no_effect[0] = NULL;
	no_effect[1] = "reason";
	is("while the state is off for its own hook", extension(NULL, 250), "pass");
	no_effect[1] = NULL;
	ops_pointer = NULL;
	is("without kvm_hv", extension(NULL, 250), "pass");
	is("on a VM", extension(&hv, 250), "1");
	ops_pointer = &ops;
	this_module.state = MODULE_STATE_GOING;
	is("while the module is being unloaded", extension(NULL, 250), "pass");
	this_module.state = MODULE_STATE_COMING;
	is("while it is being loaded", extension(NULL, 250), "pass");
	exits(EXIT);
}

int main(void)
{
	ok(enable && !draft_cap, "the defaults of the parameters");
	init_errors();
	attaching();
	waiting();
	ioctls();
	capability();
	return tap_done();
}
