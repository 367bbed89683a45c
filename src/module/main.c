// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CAP_PPC_COMPAT_CAPS and KVM_PPC_GET_COMPAT_CAPS of Linux 7.3 for the kvm-hv of older kernels:
 * doc/design.md, "Life cycle".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/kvm_ppc_compat.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/sysfs.h>
#include <linux/utsname.h>
#include <asm/kvm_ppc.h>
#include <generated/utsrelease.h>

#include "caps.h"
#include "compat.h"
#include "hook.h"
#include "vm_ioctl.h"

/*
 * Nobody uses this symbol. It keeps a second copy of this module, under another name, from hooking
 * the same functions again: the kernel does not load a module that exports an existing symbol.
 */
extern int kvm_ppc_compat_loaded;
int kvm_ppc_compat_loaded;
EXPORT_SYMBOL_GPL(kvm_ppc_compat_loaded);

enum attach_state {
	WAITING,	/* kvm-hv is not loaded */
	ATTACHED,
	NATIVE,		/* this kvm-hv provides the ioctl */
	FAILED,		/* this kvm-hv could not be hooked; the log has the reason */
};

/*
 * Protects attach_state, and the arming and disarming of the hooks. init and exit call detach()
 * without it, after they have unregistered the notifier.
 */
static DEFINE_MUTEX(attach_lock);
static enum attach_state attach_state;

static bool enable = true;
module_param(enable, bool, 0444);
MODULE_PARM_DESC(enable, "allow the module to load (default: Y)");

static bool draft_cap;
module_param(draft_cap, bool, 0644);
MODULE_PARM_DESC(draft_cap, "also announce the draft ABI as capability 249 (default: N)");

static atomic_long_t hits = ATOMIC_LONG_INIT(0);
static atomic_long_t refused = ATOMIC_LONG_INIT(0);

/*
 * The kernel frees a module whose init fails, even if there are references on it. So calls go to
 * the kernel's own code until init has succeeded, and again while the module is being unloaded.
 */
static bool in_service(void)
{
	return READ_ONCE(THIS_MODULE->state) == MODULE_STATE_LIVE;
}

/*
 * Runs instead of kvm_arch_vm_ioctl_hv() for our commands. Since 'KVM: PPC: Standardize on "int"
 * return types in the powerpc KVM code' (in v6.4) its callers use the low half of the result.
 */
static long get_compat_caps(struct file *filp, unsigned int ioctl, unsigned long arg)
{
	long ret = vm_ioctl_get_compat_caps(ioctl, (void __user *)arg);

	atomic_long_inc(&hits);
	module_put(THIS_MODULE);
	return ret;
}

/* This and announce() are out of line, so that the filters need no stack frame for other calls. */
static noinline int redirect(struct kprobe *kp, struct pt_regs *regs)
{
	if (!vm_ioctl_is_ours(regs->gpr[4]))
		return hook_pass(kp, regs);
	/* get_compat_caps() drops the reference */
	if (in_service() && try_module_get(THIS_MODULE))
		return hook_call(kp, regs, get_compat_caps);
	atomic_long_inc(&refused);
	return hook_pass(kp, regs);
}

/* For kvm_arch_vm_ioctl_hv(struct file *, unsigned int ioctl, unsigned long arg) */
static int filter_vm_ioctl(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned int nr = _IOC_NR(regs->gpr[4]);

	if (unlikely(nr == _IOC_NR(KVM_PPC_GET_COMPAT_CAPS) ||
		     nr == _IOC_NR(KVM_PPC_GET_COMPAT_CAPS_DRAFT)))
		return redirect(kp, regs);
	return hook_pass(kp, regs);
}

static struct hook hook_vm_ioctl = {
	.symbol = KVM_HV_SYMBOL("kvm_arch_vm_ioctl_hv"),
	.filter = filter_vm_ioctl,
};

static struct hook hook_check_extension;

/* For hooks that are armed: why they have no effect at present, or NULL */
static const char *ineffective(void)
{
	return hook_ineffective(&hook_vm_ioctl) ?: hook_ineffective(&hook_check_extension);
}

static noinline int announce(struct kprobe *kp, struct pt_regs *regs)
{
	struct kvm *kvm = (struct kvm *)regs->gpr[3];

	/* in_service() first: when init fails and at exit, the text of kvm-hv can have gone. */
	if ((regs->gpr[4] == KVM_CAP_PPC_COMPAT_CAPS || READ_ONCE(draft_cap)) && in_service() &&
	    !ineffective() &&
	    (kvm ? is_kvmppc_hv_enabled(kvm) : !!kvmppc_hv_ops))
		return hook_return(kp, regs, 1);
	return hook_pass(kp, regs);
}

