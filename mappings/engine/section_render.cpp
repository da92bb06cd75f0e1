#include "mappings/engine/section_render.h"

#include <algorithm>

#include "mappings/engine/expression_lint.h"
#include "mappings/engine/jq_scan.h"

namespace mappings {

namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}
bool is_blank(const Json& value) {
  if (value.is_null()) return true;
  return value.is_string() && is_blank(value.text());
}

// Cuts by code points. True when something was cut.
bool cut(std::string& text, std::size_t limit) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (count++ < limit) continue;
    text.resize(i);
    return true;
  }
  return false;
}

std::string shown(const FieldExpression& expression) {
  std::string text = expression.jq;
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (cut(text, 60)) text += " ...";
  return text;
}

Json literal_of(const Text& text) {
  return std::visit([](const auto& value) { return Json(value); }, text.literal);
}

// Whether an expression could give results without end; all others give no more than their input has.
bool may_be_endless(const std::string& jq) {
  for (const JqWord& word : scan_jq(jq).words)
    for (const char* name : {"repeat", "recurse", "range", "while", "until", "def", "foreach", "label"})
      if (word.text == name) return true;
  return false;
}

class Renderer {
 public:
  Renderer(const Section& section, const RenderInput& input) : section_(section), input_(input) {}

  Rendered run() {
    result_.fields = members(section_.fields, Json::object());
    if (section_.comment) {
      Made made = make("comment", *section_.comment, comment_hint);
      if (made.state == Made::State::value) result_.comment = text_of(made.value);
      if (made.state == Made::State::missing) problem(made);
    }
    return std::move(result_);
  }

 private:
  struct Made {
    enum class State { value, missing, failed } state = State::value;
    Json value;
    const SourceMark* where = nullptr;  // in the section
    std::string how;
    // When missing: what to say if nothing takes its place.
    std::string code, message, hint;
  };
  static constexpr const char* comment_hint = "write a text for the case that it is missing: // \"...\"";
  static constexpr const char* field_hint = "give the field default: or optional: true";

  Json members(const std::vector<Field>& fields, Json into) {
    for (const Field& field : fields) {
      if (field.kind == Field::Kind::tree || field.kind == Field::Kind::list) {
        const bool list = field.kind == Field::Kind::list;
        Json inner = members(field.members, list ? Json::array() : Json::object());
        if (inner.size() > 0 || field.members.empty()) put(into, field, std::move(inner));
        continue;
      }
      Made made = value_of(field);
      if (made.state == Made::State::failed) continue;
      if (made.state == Made::State::value) put(into, field, made.value);
      result_.sources.push_back({field.label, std::move(made.value), *made.where, std::move(made.how)});
    }
    return into;
  }

  static void put(Json& into, const Field& field, Json value) {
    if (into.is_array())
      into.push_back(std::move(value));
    else
      into.set(field.name, std::move(value));
  }

  // The field's value, its default, or that it is left out: then `missing`. Problems are told here.
  Made value_of(const Field& field) {
    Made made = make(field.label, field.value, field_hint);
    if (made.state == Made::State::value && field.kind == Field::Kind::lookup) made = look_up(field, made);
    if (made.state == Made::State::missing) {
      if (field.fallback) {
        made = make(field.label, *field.fallback, "write a default that is always there");
        made.how = "default";
      } else if (field.optional) {
        made.how = "left out (optional)";
        return made;
      }
    }
    if (made.state == Made::State::missing) {
      problem(made);
      made.state = Made::State::failed;
    }
    if (made.state == Made::State::value && field.truncate > 0 && made.value.is_string()) {
      std::string text = made.value.string_or("");
      if (cut(text, field.truncate)) {
        made.value = Json(text);
        made.how += (made.how.empty() ? "cut at " : ", cut at ") + std::to_string(field.truncate);
      }
    }
    return made;
  }

  Made look_up(const Field& field, const Made& found) {
    if (found.value.is_object() || found.value.is_array())
      return failed("not-text", field.label + ": " + field.from + " is not one value", *found.where,
                    "look up a text, a number, or true or false");
    const std::string key = text_of(found.value);
    for (const LookupRow& row : field.rows) {
      if (row.key != key) continue;
      Made made = make(field.label, row.value, field_hint);
      made.where = &row.where;
      made.how = "lookup of " + field.from + " " + key;
      return made;
    }
    Made made;
    made.state = Made::State::missing;
    made.where = &field.lookup_where;
    made.code = "lookup-miss";
    made.message = field.label + ": no row of this lookup takes " + key + ", and there is no default";
    made.hint = "add a row for it, or default:";
    return made;
  }

