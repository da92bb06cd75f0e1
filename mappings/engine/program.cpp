#include "mappings/engine/program.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <span>
#include <thread>

extern "C" {
#include <jq.h>
}

#include "mappings/engine/expression_lint.h"
#include "mappings/engine/jq_scan.h"
#include "mappings/engine/jq_value.h"
#include "mappings/engine/plain_expression.h"
#include "mappings/engine/prelude.h"
#include "mappings/engine/template_render.h"
#include "mappings/engine/template_tree.h"

namespace mappings {

namespace {

// jq binds the definitions in ~/.jq into every program, and nothing but HOME tells it not to: they could
// change what a mapping gives, or break it. Before main, while there is one thread; nothing here needs HOME.
[[maybe_unused]] const int home_is_hidden = ::unsetenv("HOME");

std::string text_of(jv taken) {
  const Json value = from_jq(taken);
  return value.is_string() ? std::string(value.text()) : value.dump();
}

// One compiled jq program. Used by one thread at a time.
class Jq {
 public:
  explicit Jq(const std::string& program) : state_(jq_init()) {
    if (state_ == nullptr) throw std::bad_alloc();
    jq_set_error_cb(state_, &Jq::keep_message, this);
    jq_set_debug_cb(
        state_, [](void*, jv value) { jv_free(value); }, nullptr);
    compiled_ = jq_compile(state_, program.c_str()) != 0;
  }
  ~Jq() { jq_teardown(&state_); }
  Jq(const Jq&) = delete;
  Jq& operator=(const Jq&) = delete;

  bool compiled() const { return compiled_; }
  const std::vector<std::string>& messages() const { return messages_; }

  // The first result; an invalid value when there is none or jq failed.
  jv first(jv input) {
    jq_start(state_, input, 0);
    return jq_next(state_);
  }
  // Lets go of everything that the last run held: its values belong to the thread that gave them.
  void forget() {
    jq_start(state_, jv_null(), 0);
    messages_.clear();
  }

 private:
  static void keep_message(void* self, jv message) {
    static_cast<Jq*>(self)->messages_.push_back(text_of(jq_format_error(message)));
  }

  jq_state* state_;
  bool compiled_ = false;
  std::vector<std::string> messages_;
};

// jq states cost tens of milliseconds to make: made when first wanted, then kept.
class Pool {
 public:
  explicit Pool(std::string program)
      : program_(std::move(program)), most_(std::max(2u, std::thread::hardware_concurrency())) {}

  class Lease {
   public:
    explicit Lease(Pool& pool) : pool_(pool), jq_(pool.take()) {}
    ~Lease() {
      jq_->forget();
      pool_.put(std::move(jq_));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Jq& operator*() { return *jq_; }

   private:
    Pool& pool_;
    std::unique_ptr<Jq> jq_;
  };

  void put(std::unique_ptr<Jq> jq) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(jq));
    freed_.notify_one();
  }
  void adopt(std::unique_ptr<Jq> jq) {
    {
      std::lock_guard lock(mutex_);
      ++made_;
    }
    put(std::move(jq));
  }

 private:
  std::unique_ptr<Jq> take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !idle_.empty() || made_ < most_; });
    if (!idle_.empty()) {
      auto jq = std::move(idle_.back());
      idle_.pop_back();
      return jq;
    }
    ++made_;
    lock.unlock();
    try {
      auto jq = std::make_unique<Jq>(program_);
      if (!jq->compiled())
        throw std::runtime_error("jq no longer compiles a program that it compiled before");
      return jq;
    } catch (...) {
      lock.lock();
      --made_;
      freed_.notify_one();
      throw;
    }
  }

  const std::string program_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Jq>> idle_;
  std::size_t made_ = 0;
};

// Only those that `all` name: binding one costs more than most expressions do.
std::string bind_variables(const std::vector<std::string>& variables, std::span<const Expression> all) {
  const auto named = [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Expression& one) { return one.jq.find('$' + name) != std::string::npos; });
  };
  std::string text;
  for (const std::string& name : variables)
    if (named(name)) text += ".[1]." + name + " as $" + name + " | ";
  return text + ".[0] |\n";
}

// Each expression gives [result], [] or {error}: so a failure says whose it is, and no generator in one
// multiplies the others.
std::string guarded(const Expression& expression) {
  return "(try [first((\n" + expression.jq + "\n))] catch {error: .})";
}

// An expression that is alone needs no guard: whoever runs it takes one result, and knows whose failure it
// is.
std::string guarded_list(std::span<const Expression> all) {
  if (all.size() == 1) return "(\n" + all[0].jq + "\n)";
  std::string text = "[";
  for (const Expression& one : all) text += (text.size() == 1 ? "" : ",\n") + guarded(one);
  return text + "]";
}

