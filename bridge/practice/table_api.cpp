#include "bridge/practice/table_api.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "bridge/access/basic_auth.h"
#include "bridge/practice/table_request.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {

std::size_t number_parameter(const Incoming& request, std::string_view name, std::size_t otherwise) {
  const auto text = query_parameter(request, name);
  std::size_t value = 0;
  if (!text || text->empty()) return otherwise;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc() && end == text->data() + text->size() ? value : otherwise;
}

Reply json_reply(int status, std::string body) {
  return {status, {{"Content-Type", "application/json;charset=UTF-8"}}, std::move(body), false};
}

}  // namespace

TableApi::TableApi(TableStore& store, TableSchema& schema, DeskRules& rules, Accounts accounts)
    : store_(store), schema_(schema), rules_(rules), reader_(store, schema), accounts_(std::move(accounts)) {}

Reply TableApi::error(int status, std::string_view message, std::string_view detail) {
  std::string body = "{\"error\":{\"message\":";
  mappings::append_quoted(body, mappings::is_valid_utf8(message) ? message : "not UTF-8");
  body += ",\"detail\":";
  if (detail.empty()) {
    body += "null";
  } else {
    mappings::append_quoted(body, detail);
  }
  body += "},\"status\":\"failure\"}";
  Reply reply = json_reply(status, std::move(body));
  if (status == 401) reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Service-now\"");
  return reply;
}

std::string TableApi::authenticate(const Incoming& request) const {
  if (const auto given = basic_credentials(request.header("Authorization").value_or(""))) {
    const auto account = accounts_.find(given->user);
    if (account != accounts_.end() && same_secret(given->password, account->second)) return account->first;
  }
  throw TableRefusal(401, "User Not Authenticated", "Required to provide Auth information");
}

Reply TableApi::handle(const Incoming& request) {
  std::string method = request.method;
  Reply reply;
  try {
    const std::string actor = authenticate(request);
    if (const auto real = request.header("X-HTTP-Method-Override"); real && method == "POST") method = *real;
    Target target;
    if (!split_table_path(request.path, target.v1, target.table, target.sys_id))
      throw TableRefusal(400, "Requested URI does not represent any resource");
    check_accept(request);
    const bool reads = method == "GET" || method == "HEAD";
    const bool changes = method == "PATCH" || method == "PUT" || method == "DELETE";
    if (!(reads || (target.sys_id.empty() ? method == "POST" : changes)))
      throw TableRefusal(405, "Method not supported");
    if (!schema_.has_table(target.table)) throw TableRefusal(400, "Invalid table " + target.table);
    if (!reads) {
      reply = write(request, target, method, actor);
    } else {
      reply = target.sys_id.empty() ? list(request, target) : read(request, target);
    }
  } catch (const TableRefusal& refusal) {
    reply = error(refusal.status(), refusal.what(), refusal.detail());
  }
  if (mappings::lower_case(request.header("X-no-response-body").value_or("")) == "true") reply.body.clear();
  return reply;
}

EncodedQuery TableApi::parse_query(const Incoming& request, const std::string& table) const {
  const auto is_number = [&](std::string_view path) -> std::optional<bool> {
    const FieldInfo* field = reader_.field(table, path);
    return field ? std::optional<bool>(field->is_number()) : std::nullopt;
  };
  if (const auto text = query_parameter(request, "sysparm_query")) {
    EncodedQuery query = EncodedQuery::parse(*text, is_number);
    for (const auto& term : query.dropped)
      rules_.note_ignored("the term \"" + term + "\" of a query on " + table);
    return query;
  }
  EncodedQuery query;  // field=value pairs, which sysparm_query puts out of force
  query.groups.emplace_back();
  for (const auto& [name, value] : request.query)
    if (const auto number = is_number(name))
      query.groups.back().push_back({{name, QueryOperator::equal, value, {}, *number}});
  return query;
}

