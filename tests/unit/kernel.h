/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the kernel functions that src/module/vm_ioctl.c and caps.c use. User memory is that of this process, and copies
 * end at the byte that cannot be read or written, as in the kernel.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/types.h>

#define __user
#define IS_BUILTIN(option) 0
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b)) /* for mutants of min_t() */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;

/* The wrong use of the following functions, or NULL */
static const char *misuse;

/* --- user memory --- */

/* Between user_access_begin() and user_access_end() */
static bool user_access;

/* The end of a process's addresses */
static uintptr_t task_size = 1UL << 52;

static inline bool access_ok(const void *user, size_t size)
{
	return (uintptr_t)user + size <= task_size && (uintptr_t)user + size >= size;
}

static inline size_t transfer(__typeof__(process_vm_readv) call, void *kernel, const void *user, size_t size)
{
	struct iovec local = { kernel, size }, remote = { (void *)user, size };
	ssize_t copied = size && access_ok(user, size) ? call(getpid(), &local, 1, &remote, 1, 0) : 0;

	if (user_access)
		misuse = "a copy between user_access_begin() and user_access_end()";
	return copied < 0 ? size : size - copied;
}

/* Both return how many bytes could not be copied. */
static inline size_t copy_from_user(void *to, const void *from, size_t size)
{
	size_t left = transfer(process_vm_readv, to, from, size);

	memset((u8 *)to + size - left, 0, left);
	return left;
}

static inline size_t copy_to_user(void *to, const void *from, size_t size)
{
	return transfer(process_vm_writev, (void *)from, to, size);
}

static inline size_t clear_user(void *user, size_t size)
{
	void *zeros = calloc(1, size);
	size_t left = copy_to_user(user, zeros, size);

	free(zeros);
	return left;
}

#define get_user(value, user) (copy_from_user(&(value), user, sizeof(value)) ? -EFAULT : 0)

/* A single store: all bytes or none */
static inline int put_user(u64 value, u64 *user)
{
	u8 *end = (u8 *)user + sizeof(value) - 1;
	u8 last;

	if (copy_from_user(&last, end, 1) || copy_to_user(end, &last, 1) ||
	    copy_to_user(user, &value, sizeof(value)))
		return -EFAULT;
	return 0;
}

static inline bool user_access_begin(const void *user, size_t size)
{
	user_access = access_ok(user, size);
	return user_access;
}

static inline void user_access_end(void)
{
	if (!user_access)
		misuse = "user_access_end() without user_access_begin()";
	user_access = false;
}

#define unsafe_get_user(value, user, label) do { \
	if (!user_access) \
		misuse = "unsafe_get_user() without user_access_begin()"; \
	user_access = false; \
	if (get_user(value, user)) { \
		user_access = true; \
		goto label; \
	} \
	user_access = true; \
} while (0)

#define __copy_to_user(to, from, size) copy_to_user(to, from, size)

/* Returns 1 if all bytes are zero; else 0 or -EFAULT, for the first byte that is not zero or cannot be read */
static inline int check_zeroed_user(const void *from, size_t size)
{
	u8 *bytes = malloc(size + 1);
	size_t i = 0, readable = size - copy_from_user(bytes, from, size);
	int zeroed;

	while (i < readable && !bytes[i])
		i++;
	zeroed = i < readable ? 0 : readable < size ? -EFAULT : 1;
	free(bytes);
	return zeroed;
}

/* --- the processor and the hypervisor --- */

#define PVR_ARCH_300 0x0f000005
#define PVR_ARCH_31 0x0f000006
#define CPU_FTR_ARCH_300 1
#define CPU_FTR_ARCH_31 2
#define H_SUCCESS 0
#define H_FUNCTION -2

static unsigned int cpu_features;
#define cpu_has_feature(feature) (!!(cpu_features & (feature)))

