#pragma once

// The Table API over the practice desk's tables: /api/now[/v1|/v2]/table/{table}[/{sys_id}]. Checks Basic
// credentials, parameters and media types, and answers in ServiceNow's shapes, one Reply for one Incoming, no
// sockets. Thread-safe.

#include <map>
#include <string>
#include <string_view>

#include "bridge/api/http_front.h"
#include "bridge/practice/desk_rules.h"
#include "bridge/practice/encoded_query.h"
#include "bridge/practice/field_reader.h"

namespace bridge {

class TableApi {
 public:
  using Accounts = std::map<std::string, std::string, std::less<>>;  // user name -> password

  TableApi(TableStore& store, TableSchema& schema, DeskRules& rules, Accounts accounts);

  Reply handle(const Incoming& request);
  // The API's error envelope. An empty detail is null.
  static Reply error(int status, std::string_view message, std::string_view detail = {});

 private:
  struct Target {
    bool v1 = false;
    std::string table;
    std::string sys_id;
  };
  std::string authenticate(const Incoming& request) const;
  Reply list(const Incoming& request, const Target& target) const;
  Reply read(const Incoming& request, const Target& target) const;
  Reply write(const Incoming& request, const Target& target, const std::string& method,
              const std::string& actor);
  EncodedQuery parse_query(const Incoming& request, const std::string& table) const;
  std::vector<RowPtr> select(const std::string& table, const EncodedQuery& query) const;
  std::string render(const Incoming& request, const std::string& table, const std::vector<RowPtr>& rows,
                     bool as_list) const;

  TableStore& store_;
  TableSchema& schema_;
  DeskRules& rules_;
  FieldReader reader_;
  const Accounts accounts_;
};

}  // namespace bridge