/* For kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext); kvm is NULL for /dev/kvm. */
static int filter_check_extension(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long ext = regs->gpr[4];

	if (unlikely(ext == KVM_CAP_PPC_COMPAT_CAPS || ext == KVM_CAP_PPC_COMPAT_CAPS_DRAFT))
		return announce(kp, regs);
	return hook_pass(kp, regs);
}

static struct hook hook_check_extension = {
	.symbol = KVM_SYMBOL("kvm_vm_ioctl_check_extension"),
	.filter = filter_check_extension,
};

static void detach(void)
{
	if (attach_state == ATTACHED) {
		hook_disarm(&hook_check_extension);
		hook_disarm(&hook_vm_ioctl);
	}
	attach_state = WAITING;
}

static const char *state(void)
{
	static const char * const names[] = {
		[WAITING] = "waiting", [ATTACHED] = "attached",
		[NATIVE] = "native", [FAILED] = "off",
	};

	lockdep_assert_held(&attach_lock);
	return attach_state == ATTACHED && ineffective() ? "off" : names[attach_state];
}

static const char *reason(void)
{
	static const char * const reasons[] = {
		[WAITING] = "kvm_hv is not loaded",
		[ATTACHED] = "",
		[NATIVE] = "this kernel provides KVM_PPC_GET_COMPAT_CAPS",
		[FAILED] = "could not hook kvm_hv; see the kernel log, then reload this module",
	};

	lockdep_assert_held(&attach_lock);
	return (attach_state == ATTACHED ? ineffective() : NULL) ?: reasons[attach_state];
}

static const char *backend(void)
{
	return attach_state != ATTACHED ? "none" : kvmhv_is_nestedv2() ? "v2" : "v1";
}

/*
 * The caller has a reference on kvm-hv, @owner, which is NULL if it is built in. The capability is
 * armed last and disarmed first, so that it is never announced without the ioctl.
 */
static int attach(struct module *owner)
{
	struct kprobe native = {
		.symbol_name = KVM_HV_SYMBOL("kvmppc_get_compat_caps"),
		.flags = KPROBE_FLAG_DISABLED,
	};
	const char *why;
	int err;

	lockdep_assert_held(&attach_lock);

	if (!register_kprobe(&native)) {
		unregister_kprobe(&native);
		pr_info("not needed: this kernel provides KVM_PPC_GET_COMPAT_CAPS\n");
		attach_state = NATIVE;
		return -ENODEV;
	}

	caps_negotiate();
	attach_state = FAILED;
	err = hook_arm(&hook_vm_ioctl);
	if (err)
		return err;
	err = hook_arm(&hook_check_extension);
	if (err) {
		hook_disarm(&hook_vm_ioctl);
		return err;
	}
	attach_state = ATTACHED;
	why = reason();
	pr_info("%s, nested API %s, modes %#llx; version %s, Linux %s, hooks at %pS and %pS%s%s\n",
		*why ? "hooked kvm_hv, but off" : "attached to kvm_hv", backend(), caps_get(),
		KVM_PPC_COMPAT_VERSION, init_utsname()->release, hook_vm_ioctl.kp.addr,
		hook_check_extension.kp.addr, *why ? ": " : "", why);
	/* Each VM has a reference, too. So has a task that is just loading kvm-hv. */
	if (owner && module_refcount(owner) > 1)
		pr_notice("there are VMs already: guests that were started without this module can fail at their next reboot; shut them down and start them again\n");
	return 0;
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "kvm_hv"))
		return NOTIFY_DONE;

	mutex_lock(&attach_lock);
	switch (event) {
	case MODULE_STATE_LIVE:	/* the task that loads kvm-hv still has its reference */
		if (attach_state == WAITING)
			attach(mod);
		break;
	case MODULE_STATE_GOING:
		if (attach_state == ATTACHED)
			pr_info("detaching: kvm_hv is being unloaded\n");
		detach();
		break;
	}
	mutex_unlock(&attach_lock);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

/*
 * Attach to a kvm-hv that is already loaded. If its init is still running, the notifier attaches
 * later: before "KVM: PPC: Book3S HV: Delay setting of kvm ops" (in v5.18) that init can fail after
 * it has set kvmppc_hv_ops. The pointer then dangles, for KVM too, until kvm is unloaded.
 */
