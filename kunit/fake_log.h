/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the file under test says goes to the fake machine, which remembers it,
 * and not to the kernel's log, which a thousand injected failures would flood.
 *
 * To be included right before that file.
 */
#ifndef _XVCPU_KUNIT_FAKE_LOG_H
#define _XVCPU_KUNIT_FAKE_LOG_H

#include <linux/printk.h>

#include "fake_hw.h"

#undef pr_err
#undef pr_err_ratelimited
#undef pr_warn
#undef pr_info
#define pr_err(fmt, ...)		fake_say(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_ratelimited(fmt, ...)	fake_say(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)		fake_say(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)		fake_say(pr_fmt(fmt), ##__VA_ARGS__)

#endif /* _XVCPU_KUNIT_FAKE_LOG_H */
