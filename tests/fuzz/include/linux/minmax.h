/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_MINMAX_H
#define FUZZ_LINUX_MINMAX_H

#define min_t(type, a, b)						\
	({								\
		type min_a = (a), min_b = (b);				\
									\
		min_a < min_b ? min_a : min_b;				\
	})

#endif /* FUZZ_LINUX_MINMAX_H */
