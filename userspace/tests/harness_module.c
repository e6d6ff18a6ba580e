// SPDX-License-Identifier: GPL-2.0
/*
 * What the module xvcpu says of itself.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xvcpu_nl.h>

#include "harness.h"

#define MODULE_FILE	"/lib/modules/xvcpu.ko"

/* --- the root policy --- */

bool module_policy_is(const char *name)
{
	int fd = open("/sys/module/xvcpu/parameters/policy",
		      O_RDONLY | O_CLOEXEC);
	char policy[32] = "";

	if (fd < 0)
		return false;
	if (read(fd, policy, sizeof(policy) - 1) < 0)
		policy[0] = 0;
	close(fd);
	policy[strcspn(policy, "\n")] = 0;
	return !strcmp(policy, name);
}

const char *module_params(void)
{
	static const char * const all[] = {
		"policy=all", "policy=exclusive", "policy=shared",
	};
	static const char *params = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all) && !*params; i++)
		if (module_policy_is(strchr(all[i], '=') + 1))
			params = all[i];
	return params;
}

void module_need_file(void)
{
	if (module_refs("xvcpu") < 0)
		test_skip("the module xvcpu is not loaded");
	if (access(MODULE_FILE, R_OK))
		test_skip("no " MODULE_FILE " to load again");
	test_timeout(60);
}

void module_load_exclusive(void)
{
	if (module_policy_is("shared"))
		test_skip("VMX root operation is kvm_intel's");
	REQUIRE_EQ(module_unload("xvcpu"), 0);
	REQUIRE_EQ(module_load("xvcpu", "policy=exclusive"), 0);
}

static bool restore_policy(void)
{
	if (module_policy_is("exclusive"))
		module_unload("xvcpu");
	if (module_refs("xvcpu") < 0 && !access(MODULE_FILE, R_OK))
		module_load("xvcpu", "");
	return !module_policy_is("exclusive");
}

int module_test_main(int argc, char **argv, const struct test *tests, size_t n)
{
	int status = test_main(argc, argv, tests, n);

	if (restore_policy())
		return status;
	printf("Bail out! the module cannot be loaded with the default policy\n");
	return EXIT_FAILURE;
}

/* --- what is there --- */

static void expect_nothing_loaded(const struct xvcpu_cpu_info *cpu, void *arg)
{
	(void)arg;
	EXPECT_EQ(cpu->loaded, 0);
}

void module_expect_empty(void)
{
	struct xvcpu_module_info module;
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
	EXPECT_EQ(module.vms, 0);
	EXPECT_EQ(module.vcpus, 0);
	REQUIRE_EQ(xvcpu_nl_cpus(nl, false, expect_nothing_loaded, NULL), 0);
	xvcpu_nl_close(nl);
}

uint32_t module_pages(void)
{
	struct xvcpu_module_info module;
	struct xvcpu_nl *nl;

	REQUIRE_EQ(xvcpu_nl_open(&nl), 0);
	REQUIRE_EQ(xvcpu_nl_module(nl, &module), 0);
	xvcpu_nl_close(nl);
	REQUIRE(module.pages > 0);
	return module.pages;
}
