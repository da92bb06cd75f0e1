#pragma once

// `countersign VERB ...`: parses the arguments and runs the verb. The exit code is for scripts: 0 fine, 1 the
// answer is no (a file has errors, a test failed, nothing found), 2 wrong arguments or configuration, 3 the
// store or the network does not work.

namespace bridge {

int run_command_line(int argc, char** argv);

}  // namespace bridge
