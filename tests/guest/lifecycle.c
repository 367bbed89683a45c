// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests loading and unloading of the module, also with errors.
 *
 * Usage: lifecycle attach v1|v2 CAPABILITIES	kvm, kvm_hv and the module are loaded
 *	  lifecycle native v1|v2		kvm and kvm_hv are loaded
 *	  lifecycle none			kvm is loaded, kvm_hv cannot be
 *	  lifecycle pr				kvm, kvm_pr and the module are loaded
 *	  lifecycle stock attach|native		bare metal: kvm and kvm_hv are loaded
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <linux/userfaultfd.h>

#include "module.h"

static const char no[] = "kvm=0 vm=0 ioctl=ENOTTY";

/* The kernel log; its file offset is after the last message that was read */
static int kmsg;

/*
 * The messages since the last call that start with @prefix, separated by "; ". Messages of the kernel that a module taints
 * it are left out.
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

/* The error for a function of @module. Unless that is built in, its name is part of the symbol. */
static void said_not_found(const char *module, const char *function)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "cannot find or probe %s%s%s: -ENOENT", kvm_is_builtin() ? "" : module,
		 kvm_is_builtin() ? "" : ":", function);
	said(expected);
}

/* The message of an attachment has the facts for a bug report. A second message warns of existing VMs. */
static void said_attached(const char *api, const char *capabilities, bool vms)
{
	const char *text = messages("kvm_ppc_compat: ");
	struct utsname name;
	char expected[160];

	uname(&name);
	snprintf(expected, sizeof(expected), "attached to kvm_hv, nested API %s, modes %s; version %s, Linux %s, ",
		 api, capabilities, read_line(SYSFS "/version"), name.release);
	if (!ok(!strncmp(text, expected, strlen(expected)), "said: %s", expected) ||
	    !ok(strstr(text, "hooks at kvm_arch_vm_ioctl_hv+0x") && strstr(text, " and kvm_vm_ioctl_check_extension+0x"),
		"said: where the hooks are") ||
	    !ok(!strstr(text, "; there are VMs already: ") == !vms, "said: whether there are VMs already: %d", vms))
		printf("# got: %s\n", text);
}

struct caller {
	int vm_fd;
	struct kvm_ppc_compat_caps *caps;
	int err;
};

static void *call_once(void *data)
{
	struct caller *caller = data;

	caller->err = ioctl(caller->vm_fd, KVM_PPC_GET_COMPAT_CAPS, caller->caps) ? errno : 0;
	return NULL;
}

/* A page of a userfaultfd: a task that accesses it waits until the test provides it. */
struct stalled {
	int uffd;
	long size;
	void *memory;
};

static bool stall(struct stalled *page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	page->size = sysconf(_SC_PAGESIZE);
	page->memory = mmap(NULL, page->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK); /* it cannot be polled otherwise */
	range.range.start = (uintptr_t)page->memory;
	range.range.len = page->size;
	return !ioctl(page->uffd, UFFDIO_API, &api) && !ioctl(page->uffd, UFFDIO_REGISTER, &range);
}

static bool somebody_waits(const struct stalled *page)
{
	struct pollfd fault = { .fd = page->uffd, .events = POLLIN };

	return poll(&fault, 1, 60000) == 1 && fault.revents == POLLIN;
}

