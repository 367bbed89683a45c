// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading, unloading and being refused.
 *
 * Usage: lifecycle attach v1|v2 CAPABILITIES	kvm, kvm_hv and the module are loaded
 *	  lifecycle native v1|v2		kvm and kvm_hv are loaded
 *	  lifecycle none			kvm is loaded, kvm_hv cannot be
 *	  lifecycle stock attach|native		bare metal: kvm and kvm_hv are loaded
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/userfaultfd.h>

#include "tap.h"
#include "vmm.h"

#define OURS "/modules/kvm_ppc_compat.ko"
#define SYSFS "/sys/module/kvm_ppc_compat"
#define KPROBES "/sys/kernel/debug/kprobes"

static const char no[] = "kvm=0 vm=0 ioctl=ENOTTY";

static void is(const char *name, const char *got, const char *expected)
{
	if (!ok(!strcmp(got, expected), "%s: %s", name, expected))
		printf("# got: %s\n", got);
}

/* The first line of a small file. */
static const char *read_line(const char *path)
{
	static char line[256];
	ssize_t size = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		size = read(fd, line, sizeof(line) - 1);
	line[size < 0 ? 0 : size] = '\0';
	if (size < 0)
		snprintf(line, sizeof(line), "%s: %s", path, strerrorname_np(errno));
	line[strcspn(line, "\n")] = '\0';
	close(fd);
	return line;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (write(fd, text, strlen(text)) < 0)
		ok(false, "write %s to %s: %s", text, path, strerrorname_np(errno));
	close(fd);
}

static const char *unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? strerrorname_np(errno) : "0";
}

/* Holds the place in the kernel's log up to which messages have been read. */
static int kmsg;

/*
 * The messages since the last time that start with @prefix, separated by "; "; that a module taints
 * the kernel is the kernel's to say.
 */
static const char *messages(const char *prefix)
{
	static char text[1024];
	char record[8192], *message;
	ssize_t size;

	text[0] = '\0';
	for (;;) {
		size = read(kmsg, record, sizeof(record) - 1);
		if (size < 0 && errno == EPIPE)
			continue; /* overwritten before it was read */
		if (size <= 0)
			return text;
		record[size] = '\0';
		message = strchr(record, ';');
		if (!message || strncmp(++message, prefix, strlen(prefix)) || strstr(message, "taint"))
			continue;
		message[strcspn(message, "\n")] = '\0';
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", text[0] ? "; " : "",
			 message + strlen(prefix));
	}
}

static void said(const char *expected)
{
	is("said", messages("kvm_ppc_compat: "), expected);
}

/* No probe of the module. */
static void no_probe(void)
{
	static const char * const traces[] = {
		"kvm_arch_vm_ioctl_hv", "kvm_vm_ioctl_check_extension", "hook_selftest",
	};
	FILE *list = fopen(KPROBES "/list", "re");
	const char *left = list ? "" : "cannot read " KPROBES "/list";
	char line[256];
	size_t i;

	while (list && !*left && fgets(line, sizeof(line), list))
		for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
			if (strstr(line, traces[i]))
				left = line;
	if (list)
		fclose(list);
	is("probes left behind", left, "");
}

/* Neither the module nor a probe of it. */
static void nothing_left(void)
{
	is("module left behind", access(SYSFS, F_OK) ? "" : SYSFS, "");
	no_probe();
}

struct caller {
	int vm_fd;
	struct kvm_ppc_compat_caps *caps;
	volatile bool stop;
	unsigned long answered, unknown, other;
};

static void *call_once(void *data)
{
	struct caller *caller = data;

	caller->other = ioctl(caller->vm_fd, KVM_PPC_GET_COMPAT_CAPS, caller->caps) ? errno : 0;
	return NULL;
}

static void *call_on(void *data)
{
	struct caller *caller = data;

	while (!caller->stop) {
		struct kvm_ppc_compat_caps caps = { .size = sizeof(caps) };

		if (!ioctl(caller->vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps))
			caller->answered++;
		else if (errno == ENOTTY)
			caller->unknown++;
		else
			caller->other++;
	}
	return NULL;
}

