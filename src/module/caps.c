// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which compatibility modes this host offers to nested guests: doc/design.md, "Where the modes come
 * from".
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

/* KVM_PPC_COMPAT_CAP_* bits for nested API v2; caps_negotiate() writes it while no hook is armed */
static u64 negotiated_caps;

/**
 * caps_negotiate() - determine the modes that kvm-hv negotiated with nested API v2
 *
 * kvm-hv does not export its result. So this repeats its hypercall and keeps the modes that the
 * hypervisor offers and that this kernel knows: kvm-hv has set these with
 * H_GUEST_SET_CAPABILITIES, unless the partition has moved since: doc/install.md, "Migration of the
 * partition". If the hypercall fails, the modes are unknown.
 *
 * Source of truth: kvmhv_nested_init() of Linux.
 *
 * Context: process context, may sleep. The caller keeps caps_get() from being called meanwhile.
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

/* KVM_PPC_COMPAT_CAP_* bits for nested API v1; 0 if the partition's mode is unknown */
static u64 device_tree_caps;
/* Of two walks, the one that started later must also write later. */
static DEFINE_MUTEX(device_tree_lock);

/*
 * As kvmppc_map_compat_capabilities() of Linux 7.3, except that a kernel that does not know POWER11
 * has no PVR for it: it cannot give that mode to a guest.
 */
static u64 mode_to_compat_caps(u32 cpu_version)
{
	if (cpu_version == PVR_ARCH_300)
		return KVM_PPC_COMPAT_CAP_POWER9;
	if (cpu_version == PVR_ARCH_31)
		return KVM_PPC_COMPAT_CAP_POWER9 | KVM_PPC_COMPAT_CAP_POWER10;
	if (PVR_ARCH_31_P11 && cpu_version == PVR_ARCH_31_P11)
		return KVM_PPC_COMPAT_BITMASK;
	return 0;
}

/* As in mainline, the first cpu node with a cpu-version decides. */
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
	WRITE_ONCE(device_tree_caps, mode_to_compat_caps(cpu_version));
	mutex_unlock(&device_tree_lock);
}

/* The task that changed the tree waits for this, so its next ioctl reports the new modes. */
static int device_tree_changed(struct notifier_block *nb, unsigned long action, void *data)
{
	read_device_tree();
	return NOTIFY_OK;
}

static struct notifier_block device_tree_nb = {
	.notifier_call = device_tree_changed,
	/* Run before pseries_smp_notifier(): when that fails, the kernel calls no further ones. */
	.priority = INT_MAX,
};

/**
 * caps_init() - start to follow the device tree
 *
 * Context: process context, may sleep.
 *
 * Return: 0, or a negative errno, which has been logged.
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
 * Return: KVM_PPC_COMPAT_CAP_* bits; 0 if the modes are unknown.
 */
u64 caps_get(void)
{
	return kvmhv_is_nestedv2() ? negotiated_caps : READ_ONCE(device_tree_caps);
}
