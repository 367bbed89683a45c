// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which compatibility modes this host offers to nested guests.
 *
 * Nested API v2 (PowerVM): those that kvm-hv negotiated with the hypervisor when it was loaded.
 * Nested API v1 (KVM on PowerNV): those that follow from the partition's own mode, which the
 * device tree tells and which a migration of the partition can change. Mainline walks the tree in
 * each call; here that is done when the tree has changed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kvm_ppc_compat.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/of.h>
#include <asm/cputable.h>
#include <asm/kvm_ppc.h>

#include "caps.h"
#include "compat.h"
#include "pvr.h"

/* What kvm-hv negotiated with nested API v2; written by caps_negotiate() while no hook is armed */
static u64 negotiated_caps;

/**
 * caps_negotiate() - find out what kvm-hv negotiated with nested API v2
 *
 * Asks and decides as kvmhv_nested_init() does, whose own result is not exported: a mode counts
 * that the hypervisor offers and that this kernel knows, since only such a mode has been agreed on
 * with H_GUEST_SET_CAPABILITIES. To be called when kvm-hv has been loaded, and soon: kvm-hv asked
 * then, and does not ask again when the partition moves to another host. A hypervisor that has no
 * answer any more leaves the modes unknown.
 *
 * Context: process context, may sleep; not while caps_get() can be called.
 */
void caps_negotiate(void)
{
	unsigned long host, known = 0;

	negotiated_caps = 0;
	if (!kvmhv_is_nestedv2() || plpar_guest_get_capabilities(0, &host) != H_SUCCESS)
		return;

	if (cpu_has_feature(CPU_FTR_ARCH_300))
		known |= H_GUEST_CAP_POWER9;
	if (cpu_has_feature(CPU_FTR_ARCH_31))
		known |= H_GUEST_CAP_POWER10;
	if (cpu_has_feature(CPU_FTR_P11_PVR))
		known |= H_GUEST_CAP_POWER11;
	/* The bits of the hypervisor call and those of the ioctl are the same. */
	negotiated_caps = known & host & KVM_PPC_COMPAT_BITMASK;
}

/* What the device tree told last: KVM_PPC_COMPAT_CAP_* bits, 0 for no mode that is known */
static u64 device_tree_caps;
/* The walk that starts last also writes last. */
static DEFINE_MUTEX(device_tree_lock);

/* The first cpu node that has a cpu-version tells, as in mainline. */
static void read_device_tree(void)
{
	struct device_node *np;
	u32 cpu_version = 0;

	mutex_lock(&device_tree_lock);
	for_each_node_by_type(np, "cpu") {
		if (!of_property_read_u32(np, "cpu-version", &cpu_version)) {
			of_node_put(np);
			break;
		}
	}
	WRITE_ONCE(device_tree_caps, pvr_to_compat_caps(cpu_version));
	mutex_unlock(&device_tree_lock);
}

/*
 * The tree has changed, and whoever changed it waits for this to return: that task gets no answer
 * from before.
 */
static int device_tree_changed(struct notifier_block *nb, unsigned long action, void *data)
{
	read_device_tree();
	return NOTIFY_OK;
}

static struct notifier_block device_tree_nb = {
	.notifier_call = device_tree_changed,
	/* A notifier that fails ends the chain, as pseries_smp_notifier() can: come before it. */
	.priority = INT_MAX,
};

/**
 * caps_init() - start to follow the device tree
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or an errno, which has been logged.
 */
int caps_init(void)
{
	int err = of_reconfig_notifier_register(&device_tree_nb);

	if (err) {
		pr_err("cannot follow the device tree: %pe\n", ERR_PTR(err));
		return err;
	}
	read_device_tree();
	return 0;
}

/**
 * caps_exit() - undo caps_init()
 *
 * Context: process context, may sleep.
 */
void caps_exit(void)
{
	of_reconfig_notifier_unregister(&device_tree_nb);
}

/**
 * caps_get() - the compatibility modes that this host offers
 *
 * Source of truth: kvmppc_get_compat_caps() of Linux 7.3.
 *
 * Context: any.
 *
 * Return: KVM_PPC_COMPAT_CAP_* bits, 0 where no mode is known.
 */
u64 caps_get(void)
{
	return kvmhv_is_nestedv2() ? negotiated_caps : READ_ONCE(device_tree_caps);
}