/* A call waits for its memory, on a page of a userfaultfd; the module cannot be unloaded meanwhile. */
static void in_flight(int vm_fd)
{
	struct uffdio_api api = { .api = UFFD_API };
	long page = sysconf(_SC_PAGESIZE);
	void *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)memory, .len = page },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct kvm_ppc_compat_caps *served = aligned_alloc(page, page);
	struct uffdio_copy copy = { .dst = (uintptr_t)memory, .src = (uintptr_t)served, .len = page };
	struct caller caller = { .vm_fd = vm_fd, .caps = memory };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK); /* it cannot be polled otherwise */
	struct pollfd fault = { .fd = uffd, .events = POLLIN };
	pthread_t thread;

	memset(served, 0, page);
	served->size = sizeof(*served);
	if (!ok(!ioctl(uffd, UFFDIO_API, &api) && !ioctl(uffd, UFFDIO_REGISTER, &range), "a userfaultfd"))
		return;
	pthread_create(&thread, NULL, call_once, &caller);
	ok(poll(&fault, 1, 30000) == 1 && fault.revents == POLLIN, "a call is in flight");
	is("unload meanwhile", unload("kvm_ppc_compat"), "EAGAIN");
	is("state meanwhile", read_line(SYSFS "/state"), "attached");
	ok(!ioctl(uffd, UFFDIO_COPY, &copy), "its memory comes");
	pthread_join(thread, NULL);
	ok(!caller.other && caller.caps->compat_capabilities, "it is answered");
	close(uffd);
	munmap(memory, page);
	free(served);
}

/*
 * Load and unload while two threads call as fast as they can: no call gets anything but an answer or
 * the stock ENOTTY.
 */
static void storm(int vm_fd)
{
	struct caller callers[2] = { { .vm_fd = vm_fd }, { .vm_fd = vm_fd } };
	const char *unloaded = "0", *loaded = "0";
	pthread_t threads[2];
	int i, tries;

	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, call_on, &callers[i]);
	for (i = 0; i < 5 && !strcmp(unloaded, "0") && !strcmp(loaded, "0"); i++) {
		for (tries = 0; tries < 100000; tries++) {
			unloaded = unload("kvm_ppc_compat");
			if (strcmp(unloaded, "EAGAIN"))
				break;
		}
		loaded = load_module(OURS, "");
	}
	for (i = 0; i < 2; i++) {
		callers[i].stop = true;
		pthread_join(threads[i], NULL);
	}
	is("unload under load, five times", unloaded, "0");
	is("load under load", loaded, "0");
	ok(callers[0].answered + callers[1].answered, "calls were answered");
	ok(callers[0].unknown + callers[1].unknown, "calls were not");
	ok(!callers[0].other && !callers[1].other, "nothing else happened to one");
	messages("");
}

/* kvm_hv comes and goes. */
static void attach_again(const char *yes, const char *attached)
{
	is("unload kvm_hv", unload("kvm_hv"), "0");
	is("load before kvm_hv", load_module(OURS, ""), "0");
	said("waiting for kvm_hv to be loaded");
	is("state", read_line(SYSFS "/state"), "waiting for kvm_hv");
	is("kvm_hv comes", load_module("/modules/kvm-hv.ko", ""), "0");
	said(attached);
	is("answer", query(), yes);
	is("kvm_hv goes", unload("kvm_hv"), "0");
	said("kvm_hv goes away: detached, waiting for it to be loaded");
	is("state", read_line(SYSFS "/state"), "waiting for kvm_hv");
	is("kvm_hv comes again", load_module("/modules/kvm-hv.ko", ""), "0");
	is("answer", query(), yes);
	is("state", read_line(SYSFS "/state"), "attached");
	unload("kvm_hv");
	unload("kvm_ppc_compat");
	nothing_left();
	messages("");

	is("load before a kvm_hv without the function", load_module("/modules/no-ioctl.ko", ""), "0");
	said("waiting for kvm_hv to be loaded");
	is("kvm_hv comes", load_module("/modules/kvm-hv.ko", ""), "0");
	said("cannot find or probe kvm_hv:kvm_arch_vm_ioctl_hx: error -2");
	is("state", read_line(SYSFS "/state"), "failed");
	is("answer", query(), no);
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
}

