#include "mappings/engine/mapping.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "mappings/engine/field_compiler.h"
#include "mappings/engine/program.h"
#include "mappings/engine/request_reads.h"
#include "mappings/engine/schema.h"
#include "mappings/engine/section_render.h"

namespace mappings {

namespace {

constexpr std::array outcomes{Outcome::approved, Outcome::denied, Outcome::withdrawn, Outcome::expired};
constexpr std::array notes{Note::reminder, Note::escalation, Note::late_decision, Note::refused_decision,
                           Note::name_not_taken};

// What a ticket is told where a mapping file says nothing.
constexpr std::string_view built_in = R"yaml(
outcome:
  approved:
    comment: 'Approved by ${ $decision.by // $decision.byEmail // "an administrator" }.${ $decision.reason // "" | if . == "" then "" else " Reason: " + . end }'
  denied:
    comment: 'Denied by ${ $decision.by // $decision.byEmail // "an administrator" }.${ $decision.reason // "" | if . == "" then "" else " Reason: " + . end }'
  withdrawn: {comment: 'The request was withdrawn: nobody needs to decide any more.'}
  expired: {comment: 'The request has expired: nobody decided in time.'}
notes:
  reminder: '${ .user.fullName // .user.account // "The requester" } is still waiting for a decision.'
  escalation: '${ .user.fullName // .user.account // "The requester" } is still waiting, and nobody has decided. Please decide, or pass this on to somebody who may.'
  late_decision: 'This request had been decided before this decision was made here. The first decision stands.'
  name_not_taken: 'The decision stands, but without a name: the portal of the tenant has no user ${ $decision.byEmail // "with this mail" }.'
  refused_decision: 'This decision does not count. ${ $decision.reason // "The workflow does not allow it." }'
)yaml";

bool has_decision(Note note) {
  return note == Note::late_decision || note == Note::refused_decision || note == Note::name_not_taken;
}

struct Runnable {
  Section section;
  std::optional<Program::Entry> entry;
  std::optional<std::vector<std::string>> reads;  // of the request
};

class FileMapping final : public Mapping {
 public:
  FileMapping(std::string name, std::string connector)
      : name_(std::move(name)), connector_(std::move(connector)) {}

  const std::string& name() const noexcept override { return name_; }
  const std::string& connector() const noexcept override { return connector_; }

  Rendered open(const Json& request, const Json& context) const override {
    return run(ticket, request, Json(), context);
  }
  Rendered outcome(Outcome outcome, const Json& request, const Json& decision,
                   const Json& context) const override {
    return run(endings[static_cast<std::size_t>(outcome)], request, decision, context);
  }
  const std::optional<std::vector<std::string>>& outcome_reads(Outcome outcome) const noexcept override {
    return endings[static_cast<std::size_t>(outcome)].reads;
  }
  Rendered note(Note note, const Json& request, const Json& decision, const Json& context) const override {
    return run(comments[static_cast<std::size_t>(note)], request, decision, context);
  }

  Runnable ticket;
  std::array<Runnable, outcomes.size()> endings;
  std::array<Runnable, notes.size()> comments;
  std::shared_ptr<const Program> program;

  std::vector<Runnable*> all() {
    std::vector<Runnable*> sections{&ticket};
    for (Runnable& ending : endings) sections.push_back(&ending);
    for (Runnable& comment : comments) sections.push_back(&comment);
    return sections;
  }

 private:
  Rendered run(const Runnable& part, const Json& request, const Json& decision, const Json& context) const {
    RenderInput input{request, context, decision, {}};
    try {
      if (part.entry)
        input.answers =
            program->run(*part.entry, request, Json::object({{"context", context}, {"decision", decision}}));
    } catch (const ExpressionError& error) {
      Rendered failed;
      failed.problems.error(error.where(), "expression-failed", error.what());
      return failed;
    }
    return render_section(part.section, input);
  }

  std::string name_, connector_;
};

// Reads the sections of a tree. Errors stand in `diagnostics` at the end.
class Loader {
 public:
  Loader(const YamlNode& tree, const SourceText& source, FileMapping& mapping, Diagnostics& diagnostics)
      : tree_(tree), source_(source), mapping_(mapping), diagnostics_(diagnostics) {}

  // `whole`: this is the mapping's own file, which also has a ticket and whose gaps are worth a warning.
  void read(bool whole) {
    const YamlNode* ticket = tree_.find("ticket");
    if (ticket == nullptr) ticket = tree_.find("message");
    if (whole && ticket) mapping_.ticket.section = compiler(false).section(*ticket, false);
    const YamlNode* endings = tree_.find("outcome");
    std::vector<std::string> silent;
    for (Outcome outcome : outcomes) {
      const YamlNode* ending = endings ? endings->find(to_string(outcome)) : nullptr;
      Section& section = mapping_.endings[static_cast<std::size_t>(outcome)].section;
      if (ending && ending->is_mapping()) {
        auto built_in_comment = std::move(section);
        section = compiler(true).section(*ending, true);
        if (!section.comment) borrow_comment(section, built_in_comment);
      } else if (!ending) {
        silent.emplace_back(to_string(outcome));
      }
    }
    if (whole && !silent.empty()) warn_of_silence(silent);
    if (const YamlNode* texts = tree_.find("notes"))
      for (Note note : notes)
        if (const YamlNode* text = texts->find(to_string(note)); text && text->is_scalar())
          mapping_.comments[static_cast<std::size_t>(note)].section =
              compiler(has_decision(note)).comment(*text);
  }

