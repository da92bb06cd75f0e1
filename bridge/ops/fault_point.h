#pragma once

// Places where a crash test ends the process: between an effect and its record, before and after a commit.
// Thread-safe. Off (one relaxed load) unless the environment says otherwise:
//   COUNTERSIGN_CRASH_AT=k         the k-th pass ends the process with SIGKILL
//   COUNTERSIGN_CRASH_AT=NAME      the first pass of that place does; NAME:k the k-th
//   COUNTERSIGN_CRASH_COUNT=FILE   the number of passes is written there at exit

namespace bridge {

void fault_point(const char* name) noexcept;
// A place that every call passes: it counts only when a place is named.
void frequent_fault_point(const char* name) noexcept;

// Reads the environment and starts counting anew. Done once by itself before main(); tests may do it again.
void arm_fault_points() noexcept;

}  // namespace bridge