static void attach(const char *api, const char *capabilities)
{
	char yes[80], attached[80], before[32];
	int vm_fd, kvm_fd;

	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%s", capabilities);
	snprintf(attached, sizeof(attached), "attached to kvm_hv, nested API %s", api);

	is("state after loading", read_line(SYSFS "/state"), "attached");
	is("loaded twice", load_module(OURS, ""), "EEXIST");
	messages("");
	is("a second copy under another name", load_module("/modules/second-copy.ko", ""), "ENOEXEC");
	is("said by the kernel", messages("kvm_ppc_compa2: "),
	   "exports duplicate symbol kvm_ppc_compat_loaded (owned by kvm_ppc_compat)");
	is("the first copy still answers", query(), yes);
	snprintf(before, sizeof(before), "%d", atoi(read_line(SYSFS "/answered")) + 1);
	query();
	is("calls answered are counted", read_line(SYSFS "/answered"), before);
	is("calls missed", read_line(SYSFS "/missed"), "0");

	write_file("/proc/sys/kernel/ftrace_enabled", "0");
	is("answer with ftrace off", query(), yes);
	write_file("/proc/sys/kernel/ftrace_enabled", "1");
	write_file(KPROBES "/enabled", "0");
	is("answer with kprobes off", query(), no);
	is("state with kprobes off", read_line(SYSFS "/state"), "attached, but kprobes are switched off");
	write_file(KPROBES "/enabled", "1");
	is("answer with kprobes on again", query(), yes);
	is("state with kprobes on again", read_line(SYSFS "/state"), "attached");
	said("");

	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	is("unload kvm_hv under a VM", unload("kvm_hv"), "EAGAIN");
	is("unload under a VM", unload("kvm_ppc_compat"), "0");
	nothing_left();
	said("");
	is("answer after unloading", query(), no);
	is("load under a VM", load_module(OURS, ""), "0");
	said(attached);
	ok(ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS) == 1, "the VM is answered again");
	in_flight(vm_fd);
	storm(vm_fd);
	close(vm_fd);
	close(kvm_fd);
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
	is("references on kvm_hv", read_line("/sys/module/kvm_hv/refcnt"), "0");

	write_file(KPROBES "/enabled", "0");
	is("load with kprobes off", load_module(OURS, ""), "EOPNOTSUPP");
	said("not loading: kprobes are without effect, see /sys/kernel/debug/kprobes/enabled");
	nothing_left();
	write_file(KPROBES "/enabled", "1");

	is("load on a kernel without the ioctl's function", load_module("/modules/no-ioctl.ko", ""), "ENOENT");
	said("cannot find or probe kvm_hv:kvm_arch_vm_ioctl_hx: error -2");
	nothing_left();
	is("load on a kernel without the capability's function",
	   load_module("/modules/no-capability.ko", ""), "ENOENT");
	said("cannot find or probe kvm:kvm_vm_ioctl_check_extensiox: error -2");
	nothing_left();
	is("load where the function may not be probed", load_module("/modules/unprobeable.ko", ""), "EINVAL");
	said("cannot find or probe kprobe_handler: error -22");
	nothing_left();
	is("answer after all that", query(), no);

	/* QEMU's API v2 negotiates once: kvm_hv, of any version, cannot be loaded a second time. */
	if (!strcmp(api, "v1"))
		attach_again(yes, attached);
}

static void native(const char *api)
{
	static const char native[] =
		"not needed: this kernel has KVM_PPC_GET_COMPAT_CAPS itself";
	char yes[80];

	snprintf(yes, sizeof(yes), "%s", query());
	is("load", load_module(OURS, ""), "ENODEV");
	said(native);
	nothing_left();
	is("the kernel's own answer", query(), yes);
	if (strcmp(api, "v1"))
		return;
	is("unload kvm_hv", unload("kvm_hv"), "0");
	is("load before kvm_hv", load_module(OURS, ""), "0");
	said("waiting for kvm_hv to be loaded");
	is("kvm_hv comes", load_module("/modules/kvm-hv.ko", ""), "0");
	said(native);
	is("state", read_line(SYSFS "/state"), "native");
	no_probe();
	is("the kernel's own answer", query(), yes);
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
}

static void none(void)
{
	is("VMM", query(), "no VM: EINVAL");
	is("load", load_module(OURS, ""), "0");
	said("waiting for kvm_hv to be loaded");
	is("state", read_line(SYSFS "/state"), "waiting for kvm_hv");
	is("kvm_hv", load_module("/modules/kvm-hv.ko", ""), "ENODEV");
	is("state after kvm_hv failed to load", read_line(SYSFS "/state"), "waiting for kvm_hv");
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
}

static void stock(const char *role)
{
	is("load", load_module(OURS, ""), "ENODEV");
	said("not loading: bare metal has no compatibility mode");
	nothing_left();
	/* Linux 7.3 documents ENOTTY for bare metal, and gives EINVAL. */
	is("answer", query(), strcmp(role, "native") ? no : "kvm=0 vm=0 ioctl=EINVAL");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(kmsg, 0, SEEK_END);
	if (!strcmp(mode, "attach") && argc == 4) {
		attach(argv[2], argv[3]);
	} else if (!strcmp(mode, "native") && argc == 3) {
		native(argv[2]);
	} else if (!strcmp(mode, "none") && argc == 2) {
		none();
	} else if (!strcmp(mode, "stock") && argc == 3) {
		stock(argv[2]);
	} else {
		fprintf(stderr, "usage: lifecycle attach v1|v2 CAPABILITIES | native v1|v2 | none | stock attach|native\n");
		return 2;
	}
	return tap_done();
}