static int attach_if_loaded(void)
{
	struct module *owner = NULL;
	struct kvmppc_ops *ops;
	bool loaded = false;
	int err = 0;

	mutex_lock(&attach_lock);

	/* kvm-hv clears the pointer when it exits. Its memory is freed a grace period later. */
	rcu_read_lock_sched();
	ops = READ_ONCE(kvmppc_hv_ops);
	if (ops && IS_BUILTIN(CONFIG_KVM_BOOK3S_64_HV)) {
		loaded = true;
	} else if (ops) {
		owner = ops->owner;
		loaded = owner && owner->state == MODULE_STATE_LIVE && try_module_get(owner);
	}
	rcu_read_unlock_sched();

	if (attach_state == WAITING) {
		if (loaded)
			err = attach(owner);
		else
			pr_info("waiting for kvm_hv to be loaded\n");
	}
	if (loaded)
		module_put(owner);

	mutex_unlock(&attach_lock);
	return err;
}

#define FILE_RO(name, format, value)						\
static ssize_t name##_show(module_attribute_t *attr, struct module_kobject *mk,	\
			   char *buf)						\
{										\
	int len;								\
										\
	mutex_lock(&attach_lock);						\
	len = sysfs_emit(buf, format "\n", value);				\
	mutex_unlock(&attach_lock);						\
	return len;								\
}										\
static struct module_attribute name##_attr = __ATTR_RO(name)

FILE_RO(state, "%s", state());
FILE_RO(reason, "%s", reason());
FILE_RO(backend, "%s", backend());
FILE_RO(hits, "%ld", atomic_long_read(&hits));
FILE_RO(refused, "%ld", atomic_long_read(&refused));
FILE_RO(nmissed, "%lu", hook_vm_ioctl.kp.nmissed + hook_check_extension.kp.nmissed);

static struct attribute *attrs[] = {
	&state_attr.attr,	/* attached, waiting, native, off */
	&reason_attr.attr,	/* why the state is not "attached"; else empty */
	&backend_attr.attr,	/* the nested API that the modes come from: v1, v2, none */
	&hits_attr.attr,	/* calls of the ioctl that this module has handled */
	&refused_attr.attr,	/* calls that it passed on while it was being loaded or unloaded */
	&nmissed_attr.attr,	/* calls that the kprobes have missed since they were armed */
	NULL
};

static const struct attribute_group attr_group = { .attrs = attrs };

static int __init kvm_ppc_compat_init(void)
{
	int err;

	/* With MODVERSIONS, the kernel compares only symbols. This module depends on more. */
	if (strcmp(init_utsname()->release, UTS_RELEASE)) {
		pr_err("not loading: built for Linux %s, and this is %s; rebuild it with dkms or make\n",
		       UTS_RELEASE, init_utsname()->release);
		return -ENOEXEC;
	}
	if (!enable) {
		pr_info("not loading: disabled by enable=0\n");
		return -ENODEV;
	}
	if (!kvmhv_on_pseries()) {
		pr_info("not loading: bare metal has no compatibility mode\n");
		return -ENODEV;
	}

	err = hook_selftest();
	if (err == -EOPNOTSUPP)
		pr_err("not loading: kprobes have no effect; if they are disabled, write 1 to /sys/kernel/debug/kprobes/enabled\n");
	if (err)
		return err;

	err = caps_init();
	if (err)
		return err;
	err = register_module_notifier(&module_nb);
	if (err)
		goto caps_exit;
	err = attach_if_loaded();
	if (err)
		goto unregister;
	err = sysfs_create_group(&THIS_MODULE->mkobj.kobj, &attr_group);
	if (err) {
		pr_err("cannot create files in /sys/module/kvm_ppc_compat: %pe\n", ERR_PTR(err));
		goto unregister;
	}
	return 0;

unregister:
	unregister_module_notifier(&module_nb);
	detach();
caps_exit:
	caps_exit();
	return err;
}

/* The kernel calls this only when no call has a reference on this module. */
static void __exit kvm_ppc_compat_exit(void)
{
	sysfs_remove_group(&THIS_MODULE->mkobj.kobj, &attr_group);
	unregister_module_notifier(&module_nb);
	detach();
	/* A task can have been preempted between its module_put() and its return to the caller. */
	synchronize_rcu_tasks();
	caps_exit();
}

module_init(kvm_ppc_compat_init);
module_exit(kvm_ppc_compat_exit);

/* The line in src/modprobe.d loads the module by this alias, which the stub lacks. */
MODULE_ALIAS("kvm-cap-ppc-compat-caps");
MODULE_DESCRIPTION("KVM_PPC_GET_COMPAT_CAPS of Linux 7.3 for older kernels");
MODULE_LICENSE("GPL");
MODULE_VERSION(KVM_PPC_COMPAT_VERSION);