  // A text of the file as a value; `hint` is the way out when something in it is missing.
  Made make(const std::string& label, const Text& text, const char* hint) {
    if (text.parts.empty()) return {Made::State::value, literal_of(text), &text.where, {}, {}, {}, {}};
    if (text.whole) {
      Made made = evaluate(label, section_.expressions[*text.parts.front().expression], hint);
      if (made.state == Made::State::value) made.where = &text.where;
      return made;
    }
    std::string all;
    Made problem_found;
    for (const Text::Part& part : text.parts) {
      if (!part.expression) {
        all += part.literal;
        continue;
      }
      const FieldExpression& expression = section_.expressions[*part.expression];
      Made made = evaluate(label, expression, hint, false);
      if (made.state == Made::State::value && (made.value.is_object() || made.value.is_array()))
        made = failed("not-text",
                      label + ": " + shown(expression) + " gives " +
                          (made.value.is_array() ? "a list" : "an object") + ", which is no text",
                      expression.where, "take one field of it, or join a list: [ ... ] | join(\", \")");
      if (made.state == Made::State::value)
        all += text_of(made.value);
      else if (problem_found.state == Made::State::value || made.state == Made::State::failed)
        problem_found = std::move(made);
    }
    if (problem_found.state != Made::State::value) return problem_found;
    if (is_blank(std::string_view(all))) return missing(label + ": the text is empty", text.where, hint);
    return {Made::State::value, Json(all), &text.where, {}, {}, {}, {}};
  }

  // What one expression gave. An empty text counts as nothing when `alone`.
  Made evaluate(const std::string& label, const FieldExpression& expression, const char* hint,
                bool alone = true) {
    Json value;
    if (!expression.plain.empty()) {
      value = choose(expression.plain);
    } else {
      const Json answer = input_.answers.at(expression.slot);
      if (answer.is_object())
        return failed(
            "expression-failed",
            label + ": " + shown(expression) + " failed: " + without_values(text_of(answer.get("e"))),
            expression.where, "see what it gives with `countersign explain`");
      if (answer.size() > 1)
        return failed("many-values", label + ": " + shown(expression) + " gives more than one value",
                      expression.where, "make one of them: first( ... ), or [ ... ] | join(\", \")");
      value = answer.at(0);
    }
    if (value.is_null() || (alone && is_blank(value)))
      return missing(label + ": " + shown(expression) + " gives nothing", expression.where, hint);
    return {Made::State::value, std::move(value), &expression.where, {}, {}, {}, {}};
  }

  // As jq's // does: the first that is neither null nor false, else the last.
  Json choose(const PlainChoice& choice) const {
    Json value;
    for (const auto& one : choice) {
      if (const auto* text = std::get_if<std::string>(&one)) return *text;
      value = follow(std::get<PlainPath>(one));
      if (!value.is_null() && value.as_bool().value_or(true)) break;
    }
    return value;
  }

  Json follow(const PlainPath& path) const {
    Json value = path.root == PlainPath::Root::request   ? input_.request
                 : path.root == PlainPath::Root::context ? input_.context
                                                         : input_.decision;
    for (const std::string& name : path.names) value = value.get(name);
    return value;
  }

  static std::string text_of(const Json& value) {
    return value.is_string() ? std::string(value.text()) : value.dump();
  }

  static Made missing(std::string message, const SourceMark& where, const char* hint) {
    return {Made::State::missing, {}, &where, {}, "missing-value", std::move(message), hint};
  }
  Made failed(std::string code, std::string message, const SourceMark& where, std::string hint) {
    result_.problems.error(where, std::move(code), std::move(message), std::move(hint));
    Made made;
    made.state = Made::State::failed;
    return made;
  }
  void problem(const Made& made) { result_.problems.error(*made.where, made.code, made.message, made.hint); }

  const Section& section_;
  const RenderInput& input_;
  Rendered result_;
};

}  // namespace

std::string section_jq(const Section& section) {
  std::string jq;
  for (const FieldExpression& expression : section.expressions) {
    if (!expression.plain.empty()) continue;
    // The line end closes a comment. Two results are enough to know that one is too many.
    const bool endless = may_be_endless(expression.jq);
    jq += (jq.empty() ? "(try [" : ",\n(try [") + std::string(endless ? "limit(2; (" : "") + expression.jq +
          "\n" + (endless ? "))" : "") + "] catch {e: .})";
  }
  return jq.empty() ? jq : "[" + jq + "]";
}

Rendered render_section(const Section& section, const RenderInput& input) {
  return Renderer(section, input).run();
}

}  // namespace mappings
