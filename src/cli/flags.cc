#include "cli/flags.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::cli {

struct Flags::Impl {
  struct Row {
    std::string name, help;
    size_t section = 0;
  };
  // Text of a flag, and what turns it into the caller's value afterwards.
  struct Pending {
    std::string flag, text;
    CLI::Option* option = nullptr;
    std::function<Status(const std::string&)> convert;
  };

  Page page;
  CLI::App app;
  std::vector<Row> rows;
  std::vector<std::string> flags;
  std::vector<std::unique_ptr<Pending>> pending;
  // Pages of help: the first is --help's own and has no name.
  struct Section {
    std::string name, title, example;
    size_t shown_on = 0;  // the page with the line for it
  };
  std::vector<Section> sections = {{}};
  size_t shown = 0;  // the page asked for
  bool help = false;

  void Describe(const std::string& flag, const std::string& value,
                const std::string& text) {
    if (flag.starts_with("-")) flags.push_back(flag);
    rows.push_back({value.empty() ? flag : flag + " " + value, text,
                    sections.size() - 1});
  }
  // "evaluate": the page's command without the program.
  std::string Name() const {
    return page.command.substr(page.command.find(' ') + 1);
  }
  std::string HelpFlag(const Section& section) const {
    return section.name.empty() ? "--help" : "--help-" + section.name;
  }
  // Whether some page of help was asked for; remembers which.
  bool AsksForHelp(const std::vector<std::string>& arguments);
  std::vector<Row> ShownRows() const;
  Status RefuseExtras() const;
  Status Convert();
};

Flags::Flags(Page page) : impl_(std::make_unique<Impl>()) {
  impl_->page = std::move(page);
  // Extras are refused here, with a suggestion; --help is ours as well.
  impl_->app.allow_extras();
  impl_->app.set_help_flag();
  impl_->app.add_flag("-h,--help", impl_->help);
  impl_->flags = {"--help"};
}

Flags::Flags(Flags&&) noexcept = default;
Flags::~Flags() = default;

void Flags::Section(const std::string& name, const std::string& title,
                    const std::string& example, Shown on) {
  const size_t before = impl_->sections.size() - 1;
  impl_->sections.push_back(
      {name, title, example, on == Shown::kFirst ? 0 : before});
  impl_->flags.push_back(impl_->HelpFlag(impl_->sections.back()));
}

void Flags::Positional(const std::string& name, std::string& target,
                       const std::string& help) {
  impl_->app.add_option(name, target)->required();
  impl_->Describe(name, "", help);
}

void Flags::OptionalPositional(const std::string& name, std::string& target,
                               const std::string& help) {
  impl_->app.add_option(name, target);
  impl_->Describe(name, "", help);
}

void Flags::Positionals(const std::string& name,
                        std::vector<std::string>& target,
                        const std::string& help) {
  impl_->app.add_option(name, target)->required();
  impl_->Describe(name, "", help);
}

void Flags::OptionalPositionals(const std::string& name,
                                std::vector<std::string>& target,
                                const std::string& help) {
  impl_->app.add_option(name, target);
  impl_->Describe(name, "", help);
}

void Flags::Switch(const std::string& flag, bool& target,
                   const std::string& help) {
  impl_->app.add_flag(flag, target);
  impl_->Describe(flag, "", help);
}

void Flags::Text(const std::string& flag, const std::string& value,
                 std::string& target, const std::string& help) {
  impl_->app.add_option(flag, target)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  impl_->Describe(flag, value, help);
}

void Flags::Texts(const std::string& flag, const std::string& value,
                  std::vector<std::string>& target, const std::string& help) {
  impl_->app.add_option(flag, target)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  impl_->Describe(flag, value, help);
}