/* While a call waits for its memory, the module cannot be unloaded. */
static void in_flight(int vm_fd, uint64_t capabilities)
{
	struct kvm_ppc_compat_caps *served;
	struct caller caller = { .vm_fd = vm_fd };
	struct uffdio_copy copy = {};
	struct stalled page;
	pthread_t thread;

	if (!ok(stall(&page), "a userfaultfd"))
		return;
	served = aligned_alloc(page.size, page.size);
	memset(served, 0, page.size);
	served->size = sizeof(*served);
	copy.dst = (uintptr_t)page.memory;
	copy.src = (uintptr_t)served;
	copy.len = page.size;
	caller.caps = page.memory;
	pthread_create(&thread, NULL, call_once, &caller);
	ok(somebody_waits(&page), "a call is in flight");
	is("unload meanwhile", unload("kvm_ppc_compat"), "EAGAIN");
	ok(system("kvm-ppc-compat unload 2>&1 | grep -q 'call is in progress'") == 0, "the tool does not wait either");
	is("state meanwhile", read_line(SYSFS "/state"), "attached");
	ok(!ioctl(page.uffd, UFFDIO_COPY, &copy), "its memory comes");
	pthread_join(thread, NULL);
	ok(!caller.err && caller.caps->compat_capabilities == capabilities, "it is answered");
	close(page.uffd);
	munmap(page.memory, page.size);
	free(served);
}

/* The same, but the process is killed. */
static void killed_in_flight(void)
{
	struct caller caller;
	struct stalled page;
	pthread_t thread;
	int pipes[2];
	char byte;
	pid_t child;

	ok(!pipe(pipes), "a pipe");
	fflush(stdout);
	child = fork();
	if (!child) {
		caller.vm_fd = ioctl(open("/dev/kvm", O_RDWR | O_CLOEXEC), KVM_CREATE_VM, 0);
		if (!stall(&page))
			_exit(1);
		caller.caps = page.memory;
		pthread_create(&thread, NULL, call_once, &caller);
		if (!somebody_waits(&page))
			_exit(1);
		(void)!write(pipes[1], "", 1);
		pause();
	}
	close(pipes[1]);
	ok(read(pipes[0], &byte, 1) == 1, "a child's call is in flight");
	close(pipes[0]);
	is("unload meanwhile", unload("kvm_ppc_compat"), "EAGAIN");
	kill(child, SIGKILL);
	ok(waitpid(child, NULL, 0) == child, "the child is killed");
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
	is("load again", load_module(OURS, ""), "0");
	messages("");
}

/* kvm_hv is loaded and unloaded while the module is loaded. */
static void attach_again(const char *api, const char *capabilities, const char *yes)
{
	static const struct {
		const char *file, *message;
	} variants[] = {
		{ "/modules/no-ioctl.ko", "cannot find or probe kvm_hv:kvm_arch_vm_ioctl_hx: -ENOENT" },
		{ "/modules/no-capability.ko", "cannot find or probe kvm:kvm_vm_ioctl_check_extensiox: -ENOENT" },
	};
	size_t i;

	is("unload kvm_hv", unload("kvm_hv"), "0");
	is("load before kvm_hv", load_module(OURS, ""), "0");
	said("waiting for kvm_hv to be loaded");
	is("state", read_line(SYSFS "/state"), "waiting");
	is("kvm_hv comes", load_module("/modules/kvm-hv.ko", ""), "0");
	said_attached(api, capabilities, false);
	is("answer", query(), yes);
	is("kvm_hv goes", unload("kvm_hv"), "0");
	said("detaching: kvm_hv is being unloaded");
	is("state", read_line(SYSFS "/state"), "waiting");
	is("kvm_hv comes again", load_module("/modules/kvm-hv.ko", ""), "0");
	is("answer", query(), yes);
	is("state", read_line(SYSFS "/state"), "attached");
	unload("kvm_hv");
	unload("kvm_ppc_compat");
	nothing_left();
	messages("");

	/* If one of the two functions cannot be hooked, no hook remains. */
	for (i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		is("load before a kvm_hv without a function", load_module(variants[i].file, ""), "0");
		said("waiting for kvm_hv to be loaded");
		is("kvm_hv comes", load_module("/modules/kvm-hv.ko", ""), "0");
		said(variants[i].message);
		is("state", read_line(SYSFS "/state"), "off");
		is("reason", read_line(SYSFS "/reason"), "could not hook kvm_hv; see the kernel log, then reload this module");
		is("answer", query(), no);
		no_probe();
		is("kvm_hv goes", unload("kvm_hv"), "0");
		is("unload", unload("kvm_ppc_compat"), "0");
		messages("");
	}
	is("kvm_hv comes", load_module("/modules/kvm-hv.ko", ""), "0");
	nothing_left();
}

