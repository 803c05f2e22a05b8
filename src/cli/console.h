// Console: where a command's text goes. Results go to Out, everything about the
// program itself to Err, so that Out can be piped.
#pragma once

#include <string>
#include <string_view>

namespace kernelevolve::cli {

// Used from the main thread only.
class Console {
 public:
  virtual ~Console() = default;
  virtual void Out(std::string_view text) = 0;
  virtual void Err(std::string_view text) = 0;
  // Whether Out is a terminal that understands cursor movement.
  virtual bool interactive() const = 0;
  // Columns of the terminal, now; 80 where there is none.
  virtual int width() const = 0;
};

// Standard output and error. A reader that goes away is not an error: what
// follows is dropped.
class ProcessConsole : public Console {
 public:
  ProcessConsole();
  void Out(std::string_view text) override;
  void Err(std::string_view text) override;
  bool interactive() const override { return interactive_; }
  int width() const override;

 private:
  bool interactive_;
  bool out_closed_ = false;
};

}  // namespace kernelevolve::cli
