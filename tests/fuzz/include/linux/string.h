/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_STRING_H
#define FUZZ_LINUX_STRING_H

#include <string.h>

#endif /* FUZZ_LINUX_STRING_H */
