#include "bridge/api/bulk_intake.h"

#include "mappings/engine/text.h"

namespace bridge {

namespace {
using mappings::Json;

// Few enough that what others write beside it need not wait long for the same commit.
constexpr std::size_t lines_in_a_commit = 200;

struct Line {
  std::size_t number = 0;
  QueueService::Answered answer;
};

void append_answer(std::string& out, const Line& line) {
  out.append("{\"line\":").append(std::to_string(line.number));
  if (const auto& submitted = line.answer.submitted) {
    out.append(",\"status\":201,\"id\":").append(std::to_string(submitted->record.ref.id));
    if (submitted->what == Submitted::What::repeated) out.append(",\"replayed\":true");
  } else {
    const Error& refused = line.answer.refused.value();
    out.append(",\"status\":").append(std::to_string(info(refused.code()).http_status));
    out.append(",\"Message\":");
    mappings::append_quoted(out, refused.what());
  }
  out.append("}\n");
}

// What is read of the body until its answers are written.
class Batch {
 public:
  Batch(QueueService& service, const std::string& queue, const std::string& key, const std::string& actor)
      : service_(service), queue_(queue), key_(key), actor_(actor) {}

  void add(std::size_t number, std::string_view text) {
    Line& line = lines_.emplace_back();
    line.number = number;
    try {
      Json given = Json::parse(text);
      // No key that a client can send has a line end in it.
      wanted_.push_back({std::move(given), key_.empty() ? "" : key_ + '\n' + std::to_string(number)});
      places_.push_back(lines_.size() - 1);
    } catch (const mappings::JsonError& problem) {
      line.answer.refused =
          Error(ErrorCode::invalid_request, std::string("The line is not JSON: ") + problem.what());
    }
  }

  std::size_t size() const noexcept { return lines_.size(); }

  void write(std::string& out) {
    auto answers = service_.submit_all(queue_, wanted_, actor_);
    for (std::size_t i = 0; i < places_.size(); ++i) lines_[places_[i]].answer = std::move(answers.at(i));
    for (const Line& line : lines_) append_answer(out, line);
    lines_.clear();
    wanted_.clear();
    places_.clear();
  }

 private:
  QueueService& service_;
  const std::string& queue_;
  const std::string& key_;
  const std::string& actor_;
  std::vector<Line> lines_;
  std::vector<QueueService::Wanted> wanted_;
  std::vector<std::size_t> places_;  // in lines_, of each that is wanted
};
}  // namespace

bool is_ndjson(const Incoming& request) {
  const std::string type = request.header("Content-Type").value_or("");
  const auto media = mappings::trimmed(std::string_view(type).substr(0, type.find(';')));
  return mappings::equal_ignoring_case(media, "application/x-ndjson") ||
         mappings::equal_ignoring_case(media, "application/ndjson");
}

Reply take_in_bulk(QueueService& service, const std::string& queue, const std::string& body,
                   const std::string& idempotency_key, const std::string& actor) {
  Reply reply;
  reply.headers.emplace_back("Content-Type", "application/x-ndjson; charset=utf-8");
  Batch batch(service, queue, idempotency_key, actor);
  std::string_view rest = body;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (mappings::trimmed(line).empty()) continue;
    batch.add(number, line);
    if (batch.size() == lines_in_a_commit) batch.write(reply.body);
  }
  if (batch.size() > 0) batch.write(reply.body);
  return reply;
}

}  // namespace bridge
