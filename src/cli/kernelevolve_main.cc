#include "cli/app.h"
#include "cli/signal_watcher.h"

int main(int argc, char** argv) {
  using namespace kernelevolve;
  StopCondition stop;
  cli::SignalWatcher watcher(stop);
  cli::ProcessConsole console;
  SystemClock clock;
  cli::Session session{console, stop, clock};
  if (argc > 0 && std::string_view(argv[0]).find('/') != std::string_view::npos)
    session.program = argv[0];
  return cli::RunApp({argv + (argc > 0 ? 1 : 0), argv + argc}, session);
}
