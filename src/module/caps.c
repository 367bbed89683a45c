// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which compatibility modes this host offers to nested guests.
 *
 * Nested API v2 (PowerVM): those that kvm-hv negotiated with the hypervisor when it was loaded.
 * Nested API v1 (KVM on PowerNV): those that follow from the partition's own mode, which the
 * device tree tells and which a migration of the partition can change.
 */
#include <linux/kvm_ppc_compat.h>
#include <linux/of.h>
#include <asm/cputable.h>
#include <asm/hvcall.h>
#include <asm/plpar_wrappers.h>

#include "caps.h"
#include "compat.h"
#include "pvr.h"

/* What kvm-hv negotiated with nested API v2; written by caps_negotiate() while no hook is armed */
static unsigned long nested_capabilities;
static bool nestedv2;

/**
 * caps_negotiate() - find out which nested API kvm-hv uses and what it negotiated with it
 *
 * Asks and decides as kvmhv_nested_init() does, whose own result is not exported: a mode counts
 * that the hypervisor offers and that this kernel knows, since only such a mode has been agreed on
 * with H_GUEST_SET_CAPABILITIES. To be called when kvm-hv has been loaded, and soon: kvm-hv asked
 * then, and does not ask again when the partition moves to another host.
 *
 * Context: process context, may sleep; not while caps_get() can be called.
 */
void caps_negotiate(void)
{
	unsigned long host, known = 0;

	nestedv2 = plpar_guest_get_capabilities(0, &host) == H_SUCCESS;
	if (!nestedv2)
		return;

	if (cpu_has_feature(CPU_FTR_ARCH_300))
		known |= H_GUEST_CAP_POWER9;
	if (cpu_has_feature(CPU_FTR_ARCH_31))
		known |= H_GUEST_CAP_POWER10;
	if (cpu_has_feature(CPU_FTR_P11_PVR))
		known |= H_GUEST_CAP_POWER11;
	nested_capabilities = known & host;
}

/**
 * caps_nestedv2() - whether kvm-hv uses nested API v2
 *
 * Context: any.
 *
 * Return: true for v2, false for v1, as of the last caps_negotiate().
 */
bool caps_nestedv2(void)
{
	return nestedv2;
}

/* The first cpu node that has a cpu-version tells, as in mainline. */
static int caps_from_device_tree(u64 *caps)
{
	struct device_node *np;
	u32 cpu_version = 0;

	for_each_node_by_type(np, "cpu") {
		if (!of_property_read_u32(np, "cpu-version", &cpu_version)) {
			of_node_put(np);
			break;
		}
	}
	return pvr_to_compat_caps(cpu_version, caps);
}

/**
 * caps_get() - the compatibility modes that this host offers
 * @caps: set to KVM_PPC_COMPAT_CAP_* bits; untouched on error
 *
 * Source of truth: kvmppc_get_compat_caps() of Linux 7.3. The bits of the hypervisor call and
 * those of the ioctl are the same.
 *
 * Context: process context; takes the device tree's lock.
 *
 * Return: 0, or -EINVAL where the device tree tells no mode that is known.
 */
int caps_get(u64 *caps)
{
	if (!nestedv2)
		return caps_from_device_tree(caps);

	*caps = nested_capabilities & KVM_PPC_COMPAT_BITMASK;
	return 0;
}