// Each entry is a function: a run then makes room for the variables of one entry, not of all.
std::string functions(const std::vector<std::size_t>& numbers, const std::vector<TemplateEntry>& entries,
                      const std::vector<std::string>& variables, std::span<const Expression> all) {
  std::string text;
  for (std::size_t number : numbers) {
    const auto own = all.subspan(entries[number].first, entries[number].count);
    text += "def __entry" + std::to_string(number) + ": " + bind_variables(variables, own) +
            guarded_list(own) + ";\n";
  }
  return text;
}

// A balanced tree of ifs: about log2 n comparisons to reach an entry.
std::string dispatch(std::span<const std::size_t> numbers) {
  if (numbers.size() == 1) return "__entry" + std::to_string(numbers[0]);
  const std::size_t middle = numbers.size() / 2;
  return "if .[2] < " + std::to_string(numbers[middle]) + " then " + dispatch(numbers.first(middle)) +
         "\nelse " + dispatch(numbers.subspan(middle)) + "\nend";
}

// What an expression without a guard came to, as guarded ones say it.
Json result_of_one(jv given) {
  if (jv_is_valid(given)) return Json::array({Json::array({from_jq(given)})});
  Json reason = from_jq(jv_invalid_get_msg(given));
  if (reason.is_null()) return Json::array({Json::array()});  // no result at all
  return Json::array({Json::object({{"error", std::move(reason)}})});
}

}  // namespace

struct Program::State {
  std::vector<SourceMark> starts;  // of the expressions
  std::vector<TemplateEntry> entries;
  std::unique_ptr<Pool> pool;                         // null when there is no expression
  std::vector<std::optional<PlainExpression>> plain;  // of each expression whose whole entry is plain

  void find_plain(const std::vector<Expression>& expressions) {
    for (const Expression& one : expressions) plain.push_back(PlainExpression::read(one.jq));
    for (const TemplateEntry& entry : entries) {
      const auto own = std::span(plain).subspan(entry.first, entry.count);
      if (!std::all_of(own.begin(), own.end(), [](const auto& one) { return one.has_value(); }))
        std::fill(own.begin(), own.end(), std::nullopt);
    }
  }
  // The values of an entry that needs no jq.
  std::optional<std::vector<Json>> plain_values(const TemplateEntry& entry, const Json& input,
                                                const Json& variables) const {
    std::vector<Json> values;
    values.reserve(entry.count);
    for (std::size_t i = entry.first; i < entry.first + entry.count; ++i) {
      auto value = plain[i] ? plain[i]->run(input, variables) : std::nullopt;
      if (!value) return std::nullopt;
      values.push_back(std::move(*value));
    }
    return values;
  }
};

struct Program::Builder::State {
  std::vector<std::string> variables;
  std::vector<Expression> expressions;
  std::vector<TemplateEntry> entries;
  Diagnostics problems;

  std::string head() const { return std::string(jq_prelude()) + bind_variables(variables, expressions); }

  // Finds which of `some` do not compile. A name that does not exist is told with its line; a syntax error
  // may show anywhere, so the halves are tried until the guilty one is alone.
  void blame(const std::vector<std::size_t>& some, Diagnostics& diagnostics) {
    if (some.empty()) return;
    std::string program = head() + "[";
    std::vector<int> first_lines;
    auto line = [&] { return static_cast<int>(std::count(program.begin(), program.end(), '\n')) + 1; };
    for (std::size_t i : some) {
      if (!first_lines.empty()) program += ",\n";
      first_lines.push_back(line() + 1);
      program += guarded(expressions[i]);
    }
    Jq jq(program + "]");
    if (jq.compiled()) return;
    if (some.size() > 1 && !only_unknown_names(jq.messages())) {
      auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
      blame({some.begin(), middle}, diagnostics);
      return blame({middle, some.end()}, diagnostics);
    }
    if (some.size() == 1 && !only_unknown_names(jq.messages()))
      return explain(expressions[some[0]], jq.messages(), first_lines[0], diagnostics);
    std::vector<std::vector<std::string>> of_each(some.size());
    for (const std::string& message : jq.messages()) {
      int at = line_of_message(message);
      if (at == 0) continue;
      auto next = std::upper_bound(first_lines.begin(), first_lines.end(), at);
      if (next != first_lines.begin())
        of_each[static_cast<std::size_t>(next - first_lines.begin()) - 1].push_back(message);
    }
    for (std::size_t i = 0; i < some.size(); ++i)
      if (!of_each[i].empty())
        report_compile_errors(expressions[some[i]], of_each[i], first_lines[i], variables, functions(),
                              diagnostics);
  }

  // Without the brackets around it jq's complaint is nearer to what was written.
  void explain(const Expression& expression, std::vector<std::string> messages, int first_line,
               Diagnostics& diagnostics) {
    std::string before = head();
    Jq bare(before + expression.jq);
    if (!bare.compiled()) {
      messages = bare.messages();
      first_line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
    }
    report_compile_errors(expression, messages, first_line, variables, functions(), diagnostics);
  }

