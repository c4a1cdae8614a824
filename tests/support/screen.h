// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vedette::test {

/// For tests that need real windows: runs this program again on an Xvfb of its own (platform xcb) and returns its exit
/// code; empty-handed, on the platform offscreen, where there is no Xvfb. Call it first in main(); negative: go on, this
/// is the second run.
int runOnScreen(int argc, char **argv);

} // namespace vedette::test