/*
 * The hypervisor offers other modes when the module is loaded than when kvm_hv was loaded, like that of another host after
 * a migration. kvm_hv keeps its API. The module reports no mode that is no longer offered.
 */
static void another_hypervisor(uint64_t capabilities)
{
	static const uint64_t offers[] = { 0, KVM_PPC_COMPAT_CAP_POWER9, 7ULL << 60 };
	char parameters[64], answer[80];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(parameters, sizeof(parameters), "offers=%#" PRIx64, offers[i]);
		snprintf(answer, sizeof(answer), "kvm=1 vm=1 ioctl=%#" PRIx64, offers[i] & capabilities);
		is("another hypervisor", load_module("/modules/hypervisor.ko", parameters), "0");
		is("load", load_module(OURS, ""), "0");
		is("backend", read_line(SYSFS "/backend"), "v2");
		is(parameters, query(), offers[i] ? answer : "kvm=1 vm=1 ioctl=EINVAL");
		is("unload", unload("kvm_ppc_compat"), "0");
		is("the first hypervisor again", unload("hypervisor"), "0");
	}
	nothing_left();
}

/* While the module is being loaded or unloaded, calls are left to the kernel, although the hooks are armed. */
static void half_loaded(void)
{
	is("unload", unload("kvm_ppc_compat"), "0");
	is("load a module that calls while the other is being loaded", load_module("/modules/window.ko", ""), "0");
	is("load", load_module(OURS, ""), "0");
	is("calls refused", read_line(SYSFS "/refused"), "1");
	is("calls answered", read_line(SYSFS "/hits"), "0");
	is("unload", unload("kvm_ppc_compat"), "0");
	ok(atoi(read_line("/sys/module/window/parameters/calls")) > 1, "calls while it was loaded and unloaded");
	is("those that were answered", read_line("/sys/module/window/parameters/answered"), "0");
	is("unload the other", unload("window"), "0");
	is("load", load_module(OURS, ""), "0");
	is("calls refused", read_line(SYSFS "/refused"), "0");
	is("calls missed", read_line(SYSFS "/nmissed"), "0");
	is("a call in the handler of a kprobe", load_module("/modules/window.ko", "missed=1"), "0");
	is("calls missed", read_line(SYSFS "/nmissed"), "1");
	is("unload the other", unload("window"), "0");
	messages("");
}