  const std::vector<std::string>& functions() {
    if (known_functions.empty()) {
      known_functions = prelude_functions();
      Jq list("builtins");
      if (!list.compiled()) return known_functions;
      Json names = from_jq(list.first(jv_null()));
      for (std::size_t i = 0; i < names.size(); ++i) known_functions.push_back(names.at(i).string_or(""));
    }
    return known_functions;
  }

  std::vector<std::string> known_functions;
};

Program::Builder::Builder(std::vector<std::string> variables) : state_(std::make_unique<State>()) {
  for (const std::string& name : variables) {
    JqScan scan = scan_jq("$" + name);
    bool one_word = scan.words.size() == 1 && scan.words[0].text == name && scan.problem.empty();
    if (!one_word || !why_forbidden(name).empty() || name.find(':') != std::string::npos)
      throw std::invalid_argument("not a name for a jq variable: " + name);
  }
  state_->variables = std::move(variables);
}
Program::Builder::~Builder() = default;
Program::Builder::Builder(Builder&&) noexcept = default;
Program::Builder& Program::Builder::operator=(Builder&&) noexcept = default;

Program::Entry Program::Builder::add_expression(std::string_view jq, const SourceMark& where) {
  TemplateEntry entry;
  entry.first = state_->expressions.size();
  entry.count = 1;
  entry.tree.kind = TemplateNode::Kind::expression;
  entry.tree.expression = entry.first;
  entry.tree.where = where;
  state_->expressions.push_back({std::string(jq), where, jq.find('\n') == std::string_view::npos});
  state_->entries.push_back(std::move(entry));
  return state_->entries.size() - 1;
}

Program::Entry Program::Builder::add_template(const YamlNode& tree) {
  TemplateEntry entry;
  entry.first = state_->expressions.size();
  entry.tree = parse_template(tree, state_->expressions, state_->problems);
  entry.count = state_->expressions.size() - entry.first;
  state_->entries.push_back(std::move(entry));
  return state_->entries.size() - 1;
}

std::shared_ptr<const Program> Program::Builder::build(Diagnostics& diagnostics) {
  Diagnostics problems = state_->problems;
  std::vector<std::size_t> sound;
  for (std::size_t i = 0; i < state_->expressions.size(); ++i)
    if (lint_expression(state_->expressions[i], problems)) sound.push_back(i);

  std::unique_ptr<Pool> pool;
  if (problems.has_errors()) {
    state_->blame(sound, problems);
  } else if (!state_->expressions.empty()) {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < state_->entries.size(); ++i)
      if (state_->entries[i].count > 0) numbers.push_back(i);
    std::string text = std::string(jq_prelude()) +
                       functions(numbers, state_->entries, state_->variables, state_->expressions) +
                       dispatch(numbers);
    auto jq = std::make_unique<Jq>(text);
    if (!jq->compiled()) {
      state_->blame(sound, problems);
      if (!problems.has_errors())
        problems.error(state_->expressions[0].where, "expression-syntax",
                       "jq cannot compile the expressions of this file together",
                       jq->messages().empty() ? "" : jq->messages()[0].substr(0, 200));
    } else {
      pool = std::make_unique<Pool>(std::move(text));
      pool->adopt(std::move(jq));
    }
  }
  diagnostics.add(problems);
  if (problems.has_errors()) return nullptr;

  auto built = std::make_unique<Program::State>();
  for (const Expression& expression : state_->expressions) built->starts.push_back(expression.start());
  built->entries = state_->entries;
  built->find_plain(state_->expressions);
  built->pool = std::move(pool);
  return std::shared_ptr<const Program>(new Program(std::move(built)));
}

Program::Program(std::unique_ptr<State> state) : state_(std::move(state)) {}
Program::~Program() = default;

Json Program::run(Entry number, const Json& input, const Json& variables) const {
  const TemplateEntry& entry = state_->entries.at(number);
  if (entry.count == 0) return render_template(entry, std::vector<Json>(), state_->starts);
  if (auto values = state_->plain_values(entry, input, variables)) {
    if (entry.tree.kind == TemplateNode::Kind::expression) return std::move(values->front());
    return render_template(entry, std::move(*values), state_->starts);
  }
  Pool::Lease jq(*state_->pool);
  Json wrapped = Json::array(
      {input, variables.is_object() ? variables : Json::object(), static_cast<std::int64_t>(number)});
  jv given = (*jq).first(to_jq(wrapped));
  // The results are gone before the lease is: they may share parts with the program.
  if (entry.count == 1) return render_template(entry, result_of_one(given), state_->starts);
  if (!jv_is_valid(given)) {
    jv reason = jv_invalid_get_msg(given);
    throw ExpressionError(without_values(text_of(reason)), state_->starts[entry.first]);
  }
  return render_template(entry, from_jq(given), state_->starts);
}

}  // namespace mappings
