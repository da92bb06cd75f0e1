#include "bridge/app/command_line.h"

int main(int argc, char** argv) {
  return bridge::run_command_line(argc, argv);
}
