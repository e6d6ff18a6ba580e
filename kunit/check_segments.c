// SPDX-License-Identifier: GPL-2.0
/* For check_test.c: a file under test whose names would meet those of others. */
#include "../vmx_check_segments.c"
