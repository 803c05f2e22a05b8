#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/write_all.h"

namespace kernelevolve::cli {
namespace {

bool UnderstandsCursor() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) && term && std::string_view(term) != "dumb";
}

}  // namespace

ProcessConsole::ProcessConsole() : interactive_(UnderstandsCursor()) {}

void ProcessConsole::Out(std::string_view text) {
  if (!out_closed_) out_closed_ = !WriteAll(STDOUT_FILENO, text);
}

void ProcessConsole::Err(std::string_view text) {
  (void)WriteAll(STDERR_FILENO, text);
}

int ProcessConsole::width() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 80;
  return size.ws_col;
}

}  // namespace kernelevolve::cli
