// Runs the registered suites: all, or those whose name starts with an argument. `--list` prints suite names.
// Fails when nothing ran.

#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

int main(int argc, char** argv) {
  const std::unique_ptr<CppUnit::Test> all(CppUnit::TestFactoryRegistry::getRegistry().makeTest());
  CppUnit::TestResult result;
  CppUnit::TestResultCollector collector;
  CppUnit::BriefTestProgressListener progress;
  result.addListener(&collector);
  result.addListener(&progress);
  if (argc > 1 && std::strcmp(argv[1], "--list") == 0) {
    for (int i = 0; i < all->getChildTestCount(); ++i) std::cout << all->getChildTestAt(i)->getName() << '\n';
    return 0;
  }
  for (int i = 0; i < all->getChildTestCount(); ++i) {
    CppUnit::Test* suite = all->getChildTestAt(i);
    bool wanted = argc == 1;
    for (int a = 1; a < argc; ++a) wanted = wanted || suite->getName().rfind(argv[a], 0) == 0;
    if (wanted) suite->run(&result);
  }
  CppUnit::CompilerOutputter(&collector, std::cerr).write();
  const int failed = collector.testFailuresTotal();
  std::cout << collector.runTests() - failed << " passed, " << failed << " failed\n";
  if (collector.runTests() == 0) {
    std::cerr << "no test ran: is the suite's name right? (--list)\n";
    return 2;
  }
  return failed == 0 ? 0 : 1;
}
