// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/lint/layers.h"
#include "tests/lint/source_tree.h"

namespace vedette::lint {

/// One thing wrong: "PATH:LINE: sentence". The rules are functions of the tree alone.
using Findings = QStringList;

/// Every #include stays inside layers.txt, and what it names in quotes exists.
Findings checkLayers(const Tree &tree, const Layers &layers);
/// layers.txt names only folders and headers that exist.
Findings checkTable(const Tree &tree, const Layers &layers);
/// Neither files nor folders include each other in a circle.
Findings checkCycles(const Tree &tree);
/// Third-party headers stay at home.
Findings checkHomes(const Tree &tree, const Layers &layers);
/// No QtGui and QtWidgets where no pixels belong.
Findings checkPixels(const Tree &tree, const Layers &layers, const QStringList &pixelHeaders);
/// SPDX line first; #pragma once in headers; own header first in sources.
Findings checkShape(const Tree &tree);
/// Tests never sleep, nor do the probes of the benchmarks.
Findings checkSleeps(const Tree &tree);
/// Threads are made only by core/base/worker.h (and in tests).
Findings checkThreads(const Tree &tree);
/// Names of files are snake_case, names of folders lower case.
Findings checkNames(const Tree &tree);
/// Paths named in ARCHITECTURE.md and in README.md files exist.
Findings checkPages(const Tree &tree);

} // namespace vedette::lint
