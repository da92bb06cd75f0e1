#pragma once

// The API's description, served: the OpenAPI document, and a page to read and try it on. The page is Swagger
// UI when the program was built with it, otherwise one that says how to get it; nothing comes from another
// host. Thread-safe.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/api/routes.h"

namespace bridge {

class ApiDocs {
 public:
  // The file of that name, empty when there is none. Those built into the program unless told otherwise.
  using Files = std::function<std::string_view(std::string_view name)>;
  ApiDocs();
  explicit ApiDocs(Files files) : files_(std::move(files)) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  Reply page() const;
  Reply file(const std::string& name) const;

  Files files_;
};

}  // namespace bridge
