# SPDX-License-Identifier: GPL-2.0
# What people run. How the kernel builds the module is in Kbuild.
#
#	KDIR=     headers of the kernel to build for (the running one's)
#	KERNEL=   kernel of the emulated machine, for demo and vm (see tests/vm/kernel)
#	DESTDIR=  where install puts things
#	ROW=      a row of bench, for bench-account
#	OLD= NEW= two results of bench
#	RUNS=     which runs of check or soak, a pattern ("kunit-*")

KERNEL_RELEASE := $(shell uname -r)
KDIR	?= /lib/modules/$(KERNEL_RELEASE)/build
PREFIX	?= /usr/local
VM	:= tests/vm
MODULE	:= build/host/module/xvcpu.ko

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1	\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='	' read -r name what; do printf '  make %-13s %s\n' "$$name" "$$what"; done
	@sed -n 's/^#	\([A-Z]*=\) *\(.*\)/  \1 \2/p' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: ## build everything and show it in an emulated machine with four CPUs
	@$(VM)/demo $(KERNEL)

.PHONY: check
check: ## every test there is (RUNS=pattern for some of them)
	@$(VM)/check $(if $(RUNS),'$(RUNS)')

.PHONY: soak
soak: ## the long forms of the tests that can be long, hours of them (RUNS= as for check)
	@$(VM)/check --table soak $(if $(RUNS),'$(RUNS)')

.PHONY: check-kernels
check-kernels: ## every program on Linux 6.1, 6.12 and 7.2 (RUNS= as for check)
	@$(VM)/check --table kernels $(if $(RUNS),'$(RUNS)')

.PHONY: fuzz
fuzz: ## compare the instruction decoder with a disassembler
	@$(VM)/packages
	@tests/fuzz/run

.PHONY: check-abi
check-abi: ## the tests of the KVM API on kvm_intel and on xvcpu, and how they differ
	@$(VM)/check abi

.PHONY: check-qemu
check-qemu: ## Debian's QEMU boots Linux, on kvm_intel and on xvcpu; both are compared
	@$(VM)/check 'qemu*'

.PHONY: bench
bench: ## what xvcpu costs beside kvm_intel, in instructions; build/bench.json
	@$(VM)/bench

.PHONY: bench-account
bench-account: ## what the instructions of the benchmark are (ROW= function by function)
	@$(VM)/bench-account $(ROW)

.PHONY: bench-compare
bench-compare: ## what changed between two build/bench.json (OLD= NEW=)
	@bench/compare $(OLD) $(NEW)

.PHONY: bench-scale
bench-scale: ## how cost grows with vCPUs, CPUs, slots and memory; build/bench-scale.json, plots
	@$(VM)/scale

.PHONY: lint
lint: ## every static check
	@$(VM)/packages
	@$(VM)/lint

.PHONY: modules
modules: ## build xvcpu.ko for the running kernel, or for KDIR=
	@$(VM)/build -v $(abspath $(KDIR))
	@echo "$(MODULE) is built"

.PHONY: userspace
userspace: ## build the xvcpu command, to build/userspace
	$(MAKE) -C userspace OUT=$(CURDIR)/build/userspace

.PHONY: load
load: ## load the module into the running kernel (after make modules)
	@test -f $(MODULE) || { echo "make load: no $(MODULE): run 'make modules' first" >&2; exit 1; }
	@test "$$(id -u)" = 0 || { echo "make load: only root can load a module" >&2; exit 1; }
	@! test -d /sys/module/xvcpu || { echo "make load: xvcpu is loaded already" >&2; exit 1; }
	@insmod $(MODULE) || { dmesg | grep 'xvcpu:' | tail -n 5 >&2; \
		echo "make load: the kernel refused the module (see dmesg)" >&2; exit 1; }
	@echo "xvcpu is loaded: /dev/xvcpu"

.PHONY: unload
unload: ## remove the module from the running kernel
	@test -d /sys/module/xvcpu || { echo "make unload: xvcpu is not loaded" >&2; exit 1; }
	@test "$$(id -u)" = 0 || { echo "make unload: only root can remove a module" >&2; exit 1; }
	@rmmod xvcpu || { echo "make unload: xvcpu is in use: end the programs that have" \
		"/dev/xvcpu open" >&2; exit 1; }
	@echo "xvcpu is removed"

.PHONY: vm
vm: ## a shell in the emulated machine, with the module at hand
	@$(VM)/packages
	@$(VM)/build $(or $(KERNEL),test-6.12)
	@$(VM)/build programs
	@$(VM)/run --interactive --cpus 4 --kernel $(or $(KERNEL),test-6.12)

.PHONY: kernels
kernels: ## prepare every kernel of the emulated machine, in the cache
	@$(VM)/packages
	@for id in test-6.12 debug-6.12 test-6.1 test-7.2 stock-6.12 stock-6.1; do \
		$(VM)/kernel $$id || exit; done

.PHONY: install
install: modules ## install the module and the command (DESTDIR=, PREFIX=)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/build/host/module modules_install \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(abspath $(DESTDIR)))
	$(MAKE) -C userspace install OUT=$(CURDIR)/build/userspace DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

.PHONY: clean
clean: ## remove what was built here (the kernels in the cache stay)
	rm -rf build