static void attach(const char *api, const char *capabilities)
{
	char yes[80], before[32];
	int vm_fd, kvm_fd;

	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%s", capabilities);

	is("state after loading", read_line(SYSFS "/state"), "attached");
	is("loaded twice", load_module(OURS, ""), "EEXIST");
	messages("");
	is("a second copy under another name", load_module("/modules/second-copy.ko", ""), "ENOEXEC");
	is("said by the kernel", messages("kvm_ppc_compa2: "),
	   "exports duplicate symbol kvm_ppc_compat_loaded (owned by kvm_ppc_compat)");
	is("the first copy still answers", query(), yes);
	snprintf(before, sizeof(before), "%d", atoi(read_line(SYSFS "/hits")) + 1);
	query();
	is("calls answered are counted", read_line(SYSFS "/hits"), before);
	half_loaded();
	is("backend", read_line(SYSFS "/backend"), api);
	is("reason", read_line(SYSFS "/reason"), "");

	write_file("/proc/sys/kernel/ftrace_enabled", "0");
	is("answer with ftrace off", query(), yes);
	write_file("/proc/sys/kernel/ftrace_enabled", "1");
	write_file(KPROBES "/enabled", "0");
	is("answer with kprobes off", query(), no);
	is("state with kprobes off", read_line(SYSFS "/state"), "off");
	is("reason", read_line(SYSFS "/reason"),
	   "kprobes are disabled in /sys/kernel/debug/kprobes/enabled");
	write_file(KPROBES "/enabled", "1");
	is("answer with kprobes on again", query(), yes);
	is("state with kprobes on again", read_line(SYSFS "/state"), "attached");
	said("");

	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	is("unload kvm_hv under a VM", unload("kvm_hv"), kvm_is_builtin() ? "ENOENT" : "EAGAIN");
	is("unload under a VM", unload("kvm_ppc_compat"), "0");
	nothing_left();
	said("");
	is("answer after unloading", query(), no);
	is("load under a VM", load_module(OURS, ""), "0");
	/* nobody counts the VMs of what is built in */
	said_attached(api, capabilities, !kvm_is_builtin());
	ok(ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS) == 1, "the VM is answered again");
	in_flight(vm_fd, strtoull(capabilities, NULL, 16));
	killed_in_flight();
	close(vm_fd);
	close(kvm_fd);
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
	if (!kvm_is_builtin())
		is("references on kvm_hv", read_line("/sys/module/kvm_hv/refcnt"), "0");

	write_file(KPROBES "/enabled", "0");
	is("load with kprobes off", load_module(OURS, ""), "EOPNOTSUPP");
	said("not loading: kprobes have no effect; if they are disabled, write 1 to /sys/kernel/debug/kprobes/enabled");
	nothing_left();
	write_file(KPROBES "/enabled", "1");

	is("load on a kernel without the ioctl's function", load_module("/modules/no-ioctl.ko", ""), "ENOENT");
	said_not_found("kvm_hv", "kvm_arch_vm_ioctl_hx");
	nothing_left();
	is("load on a kernel without the capability's function",
	   load_module("/modules/no-capability.ko", ""), "ENOENT");
	said_not_found("kvm", "kvm_vm_ioctl_check_extensiox");
	nothing_left();
	/* in this file its name replaces a longer one, which begins with the module's name */
	if (!kvm_is_builtin()) {
		is("load where the function may not be probed", load_module("/modules/unprobeable.ko", ""), "EINVAL");
		said("cannot find or probe kprobe_handler: -EINVAL");
		nothing_left();
	}
	is("answer after all that", query(), no);

	/* With QEMU's API v2, kvm_hv cannot be loaded a second time: QEMU negotiates only once. */
	if (!strcmp(api, "v2"))
		another_hypervisor(strtoull(capabilities, NULL, 16));
	else if (!kvm_is_builtin())
		attach_again(api, capabilities, yes);
}

static void native(const char *api)
{
	static const char native[] =
		"not needed: this kernel provides KVM_PPC_GET_COMPAT_CAPS";
	char yes[80];

	snprintf(yes, sizeof(yes), "%s", query());
	is("load the stub", load_module("/modules/stub.ko", ""), "ENODEV");
	said("not loading: this kernel provides KVM_PPC_GET_COMPAT_CAPS");
	nothing_left();
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
	is("state", read_line(SYSFS "/state"), "waiting");
	if (!kvm_is_builtin()) {
		is("kvm_hv", load_module("/modules/kvm-hv.ko", ""), "ENODEV");
		is("state after kvm_hv failed to load", read_line(SYSFS "/state"), "waiting");
	}
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
}

static void pr(void)
{
	is("answer", query(), no);
	is("state", read_line(SYSFS "/state"), "waiting");
	no_probe();
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
}

static void stock(const char *role)
{
	is("load", load_module(OURS, ""), "ENODEV");
	said("not loading: bare metal has no compatibility mode");
	nothing_left();
	/* Linux 7.3 documents ENOTTY for bare metal, but returns EINVAL. */
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
	} else if (!strcmp(mode, "pr") && argc == 2) {
		pr();
	} else if (!strcmp(mode, "stock") && argc == 3) {
		stock(argv[2]);
	} else {
		fprintf(stderr, "usage: lifecycle attach v1|v2 CAPABILITIES | native v1|v2 | none | pr | stock attach|native\n");
		return 2;
	}
	return tap_done();
}
