#include "bridge/api/companies_api.h"

#include <algorithm>

#include "bridge/api/envelope.h"
#include "bridge/api/search_body.h"
#include "bridge/ops/error.h"

namespace bridge {

using mappings::Json;

namespace {
bool has_all(const Caller& caller) {
  return std::find(caller.more_queues.begin(), caller.more_queues.end(), "*") != caller.more_queues.end();
}
}  // namespace

std::vector<std::string> CompaniesApi::of(const Caller& caller) const {
  std::vector<std::string> all{caller.queue};
  if (has_all(caller)) {
    for (const auto& [queue, tenant] : tenants_) all.push_back(queue);
  } else {
    for (const std::string& queue : caller.more_queues)
      if (tenants_.contains(queue)) all.push_back(queue);
  }
  std::erase_if(all, [&](const std::string& queue) { return caller.shut.contains(queue); });
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::string CompaniesApi::named(const Call& call) const {
  std::string named;
  for (const auto& one : {call.request.header("X-KEEPNET-Company-Id"), call.request.header("X-IR-COMPANY-ID"),
                          call.request.parameter("companyId")}) {
    if (!one || one->empty()) continue;
    if (!named.empty() && named != *one)
      throw Error(ErrorCode::invalid_request, "The call names two companies: leave one of them out");
    named = *one;
  }
  if (named.empty()) return {};
  const auto mine = of(call.caller);
  if (std::find(mine.begin(), mine.end(), named) == mine.end())
    throw has_all(call.caller) ? Error(ErrorCode::not_found, "There is no company " + named)
                               : Error(ErrorCode::forbidden, "This company is not one of yours");
  if (!tenants_.contains(named) && has_all(call.caller))
    throw Error(ErrorCode::not_found, "There is no company " + named);
  return named;
}

std::vector<std::string> CompaniesApi::seen(const Call& call) const {
  const std::string one = named(call);
  return one.empty() ? of(call.caller) : std::vector{one};
}

bool CompaniesApi::sees(const Call& call, const std::string& queue) const {
  const auto all = seen(call);
  return std::find(all.begin(), all.end(), queue) != all.end();
}

std::string CompaniesApi::acting_in(const Call& call) const {
  const std::string one = named(call);
  return one.empty() ? call.caller.queue : one;
}

std::string CompaniesApi::title(const std::string& queue) const {
  const auto found = tenants_.find(queue);
  return found == tenants_.end() || found->second.name.empty() ? queue : found->second.name;
}

std::vector<Route> CompaniesApi::routes() const {
  const auto short_row = [this](const std::string& queue) {
    return Json::object({{"name", title(queue)}, {"resourceId", queue}, {"children", Json::array()}});
  };
  const auto list = [this, short_row](const Call& call) {
    Json all = Json::array();
    for (const std::string& queue : seen(call)) all.push_back(short_row(queue));
    return all;
  };
  return {
      {"GET", "/api/companies", Right::manage, "Companies that the credential has, in Keepnet's envelope.",
       enveloped(list), true},
      {"GET", "/api/companies/my", Right::manage, "The same, as Keepnet's clients ask for it.",
       enveloped(list), true},
      {"POST", "/api/companies/search", Right::manage, "A page of the companies that the credential has.",
       enveloped([this](const Call& call) {
         std::vector<Json> rows;
         for (const std::string& queue : seen(call))
           rows.push_back(Json::object({{"companyName", title(queue)}, {"companyResourceId", queue}}));
         // A queue of the configuration has no time of its own: by name.
         return search_page(
             call, std::move(rows),
             {{"companyName", "companyResourceId"},
              {{"CreateTime", "companyName"}, {"Name", "companyName"}, {"ResourceId", "companyResourceId"}}});
       }),
       true},
      {"GET", "/api/companies/{resourceId}", Right::manage, "One company.",
       enveloped([this](const Call& call) {
         const std::string& queue = call.parts.at(0);
         if (!sees(call, queue)) throw Error(ErrorCode::not_found, "There is no company " + queue);
         return Json::object(
             {{"resourceId", queue}, {"name", title(queue)}, {"statusId", 1}, {"statusName", "Active"}});
       }),
       true},
  };
}

}  // namespace bridge