 private:
  FieldCompiler compiler(bool decision) { return FieldCompiler(source_, decision, diagnostics_); }

  void warn_of_silence(const std::vector<std::string>& outcomes_left_out) {
    std::string words;
    for (std::size_t i = 0; i < outcomes_left_out.size(); ++i)
      words += (i == 0 ? "" : i + 1 == outcomes_left_out.size() ? " or " : ", ") + outcomes_left_out[i];
    SourceMark where = tree_.where;
    for (std::size_t i = 0; i < tree_.members.size(); ++i)
      if (tree_.members[i].first == "outcome") where = tree_.key_marks[i];
    diagnostics_.warning(where, "no-outcome",
                         "nothing is said about a ticket whose request was " + words +
                             ": it gets a built-in comment and stays open",
                         "add " + outcomes_left_out.front() + ": {...} to outcome:");
  }

  // The built-in comment joins the fields' expressions: slots and indices move up behind them.
  static void borrow_comment(Section& section, const Section& from) {
    section.comment = from.comment;
    const std::size_t moved = section.expressions.size();
    std::size_t slots = 0;
    for (const FieldExpression& expression : section.expressions) slots += expression.plain.empty() ? 1 : 0;
    for (Text::Part& part : section.comment->parts)
      if (part.expression) *part.expression += moved;
    for (FieldExpression expression : from.expressions) {
      expression.slot += slots;
      section.expressions.push_back(std::move(expression));
    }
  }

  const YamlNode& tree_;
  const SourceText& source_;
  FileMapping& mapping_;
  Diagnostics& diagnostics_;
};

// jq names a fault in the whole program only: each expression on its own says which it is.
void find_faulty_expressions(FileMapping& mapping, Diagnostics& diagnostics) {
  Program::Builder builder({"context", "decision"});
  for (const Runnable* part : mapping.all())
    for (const FieldExpression& expression : part->section.expressions)
      if (expression.plain.empty()) builder.add_expression(expression.jq, expression.where);
  builder.build(diagnostics);
}

void compile(FileMapping& mapping, Diagnostics& diagnostics) {
  Program::Builder builder({"context", "decision"});
  bool any = false;
  for (Runnable* part : mapping.all()) {
    const std::string jq = section_jq(part->section);
    if (jq.empty()) continue;
    part->entry = builder.add_expression(jq, part->section.where);
    any = true;
  }
  if (!any) return;
  Diagnostics whole, single;
  mapping.program = builder.build(whole);
  if (mapping.program) return;
  find_faulty_expressions(mapping, single);
  diagnostics.add(single.has_errors() ? single : whole);
}

// Two fields of one place are told in the file's order, whoever found them.
void add_in_order(Diagnostics& to, const Diagnostics& from) {
  std::vector<Diagnostic> all = from.all();
  std::stable_sort(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  for (Diagnostic& d : all) {
    if (d.severity == Severity::error)
      to.error(std::move(d.where), std::move(d.code), std::move(d.message), std::move(d.hint));
    else
      to.warning(std::move(d.where), std::move(d.code), std::move(d.message), std::move(d.hint));
  }
}

void check_name(const YamlNode& tree, const std::filesystem::path& file, Diagnostics& diagnostics) {
  const YamlNode* name = tree.find("mapping");
  if (name == nullptr || !name->is_scalar()) return;
  const auto place = std::filesystem::weakly_canonical(file);
  const std::string wanted = place.parent_path().filename().string() + "/" + place.stem().string();
  if (name->scalar != wanted)
    diagnostics.error(name->where, "name-mismatch",
                      "this mapping calls itself " + name->scalar + ", but its file is " + wanted,
                      "write mapping: " + wanted);
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::approved:
      return "approved";
    case Outcome::denied:
      return "denied";
    case Outcome::withdrawn:
      return "withdrawn";
    case Outcome::expired:
      break;
  }
  return "expired";
}

std::string_view to_string(Note note) noexcept {
  switch (note) {
    case Note::reminder:
      return "reminder";
    case Note::escalation:
      return "escalation";
    case Note::late_decision:
      return "late_decision";
    case Note::refused_decision:
      return "refused_decision";
    case Note::name_not_taken:
      break;
  }
  return "name_not_taken";
}

std::shared_ptr<const Mapping> Mapping::load(const std::filesystem::path& file, Diagnostics& diagnostics) {
  const auto tree = read_yaml_file(file, diagnostics);
  if (!tree) return nullptr;
  std::ifstream in(file, std::ios::binary);
  const SourceText source(std::string(std::istreambuf_iterator<char>(in), {}));
  Diagnostics found;
  check_schema("mapping", *tree, found);
  check_name(*tree, file, found);

  auto mapping = std::make_shared<FileMapping>(tree->text("mapping"), tree->text("connector"));
  const std::string texts(built_in);
  const auto built_in_tree = read_yaml_text(texts, "(built in)", found);
  const SourceText built_in_source(texts);
  if (built_in_tree) Loader(*built_in_tree, built_in_source, *mapping, found).read(false);
  Loader(*tree, source, *mapping, found).read(true);
  compile(*mapping, found);
  for (Runnable& ending : mapping->endings) ending.reads = request_reads(ending.section);
  add_in_order(diagnostics, found);
  if (found.has_errors()) return nullptr;
  return mapping;
}

}  // namespace mappings