void Flags::Integer(const std::string& flag, std::optional<int64_t>& target,
                    Range range, const std::string& help) {
  auto pending = std::make_unique<Impl::Pending>();
  pending->flag = flag;
  pending->option = impl_->app.add_option(flag, pending->text);
  pending->convert = [&target, range, flag](const std::string& text) -> Status {
    int64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() ||
        value < range.low || value > range.high)
      return BadInput(format("{}: found '{}', expected a whole number from {} "
                             "to {}", flag, text, range.low, range.high));
    target = value;
    return {};
  };
  impl_->pending.push_back(std::move(pending));
  impl_->Describe(flag, "N", help);
}

void Flags::Positive(const std::string& flag, std::optional<double>& target,
                     const std::string& help) {
  auto pending = std::make_unique<Impl::Pending>();
  pending->flag = flag;
  pending->option = impl_->app.add_option(flag, pending->text);
  pending->convert = [&target, flag](const std::string& text) -> Status {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() ||
        !std::isfinite(value) || value <= 0)
      return BadInput(format("{}: found '{}', expected a number above 0", flag,
                             text));
    target = value;
    return {};
  };
  impl_->pending.push_back(std::move(pending));
  impl_->Describe(flag, "X", help);
}

Status Flags::Impl::RefuseExtras() const {
  for (const std::string& extra : app.remaining()) {
    if (!extra.starts_with("-"))
      return BadInput(format("{}: unexpected argument '{}'", Name(), extra));
    const std::string word = extra.substr(0, extra.find('='));
    const std::string near = Nearest(word, flags);
    return BadInput(format("{}: unknown flag '{}'{}", Name(), word,
                           near.empty() ? "" : "; did you mean " + near + "?"));
  }
  return {};
}

Status Flags::Impl::Convert() {
  for (const auto& entry : pending)
    if (entry->option->count() > 0) RETURN_IF_ERROR(entry->convert(entry->text));
  return {};
}

Result<bool> Flags::Parse(const std::vector<std::string>& arguments) {
  const auto with_hint = [&](const std::string& message) {
    return BadInput(message + "\n" + impl_->page.command +
                    " --help shows what it takes");
  };
  if (impl_->AsksForHelp(arguments)) return false;
  std::string thrown;
  try {
    // CLI11 takes the words from the back.
    std::vector<std::string> backwards(arguments.rbegin(), arguments.rend());
    impl_->app.parse(std::move(backwards));
  } catch (const CLI::Error& error) {
    thrown = ReplaceAll(error.what(), "1 required TEXT missing",
                        "expected a value after it");
  }
  // A misspelt flag is the likelier mistake than what CLI11 makes of it.
  if (Status extras = impl_->RefuseExtras(); !extras)
    return with_hint(extras.error().message);
  if (!thrown.empty()) return with_hint(impl_->Name() + ": " + thrown);
  if (Status converted = impl_->Convert(); !converted)
    return with_hint(converted.error().message);
  return true;
}

bool Flags::Impl::AsksForHelp(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "-h") return true;
    for (shown = 0; shown < sections.size(); ++shown)
      if (argument == HelpFlag(sections[shown])) return true;
  }
  shown = 0;
  return false;
}

std::vector<Flags::Impl::Row> Flags::Impl::ShownRows() const {
  std::vector<Row> chosen;
  for (const Row& row : rows)
    if (row.section == shown) chosen.push_back(row);
  for (size_t i = 1; i < sections.size(); ++i)
    if (sections[i].shown_on == shown)
      chosen.push_back({HelpFlag(sections[i]), sections[i].title});
  return chosen;
}

std::string Flags::Help() const {
  const Page& page = impl_->page;
  const std::vector<Impl::Row> rows = impl_->ShownRows();
  size_t column = 0;
  for (const Impl::Row& row : rows) column = std::max(column, row.name.size());
  const Impl::Section& section = impl_->sections[impl_->shown];
  std::string text = format("{}: {}\n\n  {} {}\n\n", page.command,
                            section.name.empty() ? page.summary : section.title,
                            page.command,
                            page.usage);
  for (const Impl::Row& row : rows)
    text += format("  {:<{}}  {}\n", row.name, column, row.help);
  return text + "\nExample:\n  " +
         (section.name.empty() ? page.example : section.example) + "\n";
}

}  // namespace kernelevolve::cli
