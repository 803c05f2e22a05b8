// RecordingConsole keeps what a command wrote.
#pragma once

#include "cli/console.h"

namespace kernelevolve::cli {

class RecordingConsole : public Console {
 public:
  void Out(std::string_view text) override { out += text; }
  void Err(std::string_view text) override { err += text; }
  bool interactive() const override { return terminal; }
  int width() const override { return columns; }

  std::string out, err;
  bool terminal = false;
  int columns = 80;
};

}  // namespace kernelevolve::cli