/* OLD: a kernel without nested API v2, which does not know POWER11 */
#ifndef OLD
#define PVR_ARCH_31_P11 0x0f000007
#define CPU_FTR_P11_PVR 4
#define H_GUEST_GET_CAPABILITIES 0x460
#define H_GUEST_CAP_POWER9 (1UL << 62)
#define H_GUEST_CAP_POWER10 (1UL << 61)
#define H_GUEST_CAP_POWER11 (1UL << 60)

static unsigned long hypervisor_offers;
static long hypervisor_says = H_FUNCTION;
static bool kvmhv_nestedv2;
#define kvmhv_is_nestedv2() kvmhv_nestedv2

static inline long plpar_guest_get_capabilities(unsigned long flags, unsigned long *capabilities)
{
	*capabilities = flags ? ~0UL : hypervisor_offers;
	return hypervisor_says;
}
#endif

/* --- the device tree --- */

struct device_node {
	bool there;
	u8 value[16];
	int length;	/* of cpu-version; -1: there is none */
	int references;
};

/* A cpu node that is first if it is there, then those of the two cores */
static struct device_node nodes[3];

struct mutex { bool locked; };
#define DEFINE_MUTEX(name) struct mutex name
static struct mutex *locked;

static inline void mutex_lock(struct mutex *lock)
{
	if (locked)
		misuse = "mutex_lock() of what is locked";
	locked = lock;
}

static inline void mutex_unlock(struct mutex *lock)
{
	if (locked != lock)
		misuse = "mutex_unlock() of what is not locked";
	locked = NULL;
}

#define WRITE_ONCE(x, value) do { \
	if (!locked) \
		misuse = "a write without the lock"; \
	(x) = (value); \
} while (0)

static inline void of_node_put(struct device_node *node)
{
	if (node && --node->references < 0)
		misuse = "of_node_put() without a reference";
}

static inline struct device_node *of_find_node_by_type(struct device_node *from, const char *type)
{
	struct device_node *node = from ? from + 1 : nodes;

	if (!locked)
		misuse = "a walk without the lock";
	if (strcmp(type, "cpu"))
		return NULL;
	while (node < nodes + 3 && !node->there)
		node++;
	of_node_put(from);
	if (node == nodes + 3)
		return NULL;
	node->references++;
	return node;
}

#define for_each_node_by_type(node, type) \
	for (node = of_find_node_by_type(NULL, type); node; node = of_find_node_by_type(node, type))

static inline int of_property_read_u32(const struct device_node *node, const char *name, u32 *value)
{
	if (strcmp(name, "cpu-version") || node->length < 0)
		return -EINVAL;
	if (!node->length)
		return -ENODATA;
	if (node->length < 4)
		return -EOVERFLOW;
	memcpy(value, node->value, 4);
	*value = __builtin_bswap32(*value);
	return 0;
}

#define NOTIFY_OK 1
#define NOTIFY_STOP_MASK 0x8000
#define NOTIFY_BAD (NOTIFY_STOP_MASK | 2)

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data);
	int priority;
};

static struct notifier_block *notifier;
static int notifier_error;

static inline int of_reconfig_notifier_register(struct notifier_block *nb)
{
	if (notifier)
		misuse = "a notifier that is registered twice";
	if (!notifier_error)
		notifier = nb;
	return notifier_error;
}

static inline int of_reconfig_notifier_unregister(struct notifier_block *nb)
{
	if (notifier != nb)
		misuse = "a notifier that is removed and was not registered";
	notifier = NULL;
	return 0;
}

/* The tree has changed. @fails: pseries_smp_notifier(), whose priority is 0, returns an error. */
static inline void tree_changed(bool fails)
{
	if (!notifier || (fails && notifier->priority <= 0))
		return;
	if (notifier->notifier_call(notifier, 0, NULL) & NOTIFY_STOP_MASK)
		misuse = "a notifier that keeps others from being told";
}

#define pr_err(...) ((void)0)
#define ERR_PTR(error) ((void *)(long)(error))

#endif /* KERNEL_H */