// Starts from an index where the query allows it; every row is still held against the whole query.
std::vector<RowPtr> TableApi::select(const std::string& table, const EncodedQuery& query) const {
  std::vector<RowPtr> rows;
  const auto from_index = [&](const EncodedQuery::AllOf& all) {
    const auto take = [&](std::vector<RowPtr> found) { rows.insert(rows.end(), found.begin(), found.end()); };
    for (const auto& any : all)
      if (any.size() == 1 && any[0].op == QueryOperator::equal && store_.indexed(table, any[0].field)) {
        take(store_.equal(table, any[0].field, any[0].value));
        return true;
      }
    for (const auto& any : all)
      if (any.size() == 1 && any[0].field == "sys_updated_on" &&
          (any[0].op == QueryOperator::at_least || any[0].op == QueryOperator::greater ||
           any[0].op == QueryOperator::equal)) {
        take(store_.updated_since(table, any[0].value));
        return true;
      }
    return false;
  };
  if (!std::all_of(query.groups.begin(), query.groups.end(), from_index)) {
    rows = store_.all(table);
  } else if (query.groups.size() > 1) {  // a row may be in several groups
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::sort(rows.begin(), rows.end(), [](const RowPtr& a, const RowPtr& b) { return a->older_than(*b); });
  }
  std::erase_if(rows, [&](const RowPtr& row) {
    return !query.matches([&](std::string_view field) { return reader_.value(table, *row, field); });
  });
  if (query.orders.empty() || rows.size() < 2) return rows;
  std::vector<std::pair<std::vector<std::string>, RowPtr>> keyed;
  keyed.reserve(rows.size());
  for (auto& row : rows) {
    std::vector<std::string> keys;
    for (const auto& order : query.orders) keys.push_back(reader_.value(table, *row, order.field));
    keyed.emplace_back(std::move(keys), std::move(row));
  }
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    for (std::size_t i = 0; i < query.orders.size(); ++i) {
      const int order = compare_values(a.first[i], b.first[i], query.orders[i].number);
      if (order != 0) return query.orders[i].descending ? order > 0 : order < 0;
    }
    return false;
  });
  for (std::size_t i = 0; i < keyed.size(); ++i) rows[i] = std::move(keyed[i].second);
  return rows;
}

std::string TableApi::render(const Incoming& request, const std::string& table,
                             const std::vector<RowPtr>& rows, bool as_list) const {
  FieldReader::Shape shape;
  const std::string shown = query_parameter(request, "sysparm_display_value").value_or("false");
  shape.shown = shown == "true"  ? FieldReader::Shown::label
                : shown == "all" ? FieldReader::Shown::both
                                 : FieldReader::Shown::value;
  shape.links = query_parameter(request, "sysparm_exclude_reference_link").value_or("false") != "true";
  shape.base = base_url(request);
  std::vector<std::string> paths;
  if (const auto asked = query_parameter(request, "sysparm_fields"); asked && !asked->empty()) {
    for (auto& path : split_list(*asked))
      if (reader_.field(table, path) && std::find(paths.begin(), paths.end(), path) == paths.end())
        paths.push_back(std::move(path));
  } else {
    for (const FieldInfo* field : schema_.fields(table)) paths.push_back(field->name);
  }
  std::string out = as_list ? "{\"result\":[" : "{\"result\":";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    for (std::size_t p = 0; p < paths.size(); ++p) {
      if (p > 0) out.push_back(',');
      mappings::append_quoted(out, paths[p]);
      out.push_back(':');
      reader_.append(out, table, *rows[i], paths[p], shape);
    }
    out.push_back('}');
  }
  return out += as_list ? "]}" : "}";
}

Reply TableApi::list(const Incoming& request, const Target& target) const {
  std::vector<RowPtr> rows = select(target.table, parse_query(request, target.table));
  const std::size_t total = rows.size();
  if (total == 0 && target.v1)
    throw TableRefusal(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval");
  const std::size_t limit = std::max<std::size_t>(1, number_parameter(request, "sysparm_limit", 10'000));
  const std::size_t offset = number_parameter(request, "sysparm_offset", 0);
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(offset, total)));
  if (rows.size() > limit) rows.resize(limit);
  Reply reply = json_reply(200, render(request, target.table, rows, true));
  if (query_parameter(request, "sysparm_no_count").value_or("") != "true")
    reply.headers.emplace_back("X-Total-Count", std::to_string(total));
  if (query_parameter(request, "sysparm_suppress_pagination_header").value_or("") != "true")
    reply.headers.emplace_back("Link", page_links(request, total, limit, offset));
  return reply;
}

Reply TableApi::read(const Incoming& request, const Target& target) const {
  const RowPtr row = store_.find(target.table, target.sys_id);
  if (!row)
    throw TableRefusal(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval");
  return json_reply(200, render(request, target.table, {row}, false));
}

Reply TableApi::write(const Incoming& request, const Target& target, const std::string& method,
                      const std::string& actor) {
  if (method == "DELETE") {
    rules_.remove(target.table, target.sys_id);
    return {204, {}, {}, false};
  }
  const FieldValues fields = read_fields(request);
  const bool labels = query_parameter(request, "sysparm_input_display_value").value_or("") == "true";
  const RowPtr row = method == "POST" ? rules_.create(target.table, fields, actor, labels)
                                      : rules_.update(target.table, target.sys_id, fields, actor, labels);
  Reply reply = json_reply(method == "POST" ? 201 : 200, render(request, target.table, {row}, false));
  if (method == "POST")
    reply.headers.emplace_back(
        "Location", base_url(request) + "/api/now/table/" + target.table + "/" + std::string(row->id()));
  return reply;
}

}  // namespace bridge
